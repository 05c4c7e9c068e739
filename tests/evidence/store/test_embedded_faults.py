"""What the embedded store does with files that are not what they should be, and with several processes."""

from __future__ import annotations

import multiprocessing
import sqlite3
from typing import TYPE_CHECKING

import pytest

from evidence.errors import StoreError, StoreUnavailable
from evidence.settings import StoreSettings
from evidence.store.open import open_store
from evidence.store.protocol import Query
from tests.factories import make_hit

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.store.protocol import EvidenceStore


def open_at(path: Path, *, timeout_s: float = 30.0) -> EvidenceStore:
    return open_store(StoreSettings(url=f"sqlite:///{path}", timeout_s=timeout_s))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "index.sqlite"
    store = open_at(path)
    store.put([make_hit(f"承兑 {number} {'长文' * 200}") for number in range(50)])
    store.close()
    return path


def test_folders_are_made(tmp_path: Path) -> None:
    store = open_at(tmp_path / "a" / "b" / "index.sqlite")
    assert store.stats() == {"hits": 0, "leads": 0, "audit": 0}
    store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"index\.sqlite is damaged"):
        open_at(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine(x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        open_at(path)


def test_a_newer_schema_is_refused(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        open_at(filled)


@pytest.mark.parametrize("kept", [0.3, 0.7], ids=["a third left", "most left"])
def test_a_truncated_file_is_reported(filled: Path, kept: float) -> None:
    content = filled.read_bytes()
    filled.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(StoreError, match=r"index\.sqlite"):
        _read_all(filled)


def test_overwritten_pages_are_reported(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    filled.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=r"index\.sqlite"):
        _read_all(filled)


def test_a_folder_in_the_way_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").mkdir()
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_at(tmp_path / "index.sqlite")


def test_a_file_where_the_folder_should_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        open_at(tmp_path / "data" / "index.sqlite")


def test_a_lock_that_is_never_given_up_is_unavailable(filled: Path) -> None:
    store = open_at(filled, timeout_s=0.05)
    blocker = sqlite3.connect(filled, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="busy"):
        store.put([make_hit("另一条")])
    assert store.search(Query("承兑")).total == 50
    blocker.execute("ROLLBACK")
    blocker.close()
    assert len(store.put([make_hit("另一条")]).indexed) == 1
    store.close()


def test_a_batch_that_breaks_off_leaves_nothing_half_written(filled: Path) -> None:
    store = open_at(filled)
    connection = sqlite3.connect(filled)
    connection.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON bodies WHEN NEW.row = 53"
        " BEGIN SELECT RAISE(ABORT, 'no more'); END"
    )
    connection.close()
    with pytest.raises(StoreError, match="refused a write: no more"):
        store.put([make_hit(f"跑分 {number}") for number in range(5)])
    assert store.search(Query("跑分")).total == 0
    assert store.stats()["hits"] == 50
    store.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [("sqlite:///", "names no file"), ("mysql://x", "unknown"), ("index.sqlite", "unknown")],
)
def test_an_address_that_cannot_be_used_says_so(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        open_store(StoreSettings(url=url))


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(path, writer)) for writer in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    store = open_at(path)
    # Each wrote 40 of its own and the same 40 as the others.
    assert store.search(Query("承兑", size=0)).total == 160
    assert len(list(store.scan(Query("共同")))) == 40
    store.close()


def test_a_forked_child_opens_its_own_connection(filled: Path) -> None:
    store = open_at(filled)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=store.put, args=([make_hit("子进程 承兑")],))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert store.search(Query("子进程")).total == 1
    store.close()


def _write(path: Path, writer: int) -> None:
    store = open_at(path)
    for number in range(40):
        store.put([make_hit(f"承兑 {writer} {number}"), make_hit(f"承兑 共同 {number}")])
    store.close()


def _read_all(path: Path) -> None:
    store = open_at(path)
    try:
        for query in ("", "承兑"):
            list(store.scan(Query(query)))
        store.put([make_hit("再写一条")])
    finally:
        store.close()
