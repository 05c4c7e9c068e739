"""Leads and the audit log in Elasticsearch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from elasticsearch import ConflictError, NotFoundError

from evidence.errors import Conflict, StoreError, StoreUnavailable
from evidence.lead import AuditEntry, Lead
from evidence.store.elastic_client import clear_errors
from evidence.store.elastic_pages import Pages
from evidence.store.records import read_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elasticsearch import Elasticsearch

_TAKEN = 409
_PASSING = frozenset({404, 429, 502, 503, 504})
"""Answers that another try may not get: the index is gone and made anew on opening, or the server is busy."""
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
        (outcome,) = self.save_many([(lead, expect)])
        if isinstance(outcome, Conflict):
            raise outcome
        return outcome

    def save_many(self, changes: Sequence[tuple[Lead, int]]) -> list[Lead | Conflict]:
        """Write leads in one request; for each the lead as written, or why it was not."""
        with clear_errors(self._url):
            conditions = self._conditions([(lead.id, expect) for lead, expect in changes])
            sent: list[Lead] = []
            operations: list[dict[str, Any]] = []
            for lead, expect in changes:
                if condition := conditions.get(lead.id):
                    sent.append(replace(lead, version=expect + 1))
                    operations += [condition, _document(sent[-1])]
            answer = (
                self._client.bulk(index=self._alias, operations=operations, require_alias=True)["items"]
                if sent
                else []
            )
        written = {lead.id: lead for lead, item in zip(sent, answer, strict=True) if self._wrote(item)}
        return [written.get(lead.id) or _changed(lead.id, expect) for lead, expect in changes]

    def remove(self, lead_id: str, *, expect: int) -> None:
        """Delete a lead. Raises :class:`Conflict` if its stored version is not ``expect``."""
        with clear_errors(self._url):
            condition = self._conditions([(lead_id, expect)]).get(lead_id, {}).get("index")
            if condition is None:
                raise _changed(lead_id, expect)
            try:
                self._client.delete(
                    index=self._alias,
                    id=lead_id,
                    if_seq_no=condition["if_seq_no"],
                    if_primary_term=condition["if_primary_term"],
                )
            except (ConflictError, NotFoundError) as error:
                raise _changed(lead_id, expect) from error

    def get_many(self, lead_ids: Sequence[str]) -> dict[str, Lead]:
        """The leads of those ids that are there, by id; what was written is seen at once."""
        with clear_errors(self._url):
            answer = self._client.mget(index=self._alias, ids=lead_ids, source_includes=["body"])
        return {
            found["_id"]: read_record(found["_source"]["body"], Lead)
            for found in answer["docs"]
            if found.get("found")
        }

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

    def _conditions(self, expected: Sequence[tuple[str, int]]) -> dict[str, dict[str, Any]]:
        """By id, the bulk action that writes a lead as long as nobody else did; none: it is too late."""
        actions: dict[str, dict[str, Any]] = {
            lead_id: {"create": {"_id": lead_id}} for lead_id, expect in expected if not expect
        }
        versions = {lead_id: expect for lead_id, expect in expected if expect}
        if not versions:
            return actions
        answer = self._client.mget(index=self._alias, ids=list(versions), source_includes=["version"])
        for stored in answer["docs"]:
            if stored.get("found") and stored["_source"]["version"] == versions[stored["_id"]]:
                guard = {"if_seq_no": stored["_seq_no"], "if_primary_term": stored["_primary_term"]}
                actions[stored["_id"]] = {"index": {"_id": stored["_id"], **guard}}
        return actions

    def _wrote(self, item: dict[str, Any]) -> bool:
        """Whether a lead was written; False where somebody came first."""
        (result,) = item.values()
        error = result.get("error")
        if not error:
            return True
        if result["status"] == _TAKEN:
            return False
        reason = f"{error.get('type')}: {error.get('reason')}"
        if result["status"] in _PASSING:
            raise StoreUnavailable(f"Elasticsearch at {self._url} did not write a lead ({reason}): try again")
        raise StoreError(f"Elasticsearch at {self._url} refused a lead: {reason}")


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


def _document(lead: Lead) -> dict[str, Any]:
    return {
        "id": lead.id,
        "version": lead.version,
        "state": lead.state,
        "score": lead.score,
        "category": lead.categories,
        "hit": lead.hit_ids,
        "body": msgspec.json.encode(lead).decode(),
    }


def _changed(lead_id: str, expect: int) -> Conflict:
    return Conflict(f"lead {lead_id} is no longer at version {expect}: read it again")
