"""AutoThrottle: on by default, floors of ours and of the host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scrapy.core.downloader import Slot
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.job import CrawlSpec, run_job
from crawler.settings import CrawlSettings
from crawler.spiders.options import scrapy_settings
from crawler.spiders.throttle import Throttle
from tests.sites.server import data, page, serve

if TYPE_CHECKING:
    from pathlib import Path


def throttle(settings: CrawlSettings) -> Throttle:
    made = Throttle(get_crawler(settings_dict=scrapy_settings(settings)))
    made.mindelay, made.maxdelay = made._min_delay(), made._max_delay()
    return made


def test_it_is_on_by_default_and_never_faster_than_the_delay() -> None:
    settings = CrawlSettings(delay_s=0.5, render="never")
    assert scrapy_settings(settings)["AUTOTHROTTLE_ENABLED"] is True
    slot = Slot(concurrency=2, delay=0.5, jitter=0)
    made = throttle(settings)
    made._adjust_delay(slot, 0.01, Response("http://h/"))
    assert slot.delay == 0.5
    made._adjust_delay(slot, 8.0, Response("http://h/"))
    assert slot.delay == 4.0
    made._adjust_delay(slot, 1000.0, Response("http://h/"))
    assert slot.delay == settings.auto_throttle_most_s


def test_a_quick_answer_does_not_undo_the_delay_a_host_asks_for(
    tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    """Three pages after the rules, each at least the delay after the one before."""
    routes = {
        "/robots.txt": data(b"User-agent: *\nCrawl-delay: 0.4\n", "text/plain"),
        "/": page("<a href=/1>1</a><a href=/2>2</a><a href=/3>3</a>"),
        "*": page("x"),
    }
    settings = crawl_settings.model_copy(update={"auto_throttle": True, "sitemaps": False})
    with serve(routes) as site:
        started = time.monotonic()
        outcomes = list(run_job(CrawlSpec("t", (site.url("/"),)), tmp_path / "j", settings=settings))
        took = time.monotonic() - started
    assert len(outcomes) == 4
    assert took >= 3 * 0.4
