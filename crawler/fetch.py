"""Fetching outside a crawl: a single page to scan, or a redirect chain to resolve. Blocking and guarded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import CrawlerError, FetchError
from crawler.guard import Guard
from crawler.page import Hop, Page
from crawler.policy import ROBOTS_BYTES, ROBOTS_REDIRECTS, Robots, robots_for
from crawler.urls import clean_url
from crawler.wire import Exchange, ask, decoded

if TYPE_CHECKING:
    from crawler.settings import CrawlSettings

__all__ = ["Chain", "Exchange", "Fetched", "fetch", "follow_redirects", "refresh_target"]

# A meta refresh sooner than this takes the reader along before the page can be read.
REFRESH_S = 5.0
_PEEK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with its bytes: ``body`` is decoded, ``exchanges`` hold what a WARC needs, hop by hop."""

    page: Page
    body: bytes
    exchanges: tuple[Exchange, ...]

    @property
    def content_type(self) -> str:
        """The Content-Type of the last answer."""
        return self.exchanges[-1].header("content-type")


@dataclass(frozen=True, slots=True)
class Chain:
    """A redirect chain as far as it could be followed; ``reason`` says what stopped it, empty at its end.

    ``exchanges`` are those of the hops that answered, for a WARC; long bodies are cut off.
    """

    hops: tuple[Hop, ...]
    reason: str = ""
    error: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @property
    def final_url(self) -> str:
        """The last URL that answered or was asked for."""
        return self.hops[-1].url if self.hops else ""


def fetch(url: str, *, settings: CrawlSettings) -> Fetched:
    """Fetch one page, following redirects. An error status is a page too.

    Raises FetchError or GuardError with the reason why there is none.
    """
    guard = Guard(settings.allow_networks)
    exchanges: list[Exchange] = []
    target = clean_url(url)
    while True:
        rules = _robots(target, guard=guard, settings=settings) if settings.obey_robots else None
        if rules is not None and not rules.allows(target):
            raise FetchError(f"robots.txt forbids {target}", reason="robots-forbidden")
        exchange = ask(target, guard=guard, settings=settings, most=settings.max_body_bytes)
        exchanges.append(exchange)
        if not exchange.location:
            break
        target = exchange.location
        _bound(target, [one.url for one in exchanges], settings)
    body = decoded(exchange.body, exchange.header("content-encoding"), most=settings.max_body_bytes)
    page = Page(
        url=url,
        final_url=exchange.url,
        fetched_at=exchange.date,
        status=exchange.status,
        hops=tuple(_hop(one) for one in exchanges),
        headers=exchange.headers,
        body=hashlib.sha256(body).hexdigest(),
        ip=exchange.ip,
        robots=rules.digest if rules else "",
    )
    return Fetched(page, body, tuple(exchanges))


def follow_redirects(url: str, *, settings: CrawlSettings) -> Chain:
    """Follow a click's chain (redirects and quick meta refreshes) by request, never by click.

    A chain that breaks is returned as far as it went. robots.txt is not asked: this is the one request that a
    reader's click would make, and nothing on the way is kept or followed further.
    """
    guard = Guard(settings.allow_networks)
    hops: list[Hop] = []
    exchanges: list[Exchange] = []
    target, asked = url, 0
    try:
        target = clean_url(url)
        while target:
            asked = len(hops)
            exchange = ask(target, guard=guard, settings=settings, most=_PEEK_BYTES, cut=True)
            exchanges.append(exchange)
            hops.append(_hop(exchange, _refresh(exchange)))
            following = clean_url(hops[-1].location, base=exchange.url) if hops[-1].location else ""
            if following:
                _bound(following, [hop.url for hop in hops], settings)
            target = following
    except CrawlerError as error:
        if len(hops) == asked:
            hops.append(Hop(target, 0))
        return Chain(tuple(hops), error.reason, str(error), tuple(exchanges))
    return Chain(tuple(hops), exchanges=tuple(exchanges))


def refresh_target(text: str, url: str) -> str:
    """Where a page's meta refresh takes the reader at once; an empty string where it does not."""
    from w3lib.html import get_meta_refresh

    seconds, target = get_meta_refresh(text, url)
    if not target or seconds is None or seconds >= REFRESH_S:
        return ""
    try:
        cleaned = clean_url(target)
    except FetchError:
        return ""
    return cleaned if cleaned != url else ""


def _refresh(exchange: Exchange) -> str:
    if "html" not in exchange.header("content-type").lower():
        return ""
    body = decoded(exchange.body, exchange.header("content-encoding"), most=_PEEK_BYTES * 4, cut=True)
    return refresh_target(body.decode("utf-8", "replace"), exchange.url)


def _hop(exchange: Exchange, location: str = "") -> Hop:
    return Hop(exchange.url, exchange.status, exchange.header("location") or location, exchange.ip)


def _bound(target: str, visited: list[str], settings: CrawlSettings) -> None:
    if visited.count(target) > 1:
        raise FetchError(f"redirected in a circle to {target}", reason="redirect-loop")
    if len(visited) > settings.max_redirects:
        raise FetchError(f"more than {settings.max_redirects} redirects", reason="too-many-redirects")


def _robots(url: str, *, guard: Guard, settings: CrawlSettings) -> Robots:
    parts = urlsplit(url)
    target = f"{parts.scheme}://{parts.netloc}/robots.txt"
    for _ in range(ROBOTS_REDIRECTS + 1):
        exchange = ask(target, guard=guard, settings=settings, most=ROBOTS_BYTES, cut=True)
        if not exchange.location:
            break
        target = exchange.location
    body = decoded(exchange.body, exchange.header("content-encoding"), most=ROBOTS_BYTES, cut=True)
    rules = robots_for(exchange.status, body, agent=settings.user_agent)
    if rules is None:
        raise FetchError(f"robots.txt answered {exchange.status}", reason="robots-unavailable")
    return rules
