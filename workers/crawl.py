"""Crawl jobs: the crawl runs in its own process and spools; here its outcomes are judged, proven and indexed.

A run has a folder ``<data>/jobs/<job>/<start>``. Its ``progress.json`` says how far the spool has been dealt
with, and is written after the index and the output have the outcomes, so a killed run resumes without loss.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import msgspec

from crawler.errors import CrawlerError
from crawler.feeds.item import FeedItem
from crawler.job import SPEC, WARC, CrawlSpec, PageOutcome, read_outcomes, watch_job
from crawler.urls import registrable_domain
from crawler.visits import VISITS, remember
from crawler.warc_index import WarcIndex
from nlp.live import Engines
from workers.capture import PageFiles, capture_item, capture_page
from workers.judge import Judged, judge_chunk
from workers.pipeline import Tally, Totals, now, today
from workers.save import open_evidence, save_batch
from workers.short_links import ShortLinks
from workers.shots import Shot, Shots

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from crawler.document import Document
    from evidence.seal import Sealing
    from workers.save import Evidence
    from workers.settings import Settings

BATCH = 16
"""Most outcomes judged and indexed together: few, since a crawl delivers a few a second at most."""

PROGRESS = "progress.json"
HOLD = "in-use"
"""A file locked while a run is crawled, judged and indexed; the crawl process has a lock of its own."""

NO_PAGE = frozenset({"robots-forbidden", "unsupported-type", "private-address", "scheme-refused", "bad-url"})
"""Reasons for which a link leads to no page of the crawl, whatever is done."""

NO_NEWS = frozenset({"duplicate", "unchanged", "not-due", "trap"})
"""Reasons for which there is nothing to judge, and nothing failed."""

FOR_NOW = frozenset({"http-408", "http-425", "http-429"})
"""Answers that ask to come again later."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has been dealt with: spool position, outcomes so far, and whether it ended.

    ``starts`` counts the scheduled starts since it last got further. ``totals`` count those outcomes.
    """

    offset: int = 0
    outcomes: int = 0
    done: bool = False
    starts: int = 0
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True, slots=True)
class Seen:
    """One page's outcome and its verdict."""

    outcome: PageOutcome
    judged: Judged


@dataclass(frozen=True, slots=True)
class _Run:
    """What dealing with a run's outcomes needs."""

    job: str
    folder: Path
    engine: Engines
    shots: Shots
    index: WarcIndex
    short_links: ShortLinks


def job_name(seeds: Sequence[str]) -> str:
    """A name for an unnamed job: the first seed's registrable domain and a digest of all seeds."""
    place = re.sub(r"[^A-Za-z0-9_-]+", "-", registrable_domain(seeds[0]) or "job").strip("-")[:40]
    return f"{place or 'job'}-{hashlib.sha256(' '.join(seeds).encode()).hexdigest()[:8]}"


def run_folder(settings: Settings, job: str, *, resume: bool) -> Path:
    """The folder of the run to do. Raises CrawlerError (``unfinished``) where the last run is not done."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", job):
        raise CrawlerError(f"job names have letters, digits, _ and - only: {job!r}", reason="bad-job-name")
    jobs = settings.data / "jobs" / job
    runs = sorted(path for path in jobs.iterdir() if path.is_dir()) if jobs.is_dir() else []
    if resume and runs:
        return runs[-1]
    if runs and not read_progress(runs[-1]).done:
        raise CrawlerError(job, reason="unfinished")
    return fresh_folder(settings, job)


def fresh_folder(settings: Settings, job: str) -> Path:
    """A folder for a new run, named by its start; not made yet."""
    folder = settings.data / "jobs" / job / now().replace(":", "").replace("-", "")
    while folder.exists():  # two runs within a second
        folder = folder.with_name(folder.name + "+")
    return folder


def read_progress(folder: Path) -> Progress:
    """What a run's folder says of its progress; none yet is the beginning."""
    path = folder / PROGRESS
    return msgspec.json.decode(path.read_bytes(), type=Progress) if path.exists() else Progress()


@contextmanager
def hold_run(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a run's folder while its files are at work; whether it is held.

    Runs share the hold, so only a removal, which does not ``wait``, can be turned away: it holds alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / HOLD).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def crawl(
    spec: CrawlSpec,
    folder: Path,
    settings: Settings,
    *,
    engine: Engines,
    warn: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Seen]:
    """Run or resume a job; yields every page once it is judged and, where it is a hit, proven and indexed.

    Raises StoreUnavailable where the index cannot be reached, Stopped where ``stop`` said so and what was
    fetched by then is dealt with; the job can be resumed then.
    """
    offset = read_progress(folder).offset
    resume = folder.exists()
    spec = replace(spec, memory=str(folder.parent.resolve() / VISITS), versions=_versions(engine))
    # Closed here: whatever ends this, the crawl process is at its end before anybody counts what it left.
    with closing(
        watch_job(spec, folder, settings=settings.crawl, resume=resume, offset=offset, stop=stop)
    ) as outcomes:
        yield from deal(outcomes, folder, settings, job=spec.name, engine=engine, warn=warn)


