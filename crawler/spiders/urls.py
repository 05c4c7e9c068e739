"""Fetches the given URLs and follows no link."""

from __future__ import annotations

from crawler.spiders.site import SiteSpider


class UrlsSpider(SiteSpider):
    """A site crawl of depth 0; the job's settings already say so."""

    name = "urls"
