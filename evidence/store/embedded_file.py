"""The SQLite file of the embedded store: connections, schema and errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evidence.errors import StoreError, StoreUnavailable
from evidence.store.terms import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x5869_616E
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE facets(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
        "CREATE TABLE hits(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL,"
        " seen_at TEXT NOT NULL, score REAL NOT NULL, facet INTEGER NOT NULL)",
        "CREATE INDEX hits_facet ON hits(facet)",
        "CREATE INDEX hits_newest ON hits(seen DESC, id)",
        "CREATE INDEX hits_strongest ON hits(score DESC, id)",
        "CREATE TABLE bodies(row INTEGER PRIMARY KEY, body BLOB NOT NULL)",
        "CREATE TABLE texts(row INTEGER PRIMARY KEY, text TEXT NOT NULL, keywords TEXT NOT NULL)",
        "CREATE TABLE keywords(name TEXT, value TEXT, row INTEGER, PRIMARY KEY(name, value, row))"
        " WITHOUT ROWID",
        # Sets of tokens, no positions: half the work of a positional index. The ascii tokenizer takes every
        # character beyond ASCII as part of a token, so it cuts only at the blanks put in on purpose.
        "CREATE VIRTUAL TABLE grams USING"
        " fts5(tokens, content='', detail=none, columnsize=0, tokenize='ascii')",
        # A batch fits into memory before it becomes a segment.
        "INSERT INTO grams(grams, rank) VALUES('hashsize', 16777216)",
        "CREATE TABLE leads(id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,"
        " score REAL NOT NULL, categories TEXT NOT NULL, body BLOB NOT NULL)",
        "CREATE INDEX leads_strongest ON leads(score DESC, id)",
        "CREATE TABLE lead_hits(hit TEXT, lead TEXT, PRIMARY KEY(hit, lead)) WITHOUT ROWID",
        "CREATE INDEX lead_hits_lead ON lead_hits(lead)",
        "CREATE TABLE audit(sequence INTEGER PRIMARY KEY, lead TEXT NOT NULL, body BLOB NOT NULL)",
        "CREATE INDEX audit_lead ON audit(lead, sequence)",
    ),
)


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with the file and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason or "busy" in reason:
            raise StoreUnavailable(f"the index {path} is busy with another writer: try again") from error
        if "unable to open" in reason:
            raise StoreUnavailable(
                f"the index {path} cannot be opened: check the folder and its rights"
            ) from error
        if "disk I/O" in reason:
            reason += " (is the disk full?)"
        raise StoreError(f"the index {path} failed: {reason}") from error
    except sqlite3.IntegrityError as error:
        raise StoreError(f"the index {path} refused a write: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"the index {path} is damaged or no index ({error}): move it away and build it anew"
        ) from error


class IndexFile:
    """Connections to one SQLite file, one a thread and process; several processes may write."""

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self.path = path
        self._timeout_s = timeout_s
        self._local = threading.local()
        self._opened: list[tuple[int, sqlite3.Connection]] = []
        with clear_errors(path):
            _make_folder(path)
            _migrate(self.connection(), path)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        # A connection must not cross a fork, so a child opens its own.
        if getattr(self._local, "pid", None) != os.getpid():
            connection = self.connect()
            self._opened.append((os.getpid(), connection))
            self._local.connection, self._local.pid = connection, os.getpid()
        found: sqlite3.Connection = self._local.connection
        return found

    def connect(self) -> sqlite3.Connection:
        """A new connection, which the caller closes."""
        connection = sqlite3.connect(
            self.path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TEMP TABLE matched(row INTEGER PRIMARY KEY, rank REAL)")
        connection.create_function("found", 3, _found, deterministic=True)
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it is kept, or nothing."""
        with clear_errors(self.path):
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self, connection: sqlite3.Connection | None = None) -> Iterator[sqlite3.Connection]:
        """A read transaction: one unchanging state of the index."""
        with clear_errors(self.path):
            used = connection or self.connection()
            used.execute("BEGIN")
            try:
                yield used
            finally:
                used.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connections of this process."""
        for pid, connection in self._opened:
            if pid == os.getpid():
                connection.close()
        self._opened.clear()
        self._local = threading.local()


def _found(text: str, spelling: str, prefix: int) -> bool:
    asked = Spelling(spelling, bool(prefix))
    # Mostly it stands there letter for letter, which is seen ten times as fast.
    if asked.loose and spelling in text:
        return True
    return asked.pattern().search(text) is not None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder {path.parent} cannot be made: {error.strerror}") from error


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(_MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated while this one waited for the lock.
        version = _version(connection)
        if version > len(_MIGRATIONS):
            raise StoreError(f"the index {path} was written by a newer version (schema {version}): upgrade")
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreError(f"{path} is a database of another program: choose another path")
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
