"""Hits in the embedded store: writing them, and finding and counting them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import log1p
from typing import TYPE_CHECKING

import msgspec

from evidence.store.embedded_query import Sql, condition
from evidence.store.embedded_text import add_texts, joined, remove_text
from evidence.store.index_document import FACET_VALUES, decode_hit, encode_hit
from evidence.store.protocol import FACETS
from evidence.store.query_tree import Everything

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from evidence.store.index_document import IndexDocument
    from evidence.store.query_tree import Node, Text


@dataclass(frozen=True, slots=True)
class Matched:
    """What to select a search's hits (alias ``h``) from, their rank, and the conditions that are left."""

    source: str
    rank: str
    rest: Sql


def put_documents(connection: sqlite3.Connection, documents: Mapping[str, IndexDocument]) -> frozenset[str]:
    """Write documents inside the caller's transaction; returns the ids that were there already."""
    ids = msgspec.json.encode(list(documents)).decode()
    found: dict[str, tuple[int, int]] = {
        document_id: (row, seen)
        for document_id, row, seen in connection.execute(
            "SELECT id, row, seen FROM hits WHERE id IN (SELECT value FROM json_each(?))", (ids,)
        )
    }
    for document_id, (row, seen) in found.items():
        _replace(connection, row, _keep_earliest(connection, documents[document_id], row, seen))
    _insert(connection, [document for document in documents.values() if document.id not in found])
    return frozenset(found)


def remove_hits(connection: sqlite3.Connection, hit_ids: list[str]) -> list[str]:
    """Take hits out inside the caller's transaction; returns the ids that were there."""
    found = connection.execute(
        "SELECT h.id, h.row, t.text, t.keywords FROM hits h JOIN texts t ON t.row = h.row"
        " WHERE h.id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(hit_ids).decode(),),
    ).fetchall()
    for _, row, text, keywords in found:
        _take_out(connection, row, text, keywords)
        connection.execute("DELETE FROM bodies WHERE row = ?", (row,))
        connection.execute("DELETE FROM hits WHERE row = ?", (row,))
    return [hit_id for hit_id, *_ in found]


def match(connection: sqlite3.Connection, node: Node, last_row: int, ranked: Sql) -> Matched:
    """Find the hits of a tree among the rows up to ``last_row``."""
    if isinstance(node, Everything):
        return Matched("hits h", "0.0", Sql("h.row <= ?", (last_row,)))
    where = condition(node)
    connection.execute("DELETE FROM temp.matched")
    connection.execute(
        f"INSERT INTO temp.matched SELECT h.row, {ranked.text} FROM hits h WHERE h.row <= ? AND {where.text}",
        (*ranked.values, last_row, *where.values),
    )
    return Matched("temp.matched m CROSS JOIN hits h ON h.row = m.row", "m.rank", Sql("1"))


def count(
    connection: sqlite3.Connection, matched: Matched
) -> tuple[int, dict[str, tuple[tuple[str, int], ...]]]:
    """How many hits matched, and how many of them have each facet value: most first, then by value."""
    rows = connection.execute(
        f"SELECT h.facet, count(*) FROM {matched.source} WHERE {matched.rest.text} GROUP BY h.facet",
        matched.rest.values,
    ).fetchall()
    counted: tuple[Counter[str], ...] = tuple(Counter() for _ in FACETS)
    for facet, number in rows:
        (key,) = connection.execute("SELECT key FROM facets WHERE id = ?", (facet,)).fetchone()
        for counter, values in zip(counted, msgspec.json.decode(key), strict=True):
            for value in values:
                counter[value] += number
    facets = {
        name: tuple(sorted(counter.items(), key=lambda entry: (-entry[1], entry[0]))[:FACET_VALUES])
        for name, counter in zip(FACETS, counted, strict=True)
    }
    return sum(number for _, number in rows), facets


def select(matched: Matched, *, columns: str, beyond: Sql, order: str) -> Sql:
    """The statement that lists matched hits in order."""
    return Sql(
        f"SELECT {matched.rank}, h.score, b.body{columns} FROM {matched.source}"
        f" CROSS JOIN bodies b ON b.row = h.row WHERE {matched.rest.text} AND {beyond.text} ORDER BY {order}",
        (*matched.rest.values, *beyond.values),
    )


