"""Scheduled crawls: a configured job is run to its end, resumed, or given up where it gets no further."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import CrawlerError
from crawler.job import CrawlSpec
from workers.crawl import crawl, hold_run, read_progress, run_folder, write_progress
from workers.pipeline import Tally, Totals

if TYPE_CHECKING:
    from pathlib import Path

    from workers.settings import Settings

STARTS = 3
"""How often a scheduled run may be started without getting any further before it is given up."""


def run_scheduled(name: str, settings: Settings) -> Totals:
    """Run the configured job ``name`` to its end, resuming an unfinished run. KeyError: no such job.

    Raises CrawlerError (``crawl-died``) where the run has been started again and again to no avail; the next
    one begins afresh.
    """
    from nlp.live import LiveEngine

    job = {entry.name: entry for entry in settings.schedule}[name]
    try:
        folder = run_folder(settings, job.name, resume=False)
    except CrawlerError as error:
        if error.reason != "unfinished":
            raise
        folder = run_folder(settings, job.name, resume=True)
    with hold_run(folder, wait=False) as free:
        # The queue gives a long crawl out again while it is still at work.
        if not free:
            return Totals()
    _count_start(folder)
    spec = CrawlSpec(name=job.name, seeds=job.seeds, pages=job.pages, revisit=job.revisit)
    tally = Tally(saving=True)
    warnings: list[str] = []
    for seen in crawl(spec, folder, settings, engine=LiveEngine(settings.detection), warn=warnings.append):
        tally.add(seen.judged)
    return tally.totals


def _count_start(folder: Path) -> None:
    """Note that a run is started: a queue gives out a task again and again whose process is killed by it."""
    progress = read_progress(folder)
    folder.mkdir(parents=True, exist_ok=True)
    given_up = progress.starts >= STARTS
    write_progress(folder, replace(progress, starts=progress.starts + 1, done=given_up))
    if given_up:
        raise CrawlerError(
            f"{folder} was started {STARTS} times without getting any further: given up", reason="crawl-died"
        )
