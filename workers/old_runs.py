"""Folders of finished crawl runs that are past their date: which may go, and their removal.

What a run proved lies in captures, which do not need the run's folder. A run that did not end stays: it can
be resumed. One that is at work holds the lock of its folder, so it is never taken.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from evidence.clock import beijing_date, rfc3339
from workers.crawl import PROGRESS, hold_run, read_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

JOBS = "jobs"
GOING = ".going"
"""Where a run is moved before it is deleted, so that it is never seen half there. No job has such a name."""


@dataclass(frozen=True, slots=True)
class OldRun:
    """A run that may go: ``name`` is ``<job>/<start>``, ``bytes`` what its files hold."""

    name: str
    folder: Path
    bytes: int


def old_runs(data: Path, *, before: date) -> tuple[OldRun, ...]:
    """Finished runs whose last sign of life lies before that day (Beijing), by name."""
    found = []
    for folder in sorted(_run_folders(data / JOBS)):
        if not _over(folder, before):
            continue
        with hold_run(folder, wait=False) as mine:
            if mine:
                size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
                found.append(OldRun(f"{folder.parent.name}/{folder.name}", folder, size))
    return tuple(found)


def remove_runs(data: Path, runs: Iterable[OldRun], *, before: date) -> tuple[str, ...]:
    """Delete these runs, and what an earlier removal left; answers the names of those that went.

    A run that was taken up again in between stays.
    """
    going = data / JOBS / GOING
    gone = []
    for run in runs:
        with hold_run(run.folder, wait=False) as mine:
            if mine and _over(run.folder, before):
                going.mkdir(exist_ok=True)
                run.folder.rename(going / run.name.replace("/", "."))
                gone.append(run.name)
    if going.is_dir():
        shutil.rmtree(going)
    return tuple(gone)


def _run_folders(jobs: Path) -> Iterator[Path]:
    if not jobs.is_dir():
        return
    for job in jobs.iterdir():
        if job.name != GOING and job.is_dir() and not job.is_symlink():
            yield from (run for run in job.iterdir() if run.is_dir() and not run.is_symlink())


def _over(folder: Path, before: date) -> bool:
    """Whether the run is known to have ended before that day: not where its progress cannot be read."""
    try:
        if not read_progress(folder).done:
            return False
        ended = datetime.fromtimestamp((folder / PROGRESS).stat().st_mtime, UTC)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False
    day = beijing_date(rfc3339(ended))
    return day is not None and day < before
