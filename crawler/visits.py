"""What a job remembers of its pages from run to run: validators, content, and when to come again.

One SQLite file a job, ``visits.sqlite``. The side that judges writes it, batch by batch; a crawl process only
reads it, once, at its start.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.errors import FetchError
from crawler.policy import page_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.job import PageOutcome
    from crawler.settings import CrawlSettings

VISITS = "visits.sqlite"
MOST_LINKS = 500
"""Links kept of a page: enough to go on from one that was not fetched."""

SOONER, LATER = 0.5, 1.5
"""What a visit makes of the interval: a changed page is looked at sooner, an unchanged one later."""

_SCHEMA = """CREATE TABLE IF NOT EXISTS visit (key TEXT PRIMARY KEY, url TEXT, etag TEXT, modified TEXT,
content TEXT, interval_s REAL, due REAL, hit INTEGER, versions TEXT, depth INTEGER, links TEXT)"""
_COLUMNS = 11


@dataclass(frozen=True, slots=True)
class Visit:
    """The last visit of one page. From ``due`` (seconds since 1970) on it is looked at again.

    ``content`` is a digest of texts and links, ``versions`` what judged it, ``hit`` whether it was one.
    """

    key: str
    url: str
    etag: str = ""
    modified: str = ""
    content: str = ""
    interval_s: float = 0.0
    due: float = 0.0
    hit: bool = False
    versions: str = ""
    depth: int = 0
    links: tuple[str, ...] = ()


def content_of(outcome: PageOutcome) -> str:
    """Digest of what a page says and links to; empty where there is no document."""
    document = outcome.document
    if document is None:
        return ""
    parts = [document.id, *(link.url for link in document.links)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def next_visit(
    before: Visit | None,
    outcome: PageOutcome,
    *,
    now: float,
    hit: bool,
    versions: str,
    settings: CrawlSettings,
) -> Visit | None:
    """What is to be remembered after an outcome; None where it teaches nothing (no answer, not due)."""
    key = _key(outcome.url)
    if not key or outcome.page is None or (outcome.document is None and outcome.reason != "unchanged"):
        return None
    if outcome.reason == "unchanged":
        if before is None:
            return None
        interval = _bounded(before.interval_s * LATER, settings)
        return replace(before, interval_s=interval, due=now + interval)
    content = content_of(outcome)
    interval = settings.revisit_first_s
    if before is not None and before.interval_s:
        interval = before.interval_s * (LATER if before.content == content else SOONER)
    interval = _bounded(interval, settings)
    headers = {name.lower(): value for name, value in outcome.page.headers}
    links = outcome.document.links[:MOST_LINKS] if outcome.document else ()
    # A page that was reached by redirects answers for the last address only: no validators then.
    plain = len(outcome.page.hops) == 1 and outcome.page.renderer == "http"
    return Visit(
        key,
        outcome.url,
        headers.get("etag", "") if plain else "",
        headers.get("last-modified", "") if plain else "",
        content,
        interval,
        now + interval,
        hit,
        versions,
        outcome.depth,
        tuple(link.url for link in links),
    )


def _bounded(interval: float, settings: CrawlSettings) -> float:
    return min(max(interval, settings.revisit_least_s), settings.revisit_most_s)


def read_visits(path: Path) -> dict[str, Visit]:
    """All visits by key; none where there is no file yet."""
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as file:
        file.execute(_SCHEMA)
        return {visit.key: visit for visit in map(_visit, file.execute("SELECT * FROM visit"))}


def find_visits(path: Path, keys: Iterable[str]) -> dict[str, Visit]:
    """The visits of some pages."""
    wanted = list(dict.fromkeys(keys))
    if not path.exists() or not wanted:
        return {}
    marks = ",".join("?" * len(wanted))
    with closing(sqlite3.connect(path)) as file:
        file.execute(_SCHEMA)
        rows = file.execute(f"SELECT * FROM visit WHERE key IN ({marks})", wanted)
        return {visit.key: visit for visit in map(_visit, rows)}


def write_visits(path: Path, visits: Iterable[Visit]) -> None:
    """Put visits in the place of those of the same pages, all or none."""
    rows = [(*list(astuple(one))[:-1], json.dumps(one.links)) for one in visits]
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=60)) as file, file:
        file.execute(_SCHEMA)
        file.executemany(f"INSERT OR REPLACE INTO visit VALUES ({','.join('?' * _COLUMNS)})", rows)


def remember(
    path: Path,
    outcomes: Iterable[tuple[PageOutcome, bool]],
    *,
    now: float,
    versions: str,
    settings: CrawlSettings,
) -> None:
    """Note the outcomes of a batch, each with whether it was a hit."""
    batch = list(outcomes)
    before = find_visits(path, (_key(outcome.url) for outcome, _ in batch))
    made = (
        next_visit(
            before.get(_key(outcome.url)), outcome, now=now, hit=hit, versions=versions, settings=settings
        )
        for outcome, hit in batch
    )
    if visits := [one for one in made if one is not None]:
        write_visits(path, visits)


def _visit(row: tuple[Any, ...]) -> Visit:
    return replace(Visit(*row), hit=bool(row[7]), links=tuple(json.loads(row[-1])))


def _key(url: str) -> str:
    try:
        return page_key(url)
    except FetchError:
        return ""
