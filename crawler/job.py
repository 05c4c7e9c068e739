"""A crawl job seen from outside: start its Scrapy process, read the outcomes it spools, resume it.

The spool ``pages.jsonl`` is also the journal: what was done and what is still to do follow from it, so a job
that was killed at any point is resumed from the spool alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from crawler.document import Document
from crawler.errors import CrawlerError, FetchError, Stopped
from crawler.page import Page
from crawler.settings import CrawlSettings, RenderMode, Revisit
from crawler.urls import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

SPOOL = "pages.jsonl"
WARC = "crawl.warc.gz"
LOG = "crawl.log"
SPEC = "job.json"

POLL_S = 0.05
STOP_S = 3.0
"""How often the spool is looked at, and how long a process that was told to stop may take. What it has under
way is done again on resuming, so there is no need to wait for it."""


@dataclass(frozen=True, slots=True)
class CrawlSpec:
    """What to crawl. ``pages``, ``depth`` and ``render`` override the settings where they are given.

    ``memory`` is the file of the job's earlier visits. ``revisit`` says which are judged anew: ``all``;
    those ``changed`` since, or judged by other ``versions``; ``due``: of these the ones whose time has come.
    """

    name: str
    seeds: tuple[str, ...]
    pages: int | None = None
    depth: int | None = None
    render: RenderMode | None = None
    spider: Literal["site", "urls"] = "site"
    scope: Scope = "domain"
    revisit: Revisit = "all"
    memory: str = ""
    versions: str = ""


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of one URL: a document, or the reason why there is none.

    ``url`` is the URL as found; ``page`` is there whenever a server answered (error pages too). ``reason``
    is a stable word, empty for a document; ``error`` explains it, and is also set where a document is less
    than it could be (the browser failed, pictures were missed). ``offset`` is the spool position after it.
    ``links`` are those of a page that was visited before and has no document this time.
    """

    url: str
    page: Page | None = None
    document: Document | None = None
    reason: str = ""
    error: str = ""
    depth: int = 0
    offset: int = 0
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Job:
    """What the crawl process is told: the content of ``job.json``."""

    spec: CrawlSpec
    settings: dict[str, object]


def effective_settings(spec: CrawlSpec, settings: CrawlSettings) -> CrawlSettings:
    """The settings with the spec's own values put in."""
    given = {"pages": spec.pages, "depth": spec.depth, "render": spec.render}
    values = settings.model_dump() | {name: value for name, value in given.items() if value is not None}
    if spec.spider == "urls":
        values["depth"] = 0
    return CrawlSettings.model_validate(values)


def write_job(spec: CrawlSpec, directory: Path, settings: CrawlSettings) -> None:
    """Leave the job's description in its folder."""
    job = _Job(spec, effective_settings(spec, settings).model_dump(mode="json"))
    (directory / SPEC).write_bytes(msgspec.json.encode(job))


def read_job(directory: Path) -> tuple[CrawlSpec, CrawlSettings]:
    """The description that :func:`write_job` left."""
    job = msgspec.json.decode((directory / SPEC).read_bytes(), type=_Job)
    return job.spec, CrawlSettings.model_validate(job.settings)


def read_outcomes(directory: Path, *, offset: int = 0) -> Iterator[PageOutcome]:
    """Yield the whole lines of the spool from ``offset`` on; a torn last line is left for later."""
    path = directory / SPOOL
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            yield replace(msgspec.json.decode(line, type=PageOutcome), offset=offset)


def run_job(
    spec: CrawlSpec, directory: Path, *, settings: CrawlSettings, resume: bool = False, offset: int = 0
) -> Iterator[PageOutcome]:
    """Run a crawl in a process of its own and yield the outcome of every page, each once, as it is spooled.

    See :func:`watch_job`.
    """
    with closing(watch_job(spec, directory, settings=settings, resume=resume, offset=offset)) as watched:
        for outcome in watched:
            if outcome is not None:
                yield outcome


def watch_job(
    spec: CrawlSpec,
    directory: Path,
    *,
    settings: CrawlSettings,
    resume: bool = False,
    offset: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[PageOutcome | None]:
    """The outcomes of a crawl in a process of its own, with ``None`` wherever none is waiting for the moment.

    A resumed job yields what was spooled before too, from ``offset`` on (that of the last outcome dealt
    with). Closing the iterator stops the process; what was spooled stays and can be resumed. Once ``stop``
    says so, the process is stopped, what it spooled is yielded, and Stopped is raised. Raises CrawlerError
    (``job-exists``) for a folder that holds a job when ``resume`` is not set, FetchError (``crawl-died``)
    when the process ends badly, after the last whole outcome.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / SPOOL).exists() and not resume:
        raise CrawlerError(
            f"{directory} already holds a crawl: resume it or name another job", reason="job-exists"
        )
    write_job(spec, directory, settings)
    with _process(directory) as process:
        ended = stopped = False
        while True:
            for outcome in read_outcomes(directory, offset=offset):
                offset = outcome.offset
                yield outcome
            yield None
            if ended:
                break
            # Looked at before the last read, so that nothing spooled at the very end is missed.
            ended = process.poll() is not None
            if not ended and stop():
                _end(process)
                ended = stopped = True
            elif not ended:
                time.sleep(POLL_S)
    if stopped:
        raise Stopped(f"the crawl in {directory} was told to stop: resume the job")
    if process.returncode:
        raise FetchError(
            f"the crawl process ended with code {process.returncode} (see {directory / LOG}): resume the job",
            reason="crawl-died",
        )


@contextmanager
def _process(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The crawl process; on leaving it is told to stop by closing its standard input, then killed."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    with (directory / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.spiders.run", str(directory.resolve())],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have the process stop in order, or make it."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        # Its session, so that the browser goes too.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
