"""How Chromium is started: options that keep it behind the guard, and names for its failures."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.errors import CrawlerError, RenderError
from crawler.proxy import USER
from crawler.sentences import sentence
from crawler.urls import host_of

if TYPE_CHECKING:
    from playwright.async_api import Response

    from crawler.connection import Connection
    from crawler.document import Document
    from crawler.proxy import GuardProxy
    from crawler.settings import CrawlSettings

_DATES = ("validFrom", "validTo")
_NAMES = (("subject", "subjectName"), ("issuer", "issuer"))
VIEWPORT = {"width": 1280, "height": 800}
# What a crawl does not need to see; evidence captures load everything.
SKIPPED = frozenset({"image", "media", "font", "websocket", "eventsource", "ping", "manifest"})

_ARGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-dev-shm-usage",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Names are resolved by the guarded proxy alone; whatever would go past it finds no address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_NET_ERRORS = (
    ("ERR_CERT", "tls-error"),
    ("ERR_SSL", "tls-error"),
    ("TIMED_OUT", "timeout"),
    ("Timeout", "timeout"),
    ("Download is starting", "download-refused"),
    ("ERR_TOO_MANY_REDIRECTS", "too-many-redirects"),
)

_NET_ERROR = re.compile(r"\bERR_[A-Z_]+")

# A page with less text than this may be built by script; one with hardly any surely is, if it has a script.
_LITTLE_TEXT, _NO_TEXT = 200, 40
_SCRIPT_ROOT = re.compile(
    rb"""id=["']?(?:app|root|__next|__nuxt|q-app|app-root|react-root|main-app)["'\s>]|<app-root|\bng-app|data-reactroot"""
    rb"""|__INITIAL_STATE__|__NEXT_DATA__|__NUXT__|chunk-vendors|<noscript[^>]*>[^<]{0,200}javascript""",
    re.IGNORECASE,
)


def needs_browser(body: bytes, document: Document) -> bool:
    """Whether a page as served is an empty shell that its scripts would fill."""
    if b"<script" not in body.lower():
        return False
    shown = sum(
        len(one.text) for one in document.blocks if one.visible and one.kind in ("heading", "body", "comment")
    )
    return shown < _NO_TEXT or (shown < _LITTLE_TEXT and _SCRIPT_ROOT.search(body) is not None)


def launch_options(settings: CrawlSettings, proxy: GuardProxy) -> dict[str, Any]:
    """Playwright's options for launching Chromium behind the guarded proxy."""
    sandbox = os.geteuid() != 0 if settings.browser_sandbox is None else settings.browser_sandbox
    options: dict[str, Any] = {
        "args": list(_ARGS),
        "chromium_sandbox": sandbox,
        "proxy": {"server": proxy.server, "username": USER, "password": proxy.password},
    }
    return options | ({"executable_path": settings.browser} if settings.browser else {})


def context_options(settings: CrawlSettings) -> dict[str, Any]:
    """Playwright's options for a context."""
    return {
        "accept_downloads": False,
        "service_workers": "block",
        "ignore_https_errors": not settings.verify_tls,
        "user_agent": settings.user_agent,
        "viewport": VIEWPORT,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


def goto_options(settings: CrawlSettings) -> dict[str, Any]:
    """Playwright's options for a navigation."""
    return {"wait_until": "domcontentloaded", "timeout": settings.render_timeout_s * 1000}


def check_browser(settings: CrawlSettings) -> None:
    """Raise RenderError (``no-browser``) where the configured browser is not there."""
    if settings.browser and not Path(settings.browser).exists():
        raise RenderError(
            f"no browser at {settings.browser}: install chromium or set crawl.browser", reason="no-browser"
        )


def render_error(error: BaseException, url: str, proxy: GuardProxy | None) -> CrawlerError:
    """Our error for a failure of the browser at ``url``; the proxy knows best why a host was not reached."""
    if isinstance(error, CrawlerError):
        return error
    host = host_of(url)
    known = proxy.failures.get(host) if proxy else None
    if known:
        return RenderError(known[1], reason=known[0])
    if isinstance(error, TimeoutError):
        return RenderError(f"{host} took too long in the browser", reason="timeout")
    text = str(error)
    reason = next((word for sign, word in _NET_ERRORS if sign in text), "render-failed")
    named = _NET_ERROR.search(text)
    return RenderError(sentence(reason, host=host, detail=named.group() if named else ""), reason=reason)


async def tls_shown(answer: Response, found: Connection) -> Connection:
    """``found`` with what the browser tells of TLS: version, subject, issuer and dates of the certificate.

    It does not hand out certificates (``Network.getCertificate`` answers with none): those are in the records
    of the fetch over HTTP that comes before each rendering.
    """
    from contextlib import suppress

    from playwright.async_api import Error

    told: Any = {}
    with suppress(Error):
        told = await answer.security_details() or {}
    dates = [datetime.fromtimestamp(told[name], UTC).isoformat() for name in _DATES if told.get(name)]
    names = [f"{name}={told[key]}" for name, key in _NAMES if told.get(key)]
    valid = [f"valid={'/'.join(dates)}"] if dates else []
    return replace(found, tls=(*([told["protocol"]] if told.get("protocol") else []), *names, *valid))
