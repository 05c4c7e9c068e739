"""The Elasticsearch store, for teams: core features of an 8.19 server, nothing to install in it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from evidence.store.cursor import read_cursor, write_cursor
from evidence.store.elastic_client import clear_errors, connect
from evidence.store.elastic_hits import BulkWriter
from evidence.store.elastic_indices import ensure_indices
from evidence.store.elastic_pages import Pages
from evidence.store.elastic_query import SORTS, clause
from evidence.store.elastic_records import AuditLog, LeadTable
from evidence.store.highlight import highlights
from evidence.store.index_document import FACET_VALUES, decode_hit, index_documents
from evidence.store.protocol import FACETS, PutReport, Result, ResultPage
from evidence.store.query import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elasticsearch import Elasticsearch

    from evidence.errors import Conflict
    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead
    from evidence.settings import StoreSettings
    from evidence.store.protocol import Query
    from evidence.store.query_tree import Node

# The server's longest page has 10,000 results; one more is asked for, to see whether a page is the last.
_MOST_SIZE = 9_999


def open_elastic(settings: StoreSettings) -> ElasticStore:
    """Connect, and create the indices that are not there."""
    client = connect(settings)
    try:
        with clear_errors(settings.url):
            ensure_indices(client, settings.index_prefix)
    except BaseException:
        client.close()
        raise
    return ElasticStore(client, settings)


class ElasticStore:
    """Implements :class:`~evidence.store.protocol.EvidenceStore`; safe for threads.

    What this store wrote it also finds at once. Hits that others wrote are found after the server's refresh,
    about a second later; their leads and audit entries at once.
    """

    def __init__(self, client: Elasticsearch, settings: StoreSettings) -> None:
        self._client = client
        self._url = settings.url
        self._batch = settings.bulk
        hits, leads, audit = (f"{settings.index_prefix}-{kind}" for kind in ("hits", "leads", "audit"))
        self._hits = hits
        self._writer = BulkWriter(client, hits, batch=settings.bulk)
        self._pages = Pages(client, hits, url=settings.url)
        self._leads = LeadTable(client, leads, url=settings.url)
        self._audit = AuditLog(client, audit, url=settings.url)
        self._counted = {"hits": hits, "leads": leads, "audit": audit}
        self._unseen = False

    def put(self, hits: Sequence[Hit]) -> PutReport:
        """Index hits; see the protocol."""
        indexed: list[str] = []
        known: list[str] = []
        failed: list[tuple[str, str]] = []
        for start in range(0, len(hits), self._batch):
            documents, refused = index_documents(hits[start : start + self._batch])
            failed += refused
            self._unseen = True
            with clear_errors(self._url):
                written = self._writer.write(documents)
            failed += written.failed.items()
            indexed += [document_id for document_id in documents if document_id in written.indexed]
            known += [document_id for document_id in documents if document_id in written.known]
        return PutReport(tuple(indexed), tuple(known), tuple(failed))

    def remove(self, hit_ids: Iterable[str]) -> tuple[str, ...]:
        """Take hits out of the index; see the protocol."""
        wanted, removed = iter(dict.fromkeys(filter(None, hit_ids))), []
        while page := list(islice(wanted, self._batch)):
            self._unseen = True
            with clear_errors(self._url):
                removed += self._writer.remove(page)
        return tuple(removed)

    def get(self, hit_id: str) -> Hit | None:
        """The hit of that id, or None."""
        return next(self.get_many([hit_id]), None)

    def get_many(self, hit_ids: Iterable[str]) -> Iterator[Hit]:
        """The hits of those ids, in that order, leaving out the unknown."""
        wanted = (hit_id for hit_id in hit_ids if hit_id)
        while page := list(islice(wanted, self._batch)):
            with clear_errors(self._url):
                answer = self._client.mget(index=self._hits, ids=page, source_includes=["body"])
            bodies = {
                found["_id"]: found["_source"]["body"] for found in answer["docs"] if found.get("found")
            }
            yield from (decode_hit(bodies[hit_id]) for hit_id in page if hit_id in bodies)

    def search(self, query: Query) -> ResultPage:
        """One page of results; see the protocol."""
        node, cursor, size = plan(query), read_cursor(query), min(max(query.size, 0), _MOST_SIZE)
        request: dict[str, Any] = {
            "query": clause(node),
            "sort": SORTS[query.sort],
            "size": size + 1,
            "source_includes": ["body"],
            "track_scores": True,
            "track_total_hits": True,
            "aggregations": {name: _facet(name) for name in FACETS},
        }
        self._show_writes()
        with clear_errors(self._url):
            answer, point = self._pages.page(
                request,
                after=list(cursor.after) if cursor else None,
                point=cursor.snapshot if cursor else "",
            )
            found = answer["hits"]["hits"]
            more = bool(size) and len(found) > size
            if not more:
                self._pages.forget(point)
        shown = found[:size]
        return ResultPage(
            results=tuple(_result(query, node, entry) for entry in shown),
            total=answer["hits"]["total"]["value"],
            facets={name: _counts(answer["aggregations"][name]) for name in FACETS},
            cursor=write_cursor(query, after=tuple(shown[-1]["sort"]), snapshot=point) if more else "",
        )

    def scan(self, query: Query) -> Iterator[Result]:
        """Every result, from one unchanging state of the index."""
        node = plan(query)
        self._show_writes()
        for entry in self._pages.every(clause(node), SORTS[query.sort]):
            yield _result(query, node, entry)

    def save_lead(self, lead: Lead, *, expect: int) -> Lead:
        """Write a lead whose stored version is ``expect``; see the protocol."""
        return self._leads.save(lead, expect=expect)

    def save_leads(self, changes: Sequence[tuple[Lead, int]]) -> tuple[Lead | Conflict, ...]:
        """Write leads together, a bulk request a batch; see the protocol."""
        outcomes: list[Lead | Conflict] = []
        for start in range(0, len(changes), self._batch):
            outcomes += self._leads.save_many(changes[start : start + self._batch])
        return tuple(outcomes)

    def remove_lead(self, lead_id: str, *, expect: int) -> None:
        """Take out a lead whose stored version is ``expect``; see the protocol."""
        self._leads.remove(lead_id, expect=expect)

    def get_lead(self, lead_id: str) -> Lead | None:
        """The lead of that id, or None."""
        return self._leads.get(lead_id)

    def get_leads(self, lead_ids: Iterable[str]) -> Iterator[Lead]:
        """The leads of those ids, in that order, leaving out the unknown."""
        wanted = (lead_id for lead_id in lead_ids if lead_id)
        while page := list(islice(wanted, self._batch)):
            found = self._leads.get_many(page)
            yield from (found[lead_id] for lead_id in page if lead_id in found)

    def leads(self, *, state: str = "", category: str = "") -> Iterator[Lead]:
        """All leads, strongest first, optionally of one state or category."""
        return self._leads.find(state=state, category=category)

    def leads_of_hit(self, hit_id: str) -> tuple[Lead, ...]:
        """The leads that hold a hit."""
        return tuple(self._leads.find(hit=hit_id)) if hit_id else ()

    def append_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log; see the protocol."""
        self._audit.append(entry)

    def audit(self, *, lead_id: str = "") -> Iterator[AuditEntry]:
        """The audit log in order, optionally of one lead."""
        return self._audit.entries(lead_id=lead_id)

    def last_audit(self) -> AuditEntry | None:
        """The newest audit entry, or None."""
        return self._audit.last()

    def stats(self) -> dict[str, int]:
        """Counts of hits, leads and audit entries."""
        with clear_errors(self._url):
            self._client.indices.refresh(index=list(self._counted.values()))
            return {kind: self._client.count(index=name)["count"] for kind, name in self._counted.items()}

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _show_writes(self) -> None:
        """Let searches see what this store wrote."""
        if self._unseen:
            self._unseen = False
            with clear_errors(self._url):
                self._pages.refresh()


def _facet(name: str) -> dict[str, Any]:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": f"facet.{name}", "size": FACET_VALUES, "order": order}}


def _counts(aggregation: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((bucket["key"], bucket["doc_count"]) for bucket in aggregation["buckets"])


def _result(query: Query, node: Node, entry: dict[str, Any]) -> Result:
    hit = decode_hit(entry["_source"]["body"])
    rank = (entry["_score"] or 0.0) if query.sort == "relevance" else hit.analysis.score.probability
    return Result(hit, rank, highlights(node, hit))
