"""Pictures of a page: fetched within the budget, read for QR codes and text, each once a job."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import structs
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.http.request import NO_CALLBACK

from crawler.document import Block, document_id
from crawler.errors import CrawlerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from crawler.document import Document, Media
    from crawler.settings import CrawlSettings

# Smaller ones are icons and counting pixels; a QR code needs at least 21 modules of a pixel or two.
SMALLEST_PX = 40
SMALLEST_BYTES = 100
# A browser asks for pictures much faster than for pages; this many in the time of one page is still polite.
PER_DELAY = 4
_REMEMBERED = 20_000
# Pictures written into the page; up to 3 MB, and none so small that it cannot hold a code.
_INLINE = re.compile(rb"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=]{120,4000000}")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture turned out to hold; an empty digest says it could not be had."""

    digest: str = ""
    blocks: tuple[Block, ...] = ()


class Pictures:
    """Reads pictures for one job. OCR runs in a thread of its own, so that fetching goes on."""

    def __init__(self, crawler: Crawler, limits: CrawlSettings, keep: Callable[[bytes], str]) -> None:
        self._crawler, self._limits, self._keep = crawler, limits, keep
        self._by_url: dict[str, asyncio.Future[Seen]] = {}
        self._by_digest: dict[str, tuple[Block, ...]] = {}
        self._reader = ThreadPoolExecutor(1, "pictures")

    async def enrich(
        self, document: Document, *, html: bytes = b"", screenshot: bytes = b""
    ) -> tuple[Document, str]:
        """The document with the text of its pictures added, and a remark where some were missed.

        ``html`` is searched for pictures that stand in it as ``data:`` URLs.
        """
        if not self._limits.images:
            return document, ""
        named = (one.url for one in document.media if _worth_it(one))
        inline = (match.decode("ascii") for match in _INLINE.findall(html))
        chosen = list(dict.fromkeys((*inline, *named)))[: self._limits.images_per_page]
        seen = await asyncio.gather(*map(self._look, chosen))
        found = dict(zip(chosen, seen, strict=True))
        blocks = [block for one in seen for block in one.blocks]
        if screenshot:
            read = {block.text for block in blocks}
            drawn = await self._read(screenshot, ocr=False, where="screenshot")
            blocks += [block for block in drawn if block.text not in read]
        media = tuple(
            structs.replace(one, digest=found[one.url].digest) if one.url in found else one
            for one in document.media
        )
        together = (*document.blocks, *blocks)
        missed = sum(not one.digest for one in seen)
        remark = f"{missed} of {len(chosen)} pictures could not be read" if missed else ""
        new_id = document_id(document.url, together) if blocks else document.id
        return replace(document, id=new_id, blocks=together, media=media), remark

    def close(self) -> None:
        """End the reading thread."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def _look(self, url: str) -> Seen:
        if url not in self._by_url:
            if len(self._by_url) >= _REMEMBERED:
                self._by_url.clear()
            self._by_url[url] = asyncio.ensure_future(self._examine(url))
        return await asyncio.shield(self._by_url[url])

    async def _examine(self, url: str) -> Seen:
        data = _inline(url) if url.startswith("data:") else await self._fetch(url)
        if len(data) < SMALLEST_BYTES:
            return Seen()
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._by_digest:
            try:
                blocks = await self._read(
                    data, ocr=self._limits.ocr, where="" if url.startswith("data:") else url
                )
            except CrawlerError:
                return Seen()
            if len(self._by_digest) >= _REMEMBERED:
                self._by_digest.clear()
            self._by_digest[digest] = blocks
            if blocks:
                self._keep(data)
        return Seen(digest, self._by_digest[digest])

    async def _read(self, data: bytes, *, ocr: bool, where: str) -> tuple[Block, ...]:
        from crawler.extract.images import image_blocks

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, lambda: image_blocks(data, ocr=ocr, where=where))

    async def _fetch(self, url: str) -> bytes:
        engine: Any = self._crawler.engine
        slot = f"pictures of {urlsplit(url).hostname}"
        delay_s = self._limits.delay_s / PER_DELAY
        engine.downloader.slots.setdefault(slot, Slot(self._limits.concurrency_per_host, delay_s, 0))
        meta = {
            "handle_httpstatus_all": True,
            "download_slot": slot,
            "records": [],
            # The floor is that of pages; pictures have a delay of their own.
            "autothrottle_dont_adjust_delay": True,
        }
        try:
            response = await engine.download_async(Request(url, callback=NO_CALLBACK, priority=10, meta=meta))
        except Exception:  # a picture that cannot be had, for whatever reason, is one that was missed
            return b""
        return bytes(response.body) if response.status == 200 else b""


def _worth_it(media: Media) -> bool:
    """Whether a picture may hold something to read."""
    if media.kind != "image" or urlsplit(media.url[:2048]).path.lower().endswith(".svg"):
        return False
    return all(size == 0 or size >= SMALLEST_PX for size in (media.width, media.height))


def _inline(url: str) -> bytes:
    """The bytes of a ``data:`` URL in base64, empty where they are broken."""
    try:
        return base64.b64decode(url.partition(",")[2])
    except ValueError:
        return b""
