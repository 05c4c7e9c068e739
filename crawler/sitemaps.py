"""Sitemaps as bytes: what a file of the protocol of sitemaps.org lists, within bounds.

Fetching is the crawl's (``spiders/sources.py``); here nothing is requested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import CrawlerError, ExtractError, FetchError
from crawler.urls import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterable

GZIP = b"\x1f\x8b"
MOST_URLS = 50_000
"""URLs of one file, as the protocol has it."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One file: URLs of pages, or with ``is_index`` those of further files."""

    urls: tuple[str, ...]
    is_index: bool = False


def read_sitemap(body: bytes, *, url: str, most: int) -> Sitemap:
    """What a sitemap lists, in its order: XML, a plain list of addresses, either of them in gzip.

    ``most`` bounds the bytes after decompression. Raises ExtractError (``bad-sitemap``, ``too-large``).
    """
    text = _inflated(body, most) if body.startswith(GZIP) else body
    if len(text) > most:
        raise ExtractError(f"a sitemap of more than {most} bytes", reason="too-large")
    if b"<" not in text[:512]:
        return Sitemap(_absolute(text.decode("utf-8", "replace").split(), url))
    import lxml.etree
    from scrapy.utils.sitemap import Sitemap as Reader

    try:
        reader = Reader(text)
        if reader.type not in ("urlset", "sitemapindex"):
            raise ExtractError(f"no sitemap but <{reader.type[:40]}>", reason="bad-sitemap")
        found = (str(entry.get("loc") or "") for entry in reader)
        return Sitemap(_absolute(found, url), reader.type == "sitemapindex")
    except (lxml.etree.XMLSyntaxError, StopIteration) as error:
        raise ExtractError("no sitemap: it cannot be read as XML", reason="bad-sitemap") from error


def _inflated(body: bytes, most: int) -> bytes:
    from crawler.wire import decoded

    try:
        return decoded(body, "gzip", most=most)
    except CrawlerError as error:
        raise ExtractError(f"the sitemap cannot be unpacked: {error}", reason=error.reason) from error


def _absolute(urls: Iterable[str], base: str) -> tuple[str, ...]:
    """Each URL once, those that are none left out."""
    found: dict[str, None] = {}
    for url in urls:
        if len(found) >= MOST_URLS:
            break
        try:
            found[clean_url(url, base=base)] = None
        except FetchError:
            continue
    return tuple(found)
