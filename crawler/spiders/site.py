"""Crawls a site from its seeds: one ticket a page, each ends in exactly one outcome."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider

from crawler.errors import CrawlerError, FetchError
from crawler.guard import Guard
from crawler.job import WARC, PageOutcome
from crawler.page import Hop, Page
from crawler.policy import Frontier, Ticket, claims_of
from crawler.spiders.content import document_of
from crawler.spiders.gate import REDIRECTS, refused_hosts
from crawler.spiders.reasons import reason_of
from crawler.spiders.record import header_pairs
from crawler.urls import canonical_url, clean_url
from crawler.warc import utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.job import CrawlSpec
    from crawler.settings import CrawlSettings
    from crawler.spiders.spool import Spool

logger = logging.getLogger(__name__)


class SiteSpider(Spider):
    """Breadth first within the scope and the budgets."""

    name = "site"

    def __init__(self, *, spec: CrawlSpec, limits: CrawlSettings, spool: Spool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limits, self.spool = limits, spool
        self.guard = Guard(limits.allow_networks)
        done, claimed = claims_of(spool.outcomes())
        self.frontier = Frontier(
            seeds=spec.seeds,
            pages=limits.pages,
            pages_per_host=limits.pages_per_host,
            depth=limits.depth,
            scope=spec.scope,
            done=done,
            claimed=claimed,
        )

    async def start(self) -> AsyncIterator[Request]:
        """The seeds, and what earlier runs of the job left undone."""
        waiting = self.frontier.add(self.frontier.seeds, depth=0)
        for outcome in self.spool.outcomes():
            waiting += self.frontier.follow(outcome)
        for request in self._requests(waiting):
            yield request

    async def parse(self, response: Response, **kwargs: Any) -> AsyncIterator[Request]:
        """A page came: follow its redirect, or turn it into an outcome and go on to its links."""
        meta = response.meta
        location = _location(response) if response.status in REDIRECTS else ""
        hop = Hop(response.url, response.status, location, str(response.ip_address or ""))
        hops = (*meta["hops"], hop)
        try:
            if location:
                yield self._next_hop(meta["ticket"], hops, location, meta["records"])
                return
            outcome = await self._outcome(response, hops)
        except CrawlerError as error:
            outcome = self._failure(meta["ticket"], self._page(response, hops), error.reason, str(error))
        for request in self._finish(outcome):
            yield request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """No page came: that is an outcome too."""
        request: Request = failure.request  # type: ignore[attr-defined]
        reason, text = reason_of(failure.value, url=request.url, refused=refused_hosts())
        if reason == "fetch-failed":
            logger.warning("unforeseen failure of %s: %s", request.url, failure.getTraceback())
        hops = (*request.meta["hops"], Hop(request.url, 0))
        page = self._page_of(request, hops) if len(hops) > 1 else None
        return self._finish(self._failure(request.meta["ticket"], page, reason, text))

    def _requests(self, tickets: list[Ticket]) -> Iterator[Request]:
        for ticket in tickets:
            try:
                yield self._request(ticket, clean_url(ticket.url), (), [])
            except FetchError as error:
                self.spool.put(self._failure(ticket, None, error.reason, str(error)))

    def _request(self, ticket: Ticket, url: str, hops: tuple[Hop, ...], records: list[str]) -> Request:
        meta = {"ticket": ticket, "hops": hops, "records": records, "handle_httpstatus_all": True}
        return Request(
            url, callback=self.parse, errback=self.failed, dont_filter=True, priority=-ticket.depth, meta=meta
        )

    def _next_hop(self, ticket: Ticket, hops: tuple[Hop, ...], location: str, records: list[str]) -> Request:
        """The request a redirect asks for; FetchError where the chain is endless or leads to a known page."""
        target = clean_url(location, base=hops[-1].url)
        visits = [hop.url for hop in hops].count(target)
        if visits > 1:
            raise FetchError(f"redirected in a circle to {target}", reason="redirect-loop")
        if len(hops) > self.limits.max_redirects:
            raise FetchError(f"more than {self.limits.max_redirects} redirects", reason="too-many-redirects")
        chain = {ticket.key, *(canonical_url(hop.url) for hop in hops)}
        if canonical_url(target) not in chain and not self.frontier.claim(target):
            raise FetchError(f"redirected to {target}, which is a page of this crawl", reason="duplicate")
        return self._request(ticket, target, hops, records)

    async def _outcome(self, response: Response, hops: tuple[Hop, ...]) -> PageOutcome:
        ticket: Ticket = response.meta["ticket"]
        page = self._page(response, hops)
        if response.status >= 400:
            return self._failure(
                ticket, page, f"http-{response.status}", f"the server answered {response.status}"
            )
        document = document_of(response.body, url=page.final_url, content_type=_content_type(response))
        return PageOutcome(url=ticket.url, page=page, document=document, depth=ticket.depth)

    def _page(self, response: Response, hops: tuple[Hop, ...]) -> Page:
        return self._page_of(response.request, hops, response)  # type: ignore[arg-type]

    def _page_of(self, request: Request, hops: tuple[Hop, ...], response: Response | None = None) -> Page:
        """The page an exchange made; without a response, what is known of a chain that broke."""
        meta = request.meta
        return Page(
            url=meta["ticket"].url,
            final_url=response.url if response else request.url,
            fetched_at=utc_now(),
            status=response.status if response else 0,
            hops=hops,
            headers=header_pairs(response.headers) if response else (),
            body=self.spool.keep(response.body) if response else "",
            warc=WARC,
            warc_records=tuple(meta["records"]),
            ip=hops[-1].ip,
            robots=meta.get("robots", ""),
        )

    def _failure(self, ticket: Ticket, page: Page | None, reason: str, error: str) -> PageOutcome:
        return PageOutcome(url=ticket.url, page=page, reason=reason, error=error[:500], depth=ticket.depth)

    def _finish(self, outcome: PageOutcome) -> Iterator[Request]:
        """Spool an outcome, then go on to what it links to."""
        try:
            self.spool.put(outcome)
        except OSError as error:
            raise CloseSpider(f"cannot write: {error}") from error
        yield from self._requests(self.frontier.follow(outcome))


def _location(response: Response) -> str:
    return (response.headers.get("Location") or b"").decode("utf-8", "replace").strip()


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
