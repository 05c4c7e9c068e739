"""From our settings to Scrapy's: the only place that knows Scrapy's setting names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.settings import CrawlSettings

COMPONENTS = {
    "crawler.spiders.gate.GuardGate": 50,
    "crawler.spiders.gate.RobotsGate": 100,
    # Between decompression (590) and the downloader: records what was on the wire.
    "crawler.spiders.record.WarcRecorder": 595,
    # Replaced by our own, which keeps digests, follows RFC 9309 and records each hop.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    # Never take credentials or a proxy from the environment.
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}


def scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    """Scrapy's settings for one job."""
    renders = settings.render != "never"
    handler = f"crawler.spiders.{'browser.GuardedBrowserHandler' if renders else 'wire.BoundedHandler'}"
    # No other scheme is ever downloaded: not file, not ftp, not data.
    only = {"http": handler, "https": handler, "file": None, "ftp": None, "s3": None, "data": None}
    return _plain(settings) | {"DOWNLOAD_HANDLERS": only} | (_browser(settings) if renders else {})


def _browser(settings: CrawlSettings) -> dict[str, Any]:
    return {
        "PLAYWRIGHT_ABORT_REQUEST": "crawler.spiders.browser.is_skipped",
        "PLAYWRIGHT_BROWSER_PROVIDER": "crawler.spiders.browser.GuardedProvider",
        # Not Playwright's own options: our provider makes those once the guarded proxy runs.
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"limits": settings.model_dump(mode="json")},
        # Spider tabs are counted by ``Tabs``; this is only to be above that.
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 64,
        "PLAYWRIGHT_PROCESS_REQUEST_HEADERS": None,
    }


def _plain(settings: CrawlSettings) -> dict[str, Any]:
    return {
        "ASYNCIO_EVENT_LOOP": "uvloop.Loop" if _has_uvloop() else None,
        # Scrapy starts so many workers for the output of each page; ours is only requests.
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": settings.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.concurrency_per_host,
        "AUTOTHROTTLE_ENABLED": settings.auto_throttle,
        "AUTOTHROTTLE_MAX_DELAY": max(settings.auto_throttle_most_s, settings.delay_s),
        "AUTOTHROTTLE_START_DELAY": settings.delay_s,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(settings.concurrency_per_host),
        "COOKIES_ENABLED": True,
        "DOWNLOADER_MIDDLEWARES": COMPONENTS,
        "DOWNLOAD_DELAY": settings.delay_s,
        # Scrapy varies the delay by half: down to half of what we promise, and of what a host asked for.
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_MAXSIZE": settings.max_body_bytes,
        "DOWNLOAD_TIMEOUT": settings.timeout_s,
        "DOWNLOAD_VERIFY_CERTIFICATES": settings.verify_tls,
        "DOWNLOAD_WARNSIZE": 0,
        "EXTENSIONS": {
            "scrapy.extensions.telnet.TelnetConsole": None,
            "scrapy.extensions.throttle.AutoThrottle": None,
            "crawler.spiders.throttle.Throttle": 0,
        },
        "GUARD_ALLOW_NETWORKS": list(settings.allow_networks),
        "LOG_LEVEL": "WARNING",
        "REACTOR_THREADPOOL_MAXSIZE": 20,
        "RETRY_TIMES": settings.retries,
        "SPIDER_MIDDLEWARES": {
            "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
            "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
        },
        "TELNETCONSOLE_ENABLED": False,
        "TWISTED_DNS_RESOLVER": "crawler.spiders.gate.GuardedResolver",
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "USER_AGENT": settings.user_agent,
    }


def _has_uvloop() -> bool:
    from importlib.util import find_spec

    return find_spec("uvloop") is not None
