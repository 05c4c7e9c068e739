"""scrapy-playwright behind the guard: the browser of the crawl process, and the tabs a spider asks for."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error, async_playwright
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.chromium import SKIPPED, check_browser, context_options, goto_options, launch_options
from crawler.errors import RenderError
from crawler.guard import Guard
from crawler.proxy import GuardProxy
from crawler.render import Rendered, Visit
from crawler.settings import CrawlSettings
from crawler.spiders.wire import bound_heads

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext
    from playwright.async_api import Page as Tab
    from playwright.async_api import Request as BrowserRequest
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

MOST_TABS = 4
_CLOSING_S = 5.0
_running: list[GuardProxy] = []


def running_proxy() -> GuardProxy | None:
    """The guarded proxy of this process's browser, if it was started."""
    return _running[-1] if _running else None


def is_skipped(request: BrowserRequest) -> bool:
    """Whether a crawl's tab does without this resource."""
    return request.resource_type in SKIPPED


class GuardedProvider:
    """Gives scrapy-playwright a Chromium whose only way out is the guarded proxy, once it is needed."""

    def __init__(self, config: Any) -> None:
        self._limits = CrawlSettings.model_validate(config.launch_options["limits"])
        self._playwright: Any = None

    async def start(self) -> None:
        """Nothing yet: most crawls never need the browser."""

    async def launch_browser(self) -> Browser:
        """Launch Chromium, and before it the proxy."""
        limits = self._limits
        check_browser(limits)
        try:
            if not _running:
                proxy = GuardProxy(
                    Guard(limits.allow_networks),
                    timeout_s=limits.timeout_s,
                    most_bytes=5 * limits.max_body_bytes,
                )
                await proxy.start()
                _running.append(proxy)
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            browser: Browser = await self._playwright.chromium.launch(**launch_options(limits, _running[-1]))
        except Error as error:
            raise RenderError(
                f"the browser does not start: {str(error)[:300]}", reason="no-browser"
            ) from error
        return browser

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> BrowserContext:
        """Refused: a profile that outlives its job would carry traces from one crawl to the next."""
        raise RenderError("persistent profiles are not used")

    async def close(self) -> None:
        """Stop the proxy and Playwright's driver."""
        if self._playwright is not None:
            await self._playwright.stop()
        for proxy in _running:
            await proxy.close()
        _running.clear()


class GuardedBrowserHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """Adds a time limit to the whole of a tab's navigation, which Playwright's own does not cover."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        bound_heads(self._pool)

    async def download_request(self, request: Request) -> Response:
        """Download as asked, over HTTP or in a tab."""
        if not request.meta.get("playwright"):
            response: Response = await super().download_request(request)
            return response
        spider = self._crawler.spider
        await spider.tabs.enter(request)
        limit_s = spider.limits.render_timeout_s
        return await asyncio.wait_for(super().download_request(request), limit_s)


class Tabs:
    """Hands out tabs in contexts that are thrown away after so many pages."""

    def __init__(self, limits: CrawlSettings) -> None:
        self._limits = limits
        self._given = 0
        self._open: Counter[str] = Counter()
        self._free = asyncio.Semaphore(MOST_TABS)

    def meta(self) -> dict[str, Any]:
        """Request meta for one page in a tab, which :meth:`observe` or :meth:`drop` must give back."""
        name = f"context-{self._given // self._limits.render_pages_per_context}"
        self._given += 1
        self._open[name] += 1
        return {
            "dont_retry": True,
            "playwright": True,
            "playwright_include_page": True,
            "playwright_context": name,
            "playwright_context_kwargs": context_options(self._limits),
            "playwright_page_goto_kwargs": goto_options(self._limits),
            "playwright_page_init_callback": _begin,
        }

    async def enter(self, request: Request) -> None:
        """Wait for one of the few tabs; the time limit of a page begins after that."""
        await self._free.acquire()
        request.meta["in_tab"] = True

    async def observe(self, request: Request) -> Rendered:
        """What the tab of a finished request shows; the tab is closed whatever happens."""
        visit: Visit = request.meta["visit"]
        try:
            return await asyncio.wait_for(visit.observe(request.url), self._limits.render_timeout_s)
        finally:
            await self.drop(request)

    async def drop(self, request: Request) -> None:
        """Close a request's tab, and its context once that has served its pages."""
        name = request.meta["playwright_context"]
        tab: Tab | None = request.meta.pop("playwright_page", None)
        self._open[name] -= 1
        context = tab.context if tab else None
        if tab:
            await _close(tab)
        if request.meta.pop("in_tab", False):
            self._free.release()
        if context is None:
            return
        current = f"context-{self._given // self._limits.render_pages_per_context}"
        if self._open[name] <= 0 and name != current:
            del self._open[name]
            await _close(context)


async def _begin(tab: Tab, request: Request) -> None:
    proxy = running_proxy()
    assert proxy is not None
    request.meta["visit"] = Visit(tab, proxy)


async def _close(what: Tab | BrowserContext) -> None:
    """Close a tab or context; one that hangs is left to the browser's end."""
    with suppress(TimeoutError, Error):
        await asyncio.wait_for(what.close(), _CLOSING_S)
