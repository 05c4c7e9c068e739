"""The browser: a page as a reader sees it, with its picture, guarded like every other request.

All of it goes through :class:`crawler.proxy.GuardProxy`. A context is fresh for each capture: no cookies, no
storage, no service workers, downloads refused, dialogs dismissed. Used by the crawl (see
:mod:`crawler.spiders.browser`) and, through :class:`Browser`, for the evidence of hits.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.chromium import (
    VIEWPORT,
    check_browser,
    context_options,
    goto_options,
    launch_options,
    render_error,
    tls_shown,
)
from crawler.connection import Connection
from crawler.errors import RenderError
from crawler.guard import Guard
from crawler.page import Hop
from crawler.proxy import GuardProxy
from crawler.urls import clean_url
from crawler.warc import instant

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Self

    from playwright.async_api import Browser as PlaywrightBrowser
    from playwright.async_api import BrowserContext, Request, Response
    from playwright.async_api import Page as Tab

    from crawler.settings import CrawlSettings

# A page that grows as it is looked at would fill the memory with its picture.
TALLEST_PX = 12_000
# How long a page may go on loading after its DOM is there before it is taken as it is.
SETTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as the browser showed it. ``html`` is the final DOM, ``body`` the main document as served.

    ``screenshot`` is a PNG of the full page (at most :data:`TALLEST_PX` high). ``hops`` hold every document
    the main frame went through, redirects and script navigations alike.
    """

    url: str
    final_url: str
    status: int
    captured_at: str
    html: str
    screenshot: bytes
    hops: tuple[Hop, ...]
    headers: tuple[tuple[str, str], ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    ip: str = ""
    connection: Connection | None = None


class Visit:
    """What happens in one tab, noted from before its navigation on."""

    def __init__(self, tab: Tab, proxy: GuardProxy) -> None:
        self._tab, self._proxy = tab, proxy
        self._answers: list[Response] = []
        self.failed_url = ""
        tab.on("response", self._note)
        tab.on("requestfailed", self._note_failure)
        tab.on("popup", self._close_popup)

    def _note(self, response: Response) -> None:
        request: Request = response.request
        # A frame that is gone has no owner to ask.
        with suppress(Exception):
            if request.is_navigation_request() and request.frame == self._tab.main_frame:
                self._answers.append(response)

    def _note_failure(self, request: Request) -> None:
        with suppress(Exception):
            if request.is_navigation_request() and request.frame == self._tab.main_frame:
                self.failed_url = request.url

    @staticmethod
    async def _close_popup(popup: Tab) -> None:
        await popup.close()

    async def observe(self, url: str) -> Rendered:
        """Let the page settle, then take its DOM, picture and chain."""
        from playwright.async_api import Error

        tab = self._tab
        with suppress(Error):
            await tab.wait_for_load_state("networkidle", timeout=SETTLE_S * 1000)
        html = await tab.content()
        screenshot = await self._picture()
        last = self._answers[-1] if self._answers else None
        body = b""
        with suppress(Error):
            body = await last.body() if last else b""
        hops = self._hops()
        return Rendered(
            url=url,
            final_url=tab.url,
            status=last.status if last else 0,
            captured_at=instant(),
            html=html,
            screenshot=screenshot,
            hops=hops,
            headers=await _pairs(last.headers_array()) if last else (),
            request_headers=await _pairs(last.request.headers_array()) if last else (),
            body=body,
            ip=hops[-1].ip if hops else "",
            connection=await self._connection(last) if last else None,
        )

    async def _connection(self, answer: Response) -> Connection:
        """What the proxy and the browser tell of the connection to the main document's server."""
        host = urlsplit(answer.url).hostname or ""
        known = self._proxy.resolved.get(host) or Connection(host)
        return await tls_shown(answer, replace(known, ip=self._ip(answer.url)))

    async def _picture(self) -> bytes:
        height = await self._tab.evaluate("Math.max(document.documentElement.scrollHeight, innerHeight)")
        clip = {"x": 0, "y": 0, "width": VIEWPORT["width"], "height": min(int(height), TALLEST_PX)}
        return await self._tab.screenshot(full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]

    def _hops(self) -> tuple[Hop, ...]:
        hops = []
        following = [answer.url for answer in self._answers[1:]]
        for answer, target in zip(self._answers, [*following, ""], strict=True):
            location = answer.headers.get("location", "") or target
            hops.append(Hop(answer.url, answer.status, location, self._ip(answer.url)))
        if hops and self._tab.url not in (hops[-1].url, "about:blank"):
            # The script changed the address without asking the server (history.pushState, fragments).
            hops.append(Hop(self._tab.url, hops[-1].status, "", hops[-1].ip))
        return tuple(hops)

    def _ip(self, url: str) -> str:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self._proxy.addresses.get((parts.hostname or "", port), "")


async def _pairs(arrays: Coroutine[Any, Any, list[Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((one["name"], one["value"]) for one in await arrays)


async def _give_up_after(seconds: float, closing: Coroutine[Any, Any, None]) -> None:
    """Wait for something to close, but not for ever; what is already dead is closed."""
    from playwright.async_api import Error

    with suppress(Error, TimeoutError):
        await asyncio.wait_for(asyncio.shield(closing), seconds)


class Browser:
    """A guarded Chromium for evidence captures. Blocking; use it as a context manager, from any thread.

    It starts at the first capture and is started anew after a crash. Raises RenderError (``no-browser``,
    ``timeout``, ``render-failed``, ``tls-error``) or what the guard refused.
    """

    def __init__(self, settings: CrawlSettings) -> None:
        self._settings = settings
        self._guard = Guard(settings.allow_networks)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._lock = asyncio.Lock()
        self._playwright: Any = None
        self._browser: PlaywrightBrowser | None = None
        self._proxy: GuardProxy | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capture(self, url: str) -> Rendered:
        """Visit a page in a fresh context and return what was seen."""
        self._guard.check_url(url)
        target = clean_url(url)
        rendered: Rendered = self._run(self._capture(url, target))
        return rendered

    def close(self) -> None:
        """Stop the browser. Safe to call twice."""
        if self._loop.is_closed():
            return
        self._run(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _capture(self, url: str, target: str) -> Rendered:
        context = await self._fresh_context()
        try:
            return await asyncio.wait_for(self._visit(context, url, target), self._settings.render_timeout_s)
        except TimeoutError as error:
            raise render_error(error, target, None) from error
        finally:
            await _give_up_after(SETTLE_S, context.close())

    async def _visit(self, context: BrowserContext, url: str, target: str) -> Rendered:
        from playwright.async_api import Error

        assert self._proxy is not None
        visit = None
        try:
            tab = await context.new_page()
            visit = Visit(tab, self._proxy)
            await tab.goto(target, **goto_options(self._settings))
            return await visit.observe(url)
        except Error as error:
            failed_url = visit.failed_url if visit else ""
            raise render_error(error, failed_url or target, self._proxy) from error

    async def _fresh_context(self) -> BrowserContext:
        """A new context. A browser that died since the last capture is replaced, once.

        Its death may be heard of only when it is asked for something: ``is_connected`` is true until then.
        """
        browser = await self._started()
        try:
            return await self._context_of(browser)
        except RenderError:
            self._browser = None
            await _give_up_after(SETTLE_S, browser.close())
            return await self._context_of(await self._started())

    async def _context_of(self, browser: PlaywrightBrowser) -> BrowserContext:
        from playwright.async_api import Error

        opening = browser.new_context(**context_options(self._settings))
        try:
            return await asyncio.wait_for(opening, self._settings.render_timeout_s)
        except (Error, TimeoutError) as error:
            raise RenderError(f"the browser died: {str(error)[:300]}", reason="no-browser") from error

    async def _started(self) -> PlaywrightBrowser:
        async with self._lock:
            if self._browser is None or not self._browser.is_connected():
                check_browser(self._settings)
                await self._launch()
            assert self._browser is not None
            return self._browser

    async def _launch(self) -> None:
        from playwright.async_api import Error, async_playwright

        try:
            if self._proxy is None:
                limits = self._settings
                self._proxy = GuardProxy(
                    self._guard, timeout_s=limits.timeout_s, most_bytes=5 * limits.max_body_bytes
                )
                await self._proxy.start()
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(
                **launch_options(self._settings, self._proxy)
            )
        except Error as error:
            raise RenderError(
                f"the browser does not start: {str(error)[:300]}", reason="no-browser"
            ) from error

    async def _shut_down(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        if self._proxy is not None:
            await self._proxy.close()
        self._browser = self._playwright = self._proxy = None
