"""Writing hits to Elasticsearch: in bulk, once each, whoever else writes."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from elastic_transport import ConnectionError as TransportConnectionError
from elastic_transport import ConnectionTimeout

from evidence.errors import StoreUnavailable
from evidence.store.elastic_query import gram_tokens, unit_tokens
from evidence.store.index_document import decode_hit, encode_hit
from evidence.store.protocol import FACETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from elasticsearch import Elasticsearch

    from evidence.store.index_document import IndexDocument

_MOST_BYTES = 10_000_000
# With the doubling pauses about a minute, in which a server that restarts is back.
_ATTEMPTS = 9
_FIRST_PAUSE_S = 0.25
_BUSY = frozenset({429, 502, 503, 504})
_TAKEN = 409
_NO_INDEX = 404


class Written(NamedTuple):
    """What became of documents, by id."""

    indexed: set[str]
    known: set[str]
    failed: dict[str, str]


class _Action(NamedTuple):
    document: IndexDocument
    header: dict[str, Any]


class BulkWriter:
    """Writes documents to one alias. ``pause`` is called with seconds before a request is tried again."""

    def __init__(
        self, client: Elasticsearch, alias: str, *, batch: int, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._alias = alias
        self._batch = batch
        self._pause = pause

    def write(self, documents: Mapping[str, IndexDocument]) -> Written:
        """Create what is not there, replace what is, keeping the earliest time it was seen."""
        writer = uuid.uuid4().hex
        written = Written(set(), set(), {})
        taken: list[IndexDocument] = []
        for action, status, reason in self._send(_creations(documents.values()), writer):
            if status == _TAKEN:
                taken.append(action.document)
            elif reason:
                written.failed[action.document.id] = reason
            else:
                written.indexed.add(action.document.id)
        for _ in range(_ATTEMPTS):
            taken = self._replace(taken, writer, written)
            if not taken:
                break
        written.failed.update((document.id, "kept changing while it was replaced") for document in taken)
        return written

    def remove(self, hit_ids: Sequence[str]) -> list[str]:
        """Delete documents; returns the ids that were there."""
        actions: list[dict[str, Any]] = [{"delete": {"_id": hit_id}} for hit_id in hit_ids]
        answer = self._client.bulk(index=self._alias, operations=actions, require_alias=True)
        outcomes = [item["delete"] for item in answer["items"]]
        for outcome in outcomes:
            if outcome.get("error"):
                raise StoreUnavailable(f"hit {outcome['_id']} could not be removed: {outcome['error']}")
        return [outcome["_id"] for outcome in outcomes if outcome["result"] == "deleted"]

    def _replace(self, documents: list[IndexDocument], writer: str, written: Written) -> list[IndexDocument]:
        """Replace stored documents; returns those that somebody changed in between."""
        if not documents:
            return []
        again: list[IndexDocument] = []
        for action, status, reason in self._send(self._replacements(documents, writer, written), writer):
            if status == _TAKEN:
                again.append(action.document)
            elif reason:
                written.failed[action.document.id] = reason
            else:
                written.known.add(action.document.id)
        return again

    def _replacements(
        self, documents: list[IndexDocument], writer: str, written: Written
    ) -> Iterator[_Action]:
        by_id = {document.id: document for document in documents}
        answer = self._client.mget(
            index=self._alias, ids=list(by_id), source_includes=["seen", "seen_at", "writer"]
        )
        for stored in answer["docs"]:
            document = by_id[stored["_id"]]
            if not stored.get("found"):
                yield _Action(document, {"create": {"_id": document.id}})
                continue
            source = stored["_source"]
            if source["writer"] == writer:
                # A request whose answer was lost had written it.
                written.indexed.add(document.id)
                continue
            header = {
                "_id": document.id,
                "if_seq_no": stored["_seq_no"],
                "if_primary_term": stored["_primary_term"],
            }
            yield _Action(_seen_first(document, source["seen"], source["seen_at"]), {"index": header})

    def _send(self, actions: Iterable[_Action], writer: str) -> Iterator[tuple[_Action, int, str]]:
        """Send actions in requests of bounded size; yields each with its status and what went wrong."""
        for request in _requests(actions, writer, self._batch):
            waiting = request
            for attempt in range(_ATTEMPTS):
                answers = self._bulk(waiting, last=attempt == _ATTEMPTS - 1)
                busy: list[tuple[_Action, bytes]] = []
                for (action, line), (status, reason) in zip(waiting, answers, strict=True):
                    if status in _BUSY and attempt < _ATTEMPTS - 1:
                        busy.append((action, line))
                    else:
                        yield action, status, reason
                if not busy:
                    break
                waiting = busy
                self._pause(_FIRST_PAUSE_S * 2**attempt)

    def _bulk(self, request: list[tuple[_Action, bytes]], *, last: bool) -> list[tuple[int, str]]:
        operations: list[Any] = []
        for action, source in request:
            operations += [action.header, source]
        try:
            answer = self._client.bulk(index=self._alias, operations=operations, require_alias=True)
        except (TransportConnectionError, ConnectionTimeout):
            if last:
                raise
            return [(503, "the server could not be reached")] * len(request)
        return [_outcome(item) for item in answer["items"]]


def _outcome(item: dict[str, Any]) -> tuple[int, str]:
    (result,) = item.values()
    error = result.get("error")
    if result["status"] == _NO_INDEX:
        raise StoreUnavailable(f"the index is gone ({error}): open the store again")
    if not error:
        return result["status"], ""
    return result["status"], f"{error.get('type')}: {error.get('reason')}"


def _creations(documents: Iterable[IndexDocument]) -> Iterator[_Action]:
    for document in documents:
        yield _Action(document, {"create": {"_id": document.id}})


def _requests(actions: Iterable[_Action], writer: str, batch: int) -> Iterator[list[tuple[_Action, bytes]]]:
    request: list[tuple[_Action, bytes]] = []
    size = 0
    for action in actions:
        line = _source(action.document, writer)
        if request and (len(request) >= batch or size + len(line) > _MOST_BYTES):
            yield request
            request, size = [], 0
        request.append((action, line))
        size += len(line)
    if request:
        yield request


def _source(document: IndexDocument, writer: str) -> bytes:
    fields: dict[str, list[str]] = {}
    for name, value in document.keywords:
        fields.setdefault(name, []).append(value)
    return msgspec.json.encode(
        {
            "id": document.id,
            "seen": document.seen,
            "seen_at": document.seen_at,
            "score": document.score,
            "units": [unit_tokens(text) for text in document.texts],
            "grams": [gram_tokens(text) for text in document.texts],
            "field": fields,
            "facet": dict(zip(FACETS, document.facets, strict=True)),
            "writer": writer,
            "body": document.body.decode(),
        }
    )


def _seen_first(document: IndexDocument, seen: int, seen_at: str) -> IndexDocument:
    if seen >= document.seen:
        return document
    hit = replace(decode_hit(document.body), seen_at=seen_at)
    return replace(document, seen=seen, seen_at=seen_at, body=encode_hit(hit))