def weight(connection: sqlite3.Connection, leaf: Text) -> float:
    """How telling a term is: the rarer, the more."""
    where = condition(leaf)
    having = connection.execute(f"SELECT count(*) FROM hits h WHERE {where.text}", where.values).fetchone()[0]
    everything = connection.execute("SELECT count(*) FROM hits").fetchone()[0]
    return log1p(everything / (1 + having))


def last_row(connection: sqlite3.Connection) -> int:
    """The highest row number; later hits lie beyond it."""
    found: int | None = connection.execute("SELECT max(row) FROM hits").fetchone()[0]
    return found or 0


def _keep_earliest(
    connection: sqlite3.Connection, document: IndexDocument, row: int, seen: int
) -> IndexDocument:
    if seen >= document.seen:
        return document
    (seen_at,) = connection.execute("SELECT seen_at FROM hits WHERE row = ?", (row,)).fetchone()
    hit = replace(decode_hit(document.body), seen_at=seen_at)
    return replace(document, seen=seen, seen_at=seen_at, body=encode_hit(hit))


def _insert(connection: sqlite3.Connection, documents: list[IndexDocument]) -> None:
    first = last_row(connection) + 1
    rows = list(enumerate(documents, first))
    facets = _facet_ids(connection, documents)
    connection.executemany(
        "INSERT INTO hits(row, id, seen, seen_at, score, facet) VALUES(?, ?, ?, ?, ?, ?)",
        (
            (row, document.id, document.seen, document.seen_at, document.score, facets[document.facets])
            for row, document in rows
        ),
    )
    connection.executemany(
        "INSERT INTO bodies(row, body) VALUES(?, ?)", ((row, document.body) for row, document in rows)
    )
    _index(connection, rows)


def _replace(connection: sqlite3.Connection, row: int, document: IndexDocument) -> None:
    facet = _facet_ids(connection, [document])[document.facets]
    connection.execute(
        "UPDATE hits SET seen = ?, seen_at = ?, score = ?, facet = ? WHERE row = ?",
        (document.seen, document.seen_at, document.score, facet, row),
    )
    connection.execute("UPDATE bodies SET body = ? WHERE row = ?", (document.body, row))
    text, keywords = connection.execute("SELECT text, keywords FROM texts WHERE row = ?", (row,)).fetchone()
    if text == joined(document.texts) and keywords == _keyword_json(document):
        return
    _take_out(connection, row, text, keywords)
    _index(connection, [(row, document)])


def _take_out(connection: sqlite3.Connection, row: int, text: str, keywords: str) -> None:
    """Take out what a row is found by: the text and keywords it was indexed with."""
    remove_text(connection, row, text)
    connection.executemany(
        "DELETE FROM keywords WHERE name = ? AND value = ? AND row = ?",
        ((name, value, row) for name, value in msgspec.json.decode(keywords)),
    )
    connection.execute("DELETE FROM texts WHERE row = ?", (row,))


def _index(connection: sqlite3.Connection, rows: list[tuple[int, IndexDocument]]) -> None:
    """Write what rows are found by. What was written is kept beside it, so that it can be taken out again."""
    texts = [(row, joined(document.texts)) for row, document in rows]
    connection.executemany(
        "INSERT INTO texts(row, text, keywords) VALUES(?, ?, ?)",
        (
            (row, text, _keyword_json(document))
            for (row, text), (_, document) in zip(texts, rows, strict=True)
        ),
    )
    connection.executemany("INSERT INTO keywords(name, value, row) VALUES(?, ?, ?)", sorted(_keywords(rows)))
    add_texts(connection, texts)


def _keywords(rows: list[tuple[int, IndexDocument]]) -> Iterator[tuple[str, str, int]]:
    for row, document in rows:
        for name, value in document.keywords:
            yield name, value, row


def _keyword_json(document: IndexDocument) -> str:
    return msgspec.json.encode(document.keywords).decode()


def _facet_ids(
    connection: sqlite3.Connection, documents: list[IndexDocument]
) -> dict[tuple[tuple[str, ...], ...], int]:
    """Numbers of the distinct facet combinations of some documents."""
    numbers: dict[tuple[tuple[str, ...], ...], int] = {}
    for facets in dict.fromkeys(document.facets for document in documents):
        key = msgspec.json.encode(facets).decode()
        connection.execute("INSERT OR IGNORE INTO facets(key) VALUES(?)", (key,))
        (numbers[facets],) = connection.execute("SELECT id FROM facets WHERE key = ?", (key,)).fetchone()
    return numbers
