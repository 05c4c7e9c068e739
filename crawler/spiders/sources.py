"""Sitemaps of the seeds' sites as a further source of links: found, fetched and walked within bounds.

What they listed is kept in the job's folder, so that a resumed job lets in the same pages.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.errors import CrawlerError, FetchError
from crawler.sitemaps import Sitemap, read_sitemap
from crawler.spiders.gate import refused_hosts
from crawler.spiders.reasons import reason_of
from crawler.urls import clean_url, home_of
from crawler.wire import REDIRECTS

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.job import CrawlSpec
    from crawler.settings import CrawlSettings

KEPT = "sitemaps.json"
MOST_SITES = 20
MOST_FILES = 50
"""Sites whose sitemaps are read, and files read of one site; an index may name 50,000."""
DEEPEST = 2
"""Indexes in a row: the protocol knows one, some sites have two."""
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """One sitemap that was asked for: what it listed, or the reason why nothing."""

    url: str
    urls: tuple[str, ...] = ()
    reason: str = ""
    error: str = ""


class Sources:
    """Reads the sitemaps of one job, before its first page."""

    def __init__(self, crawler: Crawler, spec: CrawlSpec, limits: CrawlSettings, directory: Path) -> None:
        self._crawler, self._spec, self._limits = crawler, spec, limits
        self._kept = directory / KEPT
        self._homes = {home_of(seed, scope=spec.scope) for seed in spec.seeds}

    async def links(self) -> tuple[str, ...]:
        """Pages the sitemaps list, each once; nothing where the job asks for none."""
        if not self._limits.sitemaps or not self._limits.depth:
            return ()
        if self._kept.exists():
            files = msgspec.json.decode(self._kept.read_bytes(), type=list[SitemapFile])
        else:
            walked = await asyncio.gather(*map(self._walk, self._sites()))
            files = [one for site in walked for one in site]
            part = self._kept.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(files))
            part.replace(self._kept)
        return tuple(dict.fromkeys(url for one in files for url in one.urls))

    def _sites(self) -> list[str]:
        sites: dict[str, None] = {}
        for seed in self._spec.seeds:
            try:
                parts = urlsplit(clean_url(seed))
            except FetchError:
                continue
            sites[f"{parts.scheme}://{parts.netloc}"] = None
        return list(sites)[:MOST_SITES]

    async def _walk(self, site: str) -> list[SitemapFile]:
        """The files of one site, those that robots.txt names and what indexes lead to, breadth first."""
        first = f"{site}/sitemap.xml"
        waiting, known = [(first, 0)], {first}
        files: list[SitemapFile] = []
        left = self._limits.pages
        while waiting and len(files) < MOST_FILES and left > 0:
            url, depth = waiting.pop(0)
            file, further, named = await self._read(url)
            listed = file.urls[:left]
            left -= len(listed)
            files.append(replace(file, urls=listed))
            new = [*named, *(further if depth < DEEPEST else ())]
            for one in new:
                if one not in known and len(known) < MOST_FILES and self._inside(one):
                    known.add(one)
                    waiting.append((one, depth + (one in further)))
        return files

    def _inside(self, url: str) -> bool:
        return home_of(url, scope=self._spec.scope) in self._homes

    async def _read(self, url: str) -> tuple[SitemapFile, tuple[str, ...], list[str]]:
        """One file: its pages, the files it leads to, and those that the site's robots.txt names."""
        named: list[str] = []
        try:
            response = await self._fetch(url, named)
            if response.status != 200:
                raise FetchError(f"answered {response.status}", reason=f"http-{response.status}")
            sitemap: Sitemap = await asyncio.to_thread(
                read_sitemap, response.body, url=response.url, most=self._limits.max_body_bytes
            )
        except CrawlerError as error:
            return SitemapFile(url, reason=error.reason, error=str(error)), (), named
        except Exception as error:  # whatever a library raises: a sitemap less, with its reason
            reason, text = reason_of(error, url=url, refused=refused_hosts())
            return SitemapFile(url, reason=reason, error=text), (), named
        if sitemap.is_index:
            return SitemapFile(url), sitemap.urls, named
        return SitemapFile(url, tuple(filter(self._inside, sitemap.urls))), (), named

    async def _fetch(self, url: str, named: list[str]) -> Response:
        """Ask as for a page: through guard, robots.txt, delay and WARC."""
        engine: Any = self._crawler.engine
        for _ in range(MOST_REDIRECTS + 1):
            meta = {"handle_httpstatus_all": True, "dont_retry": True, "records": [], "sitemaps": named}
            request = Request(url, callback=NO_CALLBACK, priority=500, meta=meta)
            response: Response = await engine.download_async(request)
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or not location:
                return response
            url = clean_url(location.decode("utf-8", "replace"), base=url)
            if not self._inside(url):
                raise FetchError(f"redirected out of scope to {url}", reason="out-of-scope")
        raise FetchError(f"more than {MOST_REDIRECTS} redirects", reason="too-many-redirects")
