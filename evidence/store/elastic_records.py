"""Leads and the audit log in Elasticsearch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from elasticsearch import ConflictError, NotFoundError

from evidence.errors import Conflict
from evidence.lead import AuditEntry, Lead
from evidence.store.elastic_client import clear_errors
from evidence.store.elastic_pages import Pages
from evidence.store.records import read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

_STRONGEST = [{"score": "desc"}, {"id": "asc"}]


class LeadTable:
    """Leads, one document each; the server's sequence numbers guard against lost updates."""

    def __init__(self, client: Elasticsearch, alias: str, *, url: str) -> None:
        self._client = client
        self._alias = alias
        self._url = url
        self._pages = Pages(client, alias, url=url)

    def save(self, lead: Lead, *, expect: int) -> Lead:
        """Write a lead. Raises :class:`Conflict` if its stored version is not ``expect``."""
        written = replace(lead, version=expect + 1)
        document = {
            "id": written.id,
            "version": written.version,
            "state": written.state,
            "score": written.score,
            "category": written.categories,
            "hit": written.hit_ids,
            "body": msgspec.json.encode(written).decode(),
        }
        with clear_errors(self._url):
            condition = self._condition(lead.id, expect)
            try:
                self._client.index(
                    index=self._alias, id=lead.id, document=document, require_alias=True, **condition
                )
            except ConflictError as error:
                raise _changed(lead.id, expect) from error
        return written

    def get(self, lead_id: str) -> Lead | None:
        """The lead of that id, or None."""
        with clear_errors(self._url):
            try:
                found = self._client.get(index=self._alias, id=lead_id, source_includes=["body"])
            except NotFoundError:
                return None
        return read_record(found["_source"]["body"], Lead)

    def find(self, **values: str) -> Iterator[Lead]:
        """Leads with the given values of mapped fields, strongest first; empty values do not count."""
        wanted = [{"term": {name: value}} for name, value in values.items() if value]
        with clear_errors(self._url):
            self._pages.refresh()
        for entry in self._pages.every({"bool": {"filter": wanted}}, _STRONGEST):
            yield read_record(entry["_source"]["body"], Lead)

    def _condition(self, lead_id: str, expect: int) -> dict[str, Any]:
        """What must hold for a lead at version ``expect`` to be written."""
        if expect == 0:
            return {"op_type": "create"}
        try:
            stored = self._client.get(index=self._alias, id=lead_id, source_includes=["version"])
        except NotFoundError as error:
            raise _changed(lead_id, expect) from error
        if stored["_source"]["version"] != expect:
            raise _changed(lead_id, expect)
        return {"if_seq_no": stored["_seq_no"], "if_primary_term": stored["_primary_term"]}


class AuditLog:
    """The append-only log, one document an entry, its sequence number the id."""

    def __init__(self, client: Elasticsearch, alias: str, *, url: str) -> None:
        self._client = client
        self._alias = alias
        self._url = url
        self._pages = Pages(client, alias, url=url)

    def append(self, entry: AuditEntry) -> None:
        """Append an entry. Raises :class:`Conflict` if its sequence is taken."""
        document = {
            "sequence": entry.sequence,
            "lead": entry.lead_id,
            "body": msgspec.json.encode(entry).decode(),
        }
        with clear_errors(self._url):
            try:
                self._client.index(
                    index=self._alias,
                    id=str(entry.sequence),
                    document=document,
                    op_type="create",
                    require_alias=True,
                )
            except ConflictError as error:
                raise Conflict(
                    f"audit entry {entry.sequence} is there already: read the last one again"
                ) from error

    def entries(self, *, lead_id: str) -> Iterator[AuditEntry]:
        """Entries in order, optionally of one lead."""
        wanted = [{"term": {"lead": lead_id}}] if lead_id else []
        with clear_errors(self._url):
            self._pages.refresh()
        for entry in self._pages.every({"bool": {"filter": wanted}}, [{"sequence": "asc"}]):
            yield read_record(entry["_source"]["body"], AuditEntry)

    def last(self) -> AuditEntry | None:
        """The newest entry, or None."""
        with clear_errors(self._url):
            self._pages.refresh()
            answer = self._client.search(
                index=self._alias, size=1, sort=[{"sequence": "desc"}], source_includes=["body"]
            )
        found = answer["hits"]["hits"]
        return read_record(found[0]["_source"]["body"], AuditEntry) if found else None


def _changed(lead_id: str, expect: int) -> Conflict:
    return Conflict(f"lead {lead_id} is no longer at version {expect}: read it again")
