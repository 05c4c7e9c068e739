"""Manners of a crawl as plain logic: robots.txt, budgets, and the frontier that admits each URL once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from crawler.errors import FetchError
from crawler.traps import Traps, without_session
from crawler.urls import Scope, canonical_url, home_of, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.job import PageOutcome

# RFC 9309 2.5: a crawler must parse at least 500 kibibytes; the rest is ignored.
ROBOTS_BYTES = 512_000
# RFC 9309 2.3.1.2: at least five redirects of robots.txt are followed.
ROBOTS_REDIRECTS = 5
# A Crawl-delay above this would stall the job; the page budget keeps the load small anyway.
LONGEST_CRAWL_DELAY_S = 30.0

MOST_LINKS_PER_PAGE = 5000


NOT_DUE = "not-due"
TRAP = "trap"
"""Reasons of a page that is left for a later run of the job, and of the first address of a trap."""

AHEAD = 50
"""Priority of pages that were hits and what they link to: above any depth, below tabs that wait."""


class Robots:
    """One host's rules. ``digest`` is the SHA-256 of the file they came from, empty where there was none."""

    def __init__(self, body: bytes, *, agent: str) -> None:
        from protego import Protego

        self.digest = hashlib.sha256(body).hexdigest()
        self._agent = product_token(agent)
        self._rules = Protego.parse(body[:ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff"))

    def allows(self, url: str) -> bool:
        """Whether the rules let our agent fetch ``url``."""
        return bool(self._rules.can_fetch(url, self._agent))

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of the sitemaps the file names, as written."""
        return tuple(self._rules.sitemaps)

    @property
    def delay_s(self) -> float:
        """Seconds the host wants between requests, bounded; 0 where it says nothing."""
        return min(float(self._rules.crawl_delay(self._agent) or 0), LONGEST_CRAWL_DELAY_S)


def product_token(user_agent: str) -> str:
    """The word robots.txt names us by: ``xiansuo`` of ``xiansuo/0.1 (+…)``."""
    match = re.match(r"[A-Za-z_-]+", user_agent)
    return match.group() if match else "xiansuo"


def robots_for(status: int, body: bytes, *, agent: str) -> Robots | None:
    """Rules from an answer to robots.txt: None where all is forbidden (server errors, RFC 9309 2.3.1.4)."""
    if status == 429 or status >= 500:
        return None
    return Robots(body if 200 <= status < 300 else b"", agent=agent)


def page_key(url: str) -> str:
    """What a page is known by in a crawl: its canonical form without session identifiers.

    Raises FetchError (``bad-url``).
    """
    return without_session(canonical_url(url))


@dataclass(frozen=True, slots=True)
class Ticket:
    """A URL that was let into the frontier. ``key`` is its canonical form; ``ahead``: before the others."""

    url: str
    key: str
    depth: int
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Trapped:
    """The first address of a trap; further ones of its host and kind are left without a word."""

    url: str
    why: str
    depth: int


@dataclass(slots=True)
class Frontier:
    """Admits URLs within the budgets, each page once, breadth first. Counts admissions, so it stays bounded.

    ``done`` and ``claimed`` come from an earlier run: URLs that have their outcome, and targets of redirects
    that were taken as another URL's page. ``waits`` are those of pages that are not due in this run.
    """

    seeds: tuple[str, ...]
    pages: int
    pages_per_host: int
    depth: int
    scope: Scope = "domain"
    done: frozenset[str] = frozenset()
    claimed: set[str] = field(default_factory=set)
    waits: frozenset[str] = frozenset()
    _known: set[str] = field(default_factory=set)
    _per_host: Counter[str] = field(default_factory=Counter)
    _traps: Traps = field(default_factory=Traps)
    _said: set[tuple[str, str]] = field(default_factory=set)
    _trapped: list[Trapped] = field(default_factory=list)
    _waiting: int = 0
    _homes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._homes = frozenset(home_of(seed, scope=self.scope) for seed in self.seeds)

    def add(
        self, urls: Iterable[str], *, depth: int, most: int | None = None, ahead: bool = False
    ) -> list[Ticket]:
        """Let in those URLs that are new, in scope and within budget; return those still to be fetched.

        ``most`` is a budget of its own for these, done ones among them.
        """
        admitted = (ticket for url in urls if (ticket := self._admit(url, depth, ahead)))
        return [ticket for ticket in islice(admitted, most) if ticket.key not in self.done]

    def _admit(self, url: str, depth: int, ahead: bool) -> Ticket | None:
        full = len(self._known) - self._waiting >= self.pages
        if depth > self.depth or (full and not self.waits):
            return None
        try:
            key = page_key(url)
        except FetchError:
            # A seed that is no URL still gets its outcome; a link that is none is no page.
            key = url if depth == 0 else ""
        if not key or key in self._known or (key in self.claimed and key not in self.done):
            return None
        if depth and not self._inside(key):
            return None
        host = host_of(key)
        if depth and key in self.waits:
            # Not asked for this time, so it costs nothing of the budgets.
            self._known.add(key)
            self._waiting += 1
            return Ticket(url, key, depth, ahead)
        if full or self._per_host[host] >= self.pages_per_host:
            return None
        if depth and (why := self._traps.judge(key)):
            self._say(Trapped(url, why, depth), host)
            return None
        self._known.add(key)
        self._per_host[host] += 1
        return Ticket(url, key, depth, ahead)

    def _say(self, trapped: Trapped, host: str) -> None:
        if (host, trapped.why) not in self._said:
            self._said.add((host, trapped.why))
            self._trapped.append(trapped)

    def note(self, url: str, why: str) -> None:
        """A trap of an earlier run of the job: it is not said again."""
        self._said.add((host_of(_key(url)), why))
        self._trapped = [one for one in self._trapped if (host_of(_key(one.url)), one.why) not in self._said]

    def trapped(self) -> list[Trapped]:
        """The traps that were met since this was last asked, one a host and kind."""
        met, self._trapped = self._trapped, []
        return met

    def _inside(self, url: str) -> bool:
        return home_of(url, scope=self.scope) in self._homes

    def claim(self, url: str) -> bool:
        """Take a redirect's target as part of the present page; False where it is a page of its own."""
        key = page_key(url)
        if key in self._known or key in self.claimed:
            return False
        self.claimed.add(key)
        return True

    def follow(self, outcome: PageOutcome) -> list[Ticket]:
        """Let in the links of a page; those of a page out of scope (a redirect led there) are left."""
        here = outcome.page.final_url if outcome.page else ""
        if outcome.reason != NOT_DUE and not (here and self._inside(here)):
            return []
        if outcome.document is not None:
            links = [link.url for link in outcome.document.links[:MOST_LINKS_PER_PAGE]]
        else:
            links = list(outcome.links)
        return self.add(links, depth=outcome.depth + 1)


def claims_of(outcomes: Iterable[PageOutcome]) -> tuple[frozenset[str], set[str]]:
    """The ``done`` and ``claimed`` keys that the outcomes of an earlier run imply."""
    done: set[str] = set()
    claimed: set[str] = set()
    for outcome in outcomes:
        done.add(_key(outcome.url))
        if outcome.page is not None and outcome.reason != "duplicate":
            claimed.update(_key(hop.url) for hop in outcome.page.hops[1:])
            claimed.add(_key(outcome.page.final_url))
    return frozenset(done), claimed


def _key(url: str) -> str:
    try:
        return page_key(url)
    except FetchError:
        return url
