"""What every Scrapy request passes: the guard (before and after name resolution) and robots.txt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.connection import Connection
from crawler.errors import GuardError
from crawler.guard import Guard
from crawler.policy import ROBOTS_REDIRECTS, Robots, robots_for
from crawler.spiders.reasons import reason_of
from crawler.spiders.throttle import slow_down
from crawler.urls import clean_url, host_of, literal_address
from crawler.warc import instant
from crawler.wire import REDIRECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.interfaces import IAddress, IHostResolution


MOST_ANSWERS = 10_000
"""Names whose addresses are remembered: of a crawl of many hosts the last ones."""


class Refused(IgnoreRequest):
    """A request that was not made; ``reason`` is the stable word for it."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@implementer(IResolutionReceiver)
class _GuardedReceiver:
    """Lets only permitted addresses of a name through; keeps note of them, and of names without any."""

    def __init__(self, inner: Any, host: str, resolver: GuardedResolver) -> None:
        self._inner, self._host, self._guard, self._resolver = inner, host, resolver.guard, resolver
        self._kept: dict[str, None] = {}
        self._dropped: dict[str, None] = {}
        self._error = ""

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self._inner.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        try:
            self._guard.check_ip(address.host)
        except GuardError as error:
            self._error = str(error)
            self._dropped[str(address.host)] = None
            return
        self._kept[str(address.host)] = None
        self._inner.addressResolved(address)

    def resolutionComplete(self) -> None:
        if not self._kept and self._error:
            self._resolver.refused[self._host] = f"{self._host}: {self._error}"
        self._resolver.note(self._host, tuple(self._kept), tuple(self._dropped))
        self._inner.resolutionComplete()


class GuardedResolver(CachingHostnameResolver):
    """Resolves names for Scrapy; the connection is made to one of the addresses that passed."""

    def __init__(self, reactor: Any, cache_size: int) -> None:
        super().__init__(reactor, cache_size)
        self.guard = Guard()
        self.refused: dict[str, str] = {}
        self.answers: dict[str, Connection] = {}

    def note(self, host: str, kept: tuple[str, ...], dropped: tuple[str, ...]) -> None:
        """Remember what a name resolved to. An answer out of the cache keeps the time of the first."""
        known = self.answers.get(host)
        if known is not None and (known.addresses, known.refused) == (kept, dropped):
            return
        if len(self.answers) >= MOST_ANSWERS:
            del self.answers[next(iter(self.answers))]
        self.answers[host] = Connection(host, "", kept, dropped, instant())

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        """Scrapy's way in: built for the process, before there is a spider, so only settings are at hand."""
        resolver: GuardedResolver = super().from_crawler(crawler, reactor)
        resolver.guard = Guard(crawler.settings.getlist("GUARD_ALLOW_NETWORKS"))
        return resolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Resolve as usual, with the guard between the answer and the connection."""
        receiver: Any = _GuardedReceiver(resolutionReceiver, hostName, self)
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


def refused_hosts() -> dict[str, str]:
    """Names that the running process's resolver turned down, each with the sentence why."""
    from twisted.internet import reactor

    resolver: Any = reactor.nameResolver
    return resolver.refused if isinstance(resolver, GuardedResolver) else {}


def resolved_name(host: str) -> Connection:
    """What the running process's resolver last said of a name; nothing of an address."""
    from twisted.internet import reactor

    resolver: Any = reactor.nameResolver
    asked = isinstance(resolver, GuardedResolver) and literal_address(host) is None
    known = resolver.answers.get(host) if asked else None
    return known or Connection(host)


class GuardGate:
    """Checks each URL, redirects and robots.txt included, and names refusals that name resolution brought."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._guard: Guard = spider.guard

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardGate:
        """Scrapy's way in."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Refuse by scheme and by literal address."""
        try:
            self._guard.check_url(request.url)
        except GuardError as error:
            raise Refused(str(error), reason=error.reason) from error
        if (known := refused_hosts().get(host_of(request.url))) is not None:
            raise Refused(known, reason="private-address")


@dataclass(frozen=True, slots=True)
class _Closed:
    """Why a host's pages are not fetched at all."""

    reason: str
    error: str


class RobotsGate:
    """Obeys robots.txt as RFC 9309 says and leaves the digest of the rules that allowed a request."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._crawler = crawler
        self._obey: bool = spider.limits.obey_robots
        self._agent: str = spider.limits.user_agent
        self._rules: dict[str, asyncio.Future[Robots | _Closed]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsGate:
        """Scrapy's way in."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse what the host's rules forbid."""
        if not self._obey or request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = asyncio.ensure_future(self._load(site, request))
        rules = await asyncio.shield(self._rules[site])
        if isinstance(rules, _Closed):
            raise Refused(rules.error, reason=rules.reason)
        if (named := request.meta.get("sitemaps")) is not None:
            named.extend(rules.sitemaps)
        if not rules.allows(request.url):
            raise Refused("robots.txt forbids this page", reason="robots-forbidden")
        request.meta["robots"] = rules.digest

    async def _load(self, site: str, cause: Request) -> Robots | _Closed:
        try:
            response = await self._fetch(f"{site}/robots.txt")
        except Exception as error:  # whatever went wrong closes this host, with its reason
            reason, text = reason_of(error, url=site, refused=refused_hosts())
            return _Closed(reason, f"robots.txt cannot be had: {text}")
        rules = robots_for(response.status, response.body, agent=self._agent)
        if rules is None:
            return _Closed("robots-unavailable", f"robots.txt answered {response.status}")
        slow_down(self._crawler, cause, rules.delay_s)
        return rules

    async def _fetch(self, url: str) -> Response:
        engine = self._crawler.engine
        assert engine is not None
        for _ in range(ROBOTS_REDIRECTS + 1):
            meta = {"is_robots": True, "handle_httpstatus_all": True}
            response = await engine.download_async(
                Request(url, meta=meta, callback=NO_CALLBACK, priority=1000)
            )
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or not location:
                return response
            url = clean_url(location.decode("utf-8", "replace"), base=url)
        return response
