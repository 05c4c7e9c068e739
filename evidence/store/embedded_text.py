"""The full-text part of the embedded index: which rows hold which tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.store.terms import SEPARATOR, tokens

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence


def joined(texts: Iterable[str]) -> str:
    """The searchable texts of a hit as one; terms do not cross from one into the next."""
    return SEPARATOR.join(texts)


def add_texts(connection: sqlite3.Connection, rows: Sequence[tuple[int, str]]) -> None:
    """Index joined texts under row numbers that hold none yet."""
    connection.executemany(
        "INSERT INTO grams(rowid, tokens) VALUES(?, ?)", ((row, " ".join(tokens(text))) for row, text in rows)
    )


def remove_text(connection: sqlite3.Connection, row: int, text: str) -> None:
    """Take a row out of the index; ``text`` must be what it was indexed with."""
    connection.execute(
        "INSERT INTO grams(grams, rowid, tokens) VALUES('delete', ?, ?)", (row, " ".join(tokens(text)))
    )
