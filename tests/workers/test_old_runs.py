"""Folders of crawl runs: the finished and old ones go, whatever is at work or can be resumed stays."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from workers.crawl import PROGRESS, Progress, hold_run
from workers.old_runs import JOBS, old_runs, remove_runs

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 3, 2)
OLD = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
NEW = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight in Beijing


def make_run(data: Path, name: str, *, done: bool = True, ended: datetime = OLD) -> Path:
    folder = data / JOBS / name
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "ab").write_bytes(b"body")
    progress = folder / PROGRESS
    progress.write_bytes(msgspec.json.encode(Progress(1, 1, done=done)))
    os.utime(progress, (ended.timestamp(), ended.timestamp()))
    return folder


def test_a_finished_old_run_goes_and_its_job_may_run_again(tmp_path: Path) -> None:
    old, new = make_run(tmp_path, "forum/1"), make_run(tmp_path, "forum/2", ended=NEW)
    runs = old_runs(tmp_path, before=DAY)
    assert [run.name for run in runs] == ["forum/1"]
    assert runs[0].bytes >= len(b"body")
    assert old.is_dir()
    assert remove_runs(tmp_path, runs, before=DAY) == ("forum/1",)
    assert not old.exists()
    assert new.is_dir()
    assert [path.name for path in (tmp_path / JOBS).iterdir()] == ["forum"]
    assert old_runs(tmp_path, before=DAY) == ()


def test_an_unfinished_run_stays(tmp_path: Path) -> None:
    make_run(tmp_path, "forum/1", done=False)
    (tmp_path / JOBS / "forum" / "2").mkdir()
    torn = make_run(tmp_path, "forum/3")
    (torn / PROGRESS).write_bytes(b"{")
    assert old_runs(tmp_path, before=date(2100, 1, 1)) == ()


def test_a_run_at_work_stays(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "forum/1")
    runs = old_runs(tmp_path, before=DAY)
    with hold_run(folder), hold_run(folder) as shared:
        assert shared
        assert old_runs(tmp_path, before=DAY) == ()
        assert remove_runs(tmp_path, runs, before=DAY) == ()
    assert (folder / "files" / "ab").read_bytes() == b"body"


def test_a_run_taken_up_again_stays(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "forum/1")
    runs = old_runs(tmp_path, before=DAY)
    (folder / PROGRESS).write_bytes(msgspec.json.encode(Progress(1, 1)))
    assert remove_runs(tmp_path, runs, before=DAY) == ()
    assert folder.is_dir()


def test_what_a_removal_cut_short_left_goes_with_the_next(tmp_path: Path) -> None:
    make_run(tmp_path, ".going/forum.1")
    assert old_runs(tmp_path, before=DAY) == ()
    remove_runs(tmp_path, (), before=DAY)
    assert not (tmp_path / JOBS / ".going").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "elsewhere", "forum/1")
    (tmp_path / JOBS / "forum").mkdir(parents=True)
    (tmp_path / JOBS / "forum" / "1").symlink_to(elsewhere)
    (tmp_path / JOBS / "other").symlink_to(elsewhere.parent)
    assert old_runs(tmp_path, before=DAY) == ()


@pytest.mark.parametrize("make", [False, True], ids=["no folder", "empty folder"])
def test_no_jobs_at_all(tmp_path: Path, make: bool) -> None:
    if make:
        (tmp_path / JOBS).mkdir()
    assert old_runs(tmp_path, before=DAY) == ()
    assert remove_runs(tmp_path, (), before=DAY) == ()
