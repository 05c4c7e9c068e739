"""Index mappings of the Elasticsearch store: versioned indices behind one alias each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch import BadRequestError

from evidence.errors import StoreError
from evidence.store.protocol import FACETS
from evidence.store.query import FIELDS

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SCHEMA = 1
"""Number of the mappings below; an index is named ``PREFIX-KIND-vSCHEMA``."""

_KEYWORD = {"type": "keyword"}
# Kept, never searched: read back through _source alone.
_KEPT = {"type": "keyword", "index": False, "doc_values": False}

MAPPINGS: dict[str, dict[str, Any]] = {
    "hits": {
        "id": _KEYWORD,
        "seen": {"type": "long"},
        "seen_at": _KEPT,
        "score": {"type": "double"},
        "units": {"type": "text", "analyzer": "whitespace"},
        # Pairs of neighbouring characters: a phrase of them is a substring, exactly.
        "grams": {"type": "text", "analyzer": "whitespace", "norms": False},
        "field": {"properties": dict.fromkeys(FIELDS, _KEYWORD)},
        "facet": {"properties": dict.fromkeys(FACETS, _KEYWORD)},
        "writer": _KEPT,
        "body": _KEPT,
    },
    "leads": {
        "id": _KEYWORD,
        "version": {"type": "long"},
        "state": _KEYWORD,
        "score": {"type": "double"},
        "category": _KEYWORD,
        "hit": _KEYWORD,
        "body": _KEPT,
    },
    "audit": {"sequence": {"type": "long"}, "lead": _KEYWORD, "body": _KEPT},
}


def ensure_indices(client: Elasticsearch, prefix: str) -> None:
    """Create the indices and aliases that are not there. Raises :class:`StoreError` on a newer schema."""
    for kind, properties in MAPPINGS.items():
        alias = f"{prefix}-{kind}"
        if not client.indices.exists_alias(name=alias):
            _create(client, alias, properties)
        _check_schema(client, alias)


def _create(client: Elasticsearch, alias: str, properties: dict[str, Any]) -> None:
    try:
        client.indices.create(
            index=f"{alias}-v{SCHEMA}",
            aliases={alias: {"is_write_index": True}},
            mappings={"dynamic": False, "_meta": {"schema": SCHEMA}, "properties": properties},
            settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"},
        )
    except BadRequestError as error:
        # Two processes may start at once; the other's index is as good.
        if error.error != "resource_already_exists_exception":
            raise


def _check_schema(client: Elasticsearch, alias: str) -> None:
    for name, index in client.indices.get_mapping(index=alias).items():
        schema = index["mappings"].get("_meta", {}).get("schema")
        if not isinstance(schema, int):
            raise StoreError(f"the index {name} is of another program: choose another store.index_prefix")
        if schema > SCHEMA:
            raise StoreError(f"the index {name} was written by a newer version (schema {schema}): upgrade")
