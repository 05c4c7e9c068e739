"""The embedded store: one SQLite file with FTS5, no server."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from evidence.store import embedded_hits as hits_table
from evidence.store import embedded_records as records
from evidence.store.cursor import read_cursor, write_cursor
from evidence.store.embedded_file import IndexFile, clear_errors
from evidence.store.embedded_query import Sql, after, order_by, rank, ranked_terms, sort_columns
from evidence.store.highlight import highlights
from evidence.store.index_document import decode_hit, index_documents
from evidence.store.protocol import PutReport, Result, ResultPage
from evidence.store.query import plan

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from evidence.errors import Conflict
    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead
    from evidence.store.protocol import Query
    from evidence.store.query_tree import Node


class EmbeddedStore:
    """Implements :class:`~evidence.store.protocol.EvidenceStore`; safe for threads and several processes."""

    def __init__(self, path: Path, *, timeout_s: float = 30.0, batch: int = 500) -> None:
        self._file = IndexFile(path, timeout_s=timeout_s)
        self._batch = batch

    def put(self, hits: Sequence[Hit]) -> PutReport:
        """Index hits, a transaction a batch; see the protocol."""
        known: list[str] = []
        indexed: list[str] = []
        failed: list[tuple[str, str]] = []
        for start in range(0, len(hits), self._batch):
            documents, refused = index_documents(hits[start : start + self._batch])
            failed += refused
            with self._file.writing() as connection:
                found = hits_table.put_documents(connection, documents)
            known += [document_id for document_id in documents if document_id in found]
            indexed += [document_id for document_id in documents if document_id not in found]
        return PutReport(tuple(indexed), tuple(known), tuple(failed))

    def remove(self, hit_ids: Iterable[str]) -> tuple[str, ...]:
        """Take hits out of the index, a transaction a batch; see the protocol."""
        wanted, removed = iter(dict.fromkeys(hit_ids)), []
        while page := list(islice(wanted, self._batch)):
            with self._file.writing() as connection:
                removed += hits_table.remove_hits(connection, page)
        return tuple(removed)

    def get(self, hit_id: str) -> Hit | None:
        """The hit of that id, or None."""
        return next(self.get_many([hit_id]), None)

    def get_many(self, hit_ids: Iterable[str]) -> Iterator[Hit]:
        """The hits of those ids, in that order, leaving out the unknown."""
        wanted = iter(hit_ids)
        while page := list(islice(wanted, self._batch)):
            with self._file.reading() as connection:
                rows = connection.execute(
                    "SELECT h.id, b.body FROM hits h JOIN bodies b ON b.row = h.row"
                    " WHERE h.id IN (SELECT value FROM json_each(?))",
                    (msgspec.json.encode(page).decode(),),
                )
                bodies: dict[str, bytes] = dict(rows.fetchall())
            yield from (decode_hit(bodies[hit_id]) for hit_id in page if hit_id in bodies)

    def search(self, query: Query) -> ResultPage:
        """One page of results; see the protocol."""
        node, cursor, size = plan(query), read_cursor(query), max(query.size, 0)
        with self._file.reading() as connection:
            last_row = int(cursor.snapshot) if cursor else hits_table.last_row(connection)
            found = _find(connection, query, node, last_row, cursor.weights if cursor else None)
            total, facets = hits_table.count(connection, found.matched)
            statement = hits_table.select(
                found.matched,
                columns="".join(f", {name}" for name, _ in found.columns),
                beyond=after(found.columns, cursor.after) if cursor else Sql("1"),
                order=order_by(found.columns),
            )
            rows = connection.execute(f"{statement.text} LIMIT ?", (*statement.values, size + 1)).fetchall()
        shown = rows[:size]
        following = ""
        if shown and len(rows) > size:
            following = write_cursor(
                query, after=shown[-1][3:], snapshot=str(last_row), weights=found.weights
            )
        return ResultPage(tuple(_result(query, node, row) for row in shown), total, facets, following)

    def scan(self, query: Query) -> Iterator[Result]:
        """Every result, from one unchanging state of the index."""
        node = plan(query)
        # Its own connection: the caller may write to this store while it reads on.
        with clear_errors(self._file.path):
            own = self._file.connect()
        try:
            with self._file.reading(own) as connection:
                found = _find(connection, query, node, hits_table.last_row(connection), None)
                statement = hits_table.select(
                    found.matched, columns="", beyond=Sql("1"), order=order_by(found.columns)
                )
                for row in connection.execute(statement.text, statement.values):
                    yield _result(query, node, row)
        finally:
            own.close()

    def save_lead(self, lead: Lead, *, expect: int) -> Lead:
        """Write a lead whose stored version is ``expect``; see the protocol."""
        with self._file.writing() as connection:
            return records.save_lead(connection, lead, expect=expect)

    def save_leads(self, changes: Sequence[tuple[Lead, int]]) -> tuple[Lead | Conflict, ...]:
        """Write leads together, a transaction a batch; see the protocol."""
        outcomes: list[Lead | Conflict] = []
        for start in range(0, len(changes), self._batch):
            with self._file.writing() as connection:
                outcomes += records.save_leads(connection, changes[start : start + self._batch])
        return tuple(outcomes)

    def remove_lead(self, lead_id: str, *, expect: int) -> None:
        """Take out a lead whose stored version is ``expect``; see the protocol."""
        with self._file.writing() as connection:
            records.remove_lead(connection, lead_id, expect=expect)

    def get_lead(self, lead_id: str) -> Lead | None:
        """The lead of that id, or None."""
        return next(self.get_leads([lead_id]), None)

    def get_leads(self, lead_ids: Iterable[str]) -> Iterator[Lead]:
        """The leads of those ids, in that order, leaving out the unknown."""
        wanted = iter(lead_ids)
        while page := list(islice(wanted, self._batch)):
            with self._file.reading() as connection:
                found = records.get_leads(connection, page)
            yield from (found[lead_id] for lead_id in page if lead_id in found)

    def leads(self, *, state: str = "", category: str = "") -> Iterator[Lead]:
        """All leads, strongest first, optionally of one state or category."""
        place: tuple[float, str] | None = None
        while True:
            with self._file.reading() as connection:
                page = records.page_of_leads(connection, state=state, category=category, after=place)
            if not page:
                return
            yield from page
            place = (page[-1].score, page[-1].id)

    def leads_of_hit(self, hit_id: str) -> tuple[Lead, ...]:
        """The leads that hold a hit."""
        with self._file.reading() as connection:
            return tuple(records.leads_of_hit(connection, hit_id))

    def append_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log; see the protocol."""
        with self._file.writing() as connection:
            records.append_audit(connection, entry)

    def audit(self, *, lead_id: str = "") -> Iterator[AuditEntry]:
        """The audit log in order, optionally of one lead."""
        place: int | None = None
        while True:
            with self._file.reading() as connection:
                page = records.page_of_audit(connection, lead_id=lead_id, after=place)
            if not page:
                return
            yield from page
            place = page[-1].sequence

    def last_audit(self) -> AuditEntry | None:
        """The newest audit entry, or None."""
        with self._file.reading() as connection:
            return records.last_audit(connection)

    def stats(self) -> dict[str, int]:
        """Counts of hits, leads and audit entries."""
        with self._file.reading() as connection:
            return {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in ("hits", "leads", "audit")
            }

    def close(self) -> None:
        """Release connections."""
        self._file.close()


class _Found(NamedTuple):
    matched: hits_table.Matched
    columns: tuple[tuple[str, str], ...]
    weights: tuple[float, ...]


def _find(
    connection: sqlite3.Connection,
    query: Query,
    node: Node,
    last_row: int,
    weights: tuple[float, ...] | None,
) -> _Found:
    """Match a query; ``weights`` are those of its first page, so that ranks stay still from page to page."""
    terms = ranked_terms(node) if query.sort == "relevance" else ()
    if weights is None:
        weights = tuple(hits_table.weight(connection, leaf) for leaf in terms)
    matched = hits_table.match(connection, node, last_row, rank(terms, weights))
    return _Found(matched, sort_columns(query.sort, ranked=bool(terms)), weights)


def _result(query: Query, node: Node, row: tuple[Any, ...]) -> Result:
    hit = decode_hit(row[2])
    return Result(hit, row[0] if query.sort == "relevance" else row[1], highlights(node, hit))
