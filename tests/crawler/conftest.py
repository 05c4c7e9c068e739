"""Crawl settings that suit loopback."""

from __future__ import annotations

import pytest

from crawler.settings import CrawlSettings


@pytest.fixture
def crawl_settings() -> CrawlSettings:
    return CrawlSettings(
        allow_networks=("127.0.0.0/8",),
        delay_s=0,
        auto_throttle=False,
        timeout_s=5,
        retries=0,
        render="never",
        images=False,
    )
