"""What Scrapy is told of our settings."""

from __future__ import annotations

from scrapy.core.downloader import Slot

from crawler.settings import CrawlSettings
from crawler.spiders.options import scrapy_settings


def test_the_delay_is_the_least_and_never_varied_below() -> None:
    told = scrapy_settings(CrawlSettings(delay_s=2.0))
    slot = Slot(1, told["DOWNLOAD_DELAY"], told["DOWNLOAD_DELAY_JITTER"])
    assert {slot.download_delay() for _ in range(50)} == {2.0}