def undealt(folder: Path) -> int:
    """How many pages of a run are fetched and not judged yet."""
    return sum(1 for _ in read_outcomes(folder, offset=read_progress(folder).offset))


def deal(
    outcomes: Iterable[PageOutcome | None],
    folder: Path,
    settings: Settings,
    *,
    job: str,
    engine: Engines,
    warn: Callable[[str], None],
) -> Iterator[Seen]:
    """Judge, prove and index outcomes whose files lie in ``folder``, noting there how far it got.

    At a ``None`` (no outcome is waiting for the moment) what came until then is dealt with.
    """
    progress = read_progress(folder)
    with (
        hold_run(folder),
        open_evidence(settings) as evidence,
        Shots(settings.crawl, warn=warn) as shots,
    ):
        run = _Run(job, folder, engine, shots, WarcIndex(folder / WARC), ShortLinks(settings.crawl))
        for batch in _batches(outcomes):
            tally = Tally(saving=True)
            dealt: list[tuple[PageOutcome, bool]] = []
            versions = _versions(engine)
            for seen in _deal_batch(batch, evidence, run):
                tally.add(seen.judged)
                dealt.append((seen.outcome, _is_hit(seen.judged)))
                yield seen
            if (folder / SPEC).exists():  # a crawl, which comes again
                remember(
                    folder.parent / VISITS, dealt, now=time(), versions=versions, settings=settings.crawl
                )
            totals = progress.totals.plus(tally.totals)
            progress = Progress(batch[-1].offset, progress.outcomes + len(batch), totals=totals)
            write_progress(folder, progress)
        write_progress(folder, replace(progress, done=True))


def _versions(engine: Engines) -> str:
    versions = engine.current().versions
    return f"{versions.lexicon} {versions.model} {versions.code}"


def _is_hit(judged: Judged) -> bool:
    return judged.analysis is not None and (judged.analysis.lead or judged.analysis.review)


def _batches(outcomes: Iterable[PageOutcome | None]) -> Iterator[list[PageOutcome]]:
    batch: list[PageOutcome] = []
    for outcome in outcomes:
        if outcome is not None:
            batch.append(outcome)
        if batch and (outcome is None or len(batch) == BATCH):
            yield batch
            batch = []
    if batch:
        yield batch


def _deal_batch(batch: Sequence[PageOutcome], evidence: Evidence, run: _Run) -> Iterator[Seen]:
    items = tuple(as_item(outcome) for outcome in batch)
    verdicts = judge_chunk(items, run.engine.current(), today=today())
    judged = tuple(map(run.short_links.resolve, verdicts))
    by_document = {
        item.document.id: outcome
        for item, outcome in zip(items, batch, strict=True)
        if item.document is not None
    }

    def prove(hit: Judged) -> Sealing:
        assert hit.item.document is not None
        outcome = by_document[hit.item.document.id]
        if outcome.page is None:  # a file of this machine
            return capture_item(hit, evidence.settings)
        return capture_page(hit, page_files(outcome, run), evidence.settings)

    done = save_batch(judged, evidence, job=run.job, prove=prove)
    for outcome, result in zip(batch, done, strict=True):
        yield Seen(outcome, result)


def as_item(outcome: PageOutcome) -> FeedItem:
    """An outcome as what the judge takes: its document, or its reason.

    What a link led to and is no page of the crawl is rejected; a seed without a page has always failed.
    """
    if outcome.document is None:
        rejected = outcome.reason in NO_NEWS or (outcome.depth > 0 and _is_answer(outcome.reason))
        error = outcome.error or outcome.reason
        return FeedItem(outcome.url, error=error, reason=outcome.reason, rejected=rejected)
    document: Document = replace(
        outcome.document, metadata={**outcome.document.metadata, "fetched_url": outcome.url}
    )
    return FeedItem(outcome.url, document)


def _is_answer(reason: str) -> bool:
    """Whether a reason is all that can be had of a page, so that fetching it again is no use."""
    return reason in NO_PAGE or (reason.startswith("http-4") and reason not in FOR_NOW)


def page_files(outcome: PageOutcome, run: _Run) -> PageFiles:
    """The files of one page: WARC records cut from the job's WARC, screenshot and DOM from its spool.

    A hit that was fetched without the browser is opened in it now, so that there is a picture.
    """
    page = outcome.page
    assert page is not None  # files are proven as items
    screenshot, dom = _spooled(run.folder, page.screenshot), _spooled(run.folder, page.dom)
    shot = Shot() if screenshot else run.shots.take(page.final_url)
    return PageFiles(
        page,
        run.index.cut(page.warc_records),
        screenshot or shot.screenshot,
        dom or shot.dom,
        screenshot_at=shot.taken_at,
        browser=run.shots.browser if screenshot or shot.screenshot else "",
    )


def _spooled(folder: Path, digest: str) -> bytes:
    return (folder / "files" / digest).read_bytes() if digest else b""


def write_progress(folder: Path, progress: Progress) -> None:
    partial = folder / f"{PROGRESS}.part"
    partial.write_bytes(msgspec.json.encode(progress))
    partial.replace(folder / PROGRESS)
