"""Crawls a site from its seeds: one ticket a page, each ends in exactly one outcome."""

from __future__ import annotations

import errno
import logging
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider

from crawler.chromium import needs_browser, render_error
from crawler.errors import CrawlerError, FetchError
from crawler.fetch import refresh_target
from crawler.guard import Guard
from crawler.job import PageOutcome
from crawler.page import Hop
from crawler.policy import AHEAD, TRAP, Frontier, Ticket, claims_of, page_key
from crawler.refusals import SENTENCES, refusal_of
from crawler.spiders.content import document_of, is_html
from crawler.spiders.gate import refused_hosts
from crawler.spiders.pages import Trail, failure, page_of, rendered_page
from crawler.spiders.past import Past
from crawler.spiders.pictures import Pictures
from crawler.spiders.reasons import reason_of
from crawler.spiders.sources import Sources
from crawler.urls import clean_url
from crawler.wire import REDIRECTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.job import CrawlSpec
    from crawler.page import Page
    from crawler.settings import CrawlSettings
    from crawler.spiders.spool import Spool

logger = logging.getLogger(__name__)

_PEEK_BYTES = 65_536
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


class SiteSpider(Spider):
    """Breadth first within the scope and the budgets."""

    name = "site"

    def __init__(self, *, spec: CrawlSpec, limits: CrawlSettings, spool: Spool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec, self.limits, self.spool = spec, limits, spool
        self.past = Past(spec)
        self.floors: dict[str, float] = {}
        self.guard = Guard(limits.allow_networks)
        self.tabs: Any = None
        done, claimed = claims_of(spool.outcomes())
        self.frontier = Frontier(
            seeds=spec.seeds,
            pages=limits.pages,
            pages_per_host=limits.pages_per_host,
            depth=limits.depth,
            scope=spec.scope,
            done=done,
            claimed=claimed,
            waits=self.past.waits,
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SiteSpider:
        """Scrapy's way in; what needs the running crawl is built here."""
        spider: SiteSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.pictures = Pictures(crawler, spider.limits, spider.spool.keep)
        spider.sources = Sources(crawler, spider.spec, spider.limits, spider.spool.directory)
        if spider.limits.render != "never":
            from crawler.spiders.browser import Tabs

            spider.tabs = Tabs(spider.limits)
        return spider

    pictures: Pictures
    sources: Sources

    def closed(self, reason: str) -> None:
        """The crawl is over."""
        self.pictures.close()

    async def start(self) -> AsyncIterator[Request]:
        """Seeds, the last run's hits and their links, what sitemaps list, what earlier runs left undone."""
        waiting = self.frontier.add(self.frontier.seeds, depth=0)
        for visit in self.past.hits():
            waiting += self.frontier.add([visit.url], depth=max(visit.depth, 1), ahead=True)
            waiting += self.frontier.add(visit.links, depth=visit.depth + 1, ahead=True)
        # Half of the budget is left to links: a large sitemap must not hide what pages lead to.
        waiting += self.frontier.add(await self.sources.links(), depth=1, most=self.limits.pages // 2)
        for outcome in self.spool.outcomes():
            waiting += self.frontier.follow(outcome)
            if outcome.reason == TRAP:
                self.frontier.note(outcome.url, outcome.error)
        for request in self._requests(waiting):
            yield request

    async def parse(self, response: Response, trail: Trail) -> AsyncIterator[Request]:
        """A page came: follow its redirect, show it to the browser, or make it an outcome and go on."""
        location = _location(response)
        trail = trail.then(Hop(response.url, response.status, location, str(response.ip_address or "")))
        page = page_of(response.request, trail, self.spool, response)  # type: ignore[arg-type]
        try:
            if location:
                yield self._next_hop(trail, location)
                return
            outcome = self._outcome(trail, page, response)
            if outcome.document and self._wants_browser(response, outcome):
                yield self._tab_request(replace(trail, plain=outcome), page.final_url)
                return
            outcome = await self._with_pictures(outcome, response.body)
        except Exception as error:  # one hostile page must not cost another: it becomes an outcome
            _stop_where_nothing_can_be_written(error)
            outcome = _failed(trail.ticket, page, error)
        for request in self._finish(outcome):
            yield request

    async def parse_tab(self, response: Response, trail: Trail) -> AsyncIterator[Request]:
        """The browser has the page: take what it shows in place of what was served."""
        request: Request = response.request  # type: ignore[assignment]
        plain = trail.plain
        assert plain is not None
        assert plain.page is not None
        try:
            rendered = await self.tabs.observe(request)
            page, html = rendered_page(plain.page, rendered, self.spool)
            own = {trail.ticket.key, page_key(plain.page.final_url)}
            if page_key(page.final_url) in own or self.frontier.claim(page.final_url):
                document = document_of(html, url=page.final_url, content_type="text/html; charset=utf-8")
                outcome = replace(plain, page=page, document=document)
                outcome = await self._with_pictures(outcome, html, rendered.screenshot)
            else:
                remark = f"a script leads to {page.final_url}, which is a page of this crawl"
                outcome = failure(trail.ticket, page, "duplicate", remark)
        except Exception as error:  # as in parse; the page as served is still there
            _stop_where_nothing_can_be_written(error)
            outcome = await self._without_browser(plain, request, error)
        for following in self._finish(outcome):
            yield following

    async def tab_failed(self, failed: Failure) -> AsyncIterator[Request]:
        """The browser could not show the page: the page as served has to do."""
        request: Request = failed.request  # type: ignore[attr-defined]
        await self.tabs.drop(request)
        error = failed.value or RuntimeError("unknown failure")
        outcome = await self._without_browser(request.cb_kwargs["trail"].plain, request, error)
        for following in self._finish(outcome):
            yield following

    def failed(self, failed: Failure) -> Iterator[Request]:
        """No page came: that is an outcome too."""
        request: Request = failed.request  # type: ignore[attr-defined]
        _stop_where_nothing_can_be_written(failed.value)
        reason, text = reason_of(failed.value, url=request.url, refused=refused_hosts())
        if reason == "fetch-failed":
            logger.warning("unforeseen failure of %s: %s", request.url, failed.getTraceback())
        trail: Trail = request.cb_kwargs["trail"].then(Hop(request.url, 0))
        page = page_of(request, trail, self.spool) if len(trail.hops) > 1 else None
        return self._finish(failure(trail.ticket, page, reason, text))

    def _requests(self, tickets: list[Ticket]) -> Iterator[Request]:
        """Requests for tickets; those whose time has not come have their outcome at once."""
        waiting = deque(tickets)
        self._say_trapped()
        while waiting:
            ticket = waiting.popleft()
            if (rest := self.past.not_due(ticket)) is not None:
                self.spool.put(rest)
                waiting.extend(self.frontier.follow(rest))
                self._say_trapped()
                continue
            try:
                yield self._request(Trail(ticket), clean_url(ticket.url))
            except FetchError as error:
                self.spool.put(failure(ticket, None, error.reason, str(error)))

    def _say_trapped(self) -> None:
        for one in self.frontier.trapped():
            self.spool.put(PageOutcome(one.url, reason=TRAP, error=one.why, depth=one.depth))

    def _request(self, trail: Trail, url: str) -> Request:
        return Request(
            url,
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"trail": trail},
            dont_filter=True,
            priority=-trail.ticket.depth + (AHEAD if trail.ticket.ahead else 0),
            headers={} if trail.hops else self.past.conditions(trail.ticket),
            meta={"records": trail.records, "handle_httpstatus_all": True},
        )

    def _tab_request(self, trail: Trail, url: str) -> Request:
        # Ahead of other pages: a page half done is kept in memory.
        return self._request(trail, url).replace(
            callback=self.parse_tab,
            errback=self.tab_failed,
            priority=100,
            meta={"records": trail.records, "handle_httpstatus_all": True, **self.tabs.meta()},
        )

    def _next_hop(self, trail: Trail, location: str) -> Request:
        """The request a redirect asks for; FetchError where the chain is endless or leads to a known page."""
        visited = [hop.url for hop in trail.hops]
        target = clean_url(location, base=visited[-1])
        if visited.count(target) > 1:
            raise FetchError(f"redirected in a circle to {target}", reason="redirect-loop")
        if len(visited) > self.limits.max_redirects:
            raise FetchError(f"more than {self.limits.max_redirects} redirects", reason="too-many-redirects")
        own = {trail.ticket.key, *map(page_key, visited)}
        if page_key(target) not in own and not self.frontier.claim(target):
            raise FetchError(f"redirected to {target}, which is a page of this crawl", reason="duplicate")
        return self._request(trail, target)

    def _outcome(self, trail: Trail, page: Page, response: Response) -> PageOutcome:
        ticket = trail.ticket
        if response.status == 304 and (same := self.past.unchanged(ticket, page)) is not None:
            return same
        reason = refusal_of(response.status, page.headers, response.body)
        said = SENTENCES[reason].format(status=response.status) if reason else ""
        if response.status >= 400:
            said = said or f"the server answered {response.status}"
            return failure(ticket, page, reason or f"http-{response.status}", said)
        document = document_of(response.body, url=page.final_url, content_type=_content_type(response))
        # Judged all the same where it is no error: who promotes could dress a page up as a refusal.
        return PageOutcome(ticket.url, page, document, error=said, depth=ticket.depth)

    def _wants_browser(self, response: Response, outcome: PageOutcome) -> bool:
        if (
            self.tabs is None
            or outcome.document is None
            or not is_html(response.body, _content_type(response))
        ):
            return False
        return self.limits.render == "always" or needs_browser(response.body, outcome.document)

    async def _with_pictures(
        self, outcome: PageOutcome, html: bytes = b"", screenshot: bytes = b""
    ) -> PageOutcome:
        if outcome.document is None:
            return outcome
        document, remark = await self.pictures.enrich(outcome.document, html=html, screenshot=screenshot)
        return replace(outcome, document=document, error=outcome.error or remark)

    async def _without_browser(
        self, plain: PageOutcome, request: Request, error: BaseException
    ) -> PageOutcome:
        from crawler.spiders.browser import running_proxy

        visit = request.meta.get("visit")
        known = render_error(error, (visit and visit.failed_url) or request.url, running_proxy())
        remark = f"not rendered ({known.reason}): {known}"[:500]
        return await self._with_pictures(replace(plain, error=remark))

    def _finish(self, outcome: PageOutcome) -> Iterator[Request]:
        """Spool an outcome, then go on to what it links to."""
        outcome = self.past.compared(outcome)
        try:
            self.spool.put(outcome)
        except OSError as error:
            raise CloseSpider(f"cannot write: {error}") from error
        yield from self._requests(self.frontier.follow(outcome))


def _stop_where_nothing_can_be_written(error: BaseException | None) -> None:
    """End the job on a full or broken disk: pages that fail for that must be left to the resumed job."""
    if isinstance(error, OSError) and error.errno in _DISK:
        raise CloseSpider(f"cannot write: {error}") from error


def _failed(ticket: Ticket, page: Page, error: Exception) -> PageOutcome:
    if isinstance(error, CrawlerError):
        return failure(ticket, page, error.reason, str(error))
    logger.error("a page could not be dealt with: %s", page.final_url, exc_info=error)
    return failure(ticket, page, "crawler-error", f"{type(error).__name__}: {error}")


def _location(response: Response) -> str:
    """Where a redirect or a quick meta refresh leads, as it was written."""
    if response.status in REDIRECTS:
        return (response.headers.get("Location") or b"").decode("utf-8", "replace").strip()
    start = response.body[:_PEEK_BYTES]
    if response.status < 400 and b"refresh" in start.lower() and is_html(start, _content_type(response)):
        return refresh_target(start.decode("utf-8", "replace"), response.url)
    return ""


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
