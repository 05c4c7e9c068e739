"""Reads single files that are one item or one item a line: text, HTML, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.document import Block, make_document
from crawler.errors import CrawlerError, FeedError
from crawler.feeds.bytelines import LineDecoder, read_lines
from crawler.feeds.item import FeedItem
from crawler.feeds.line import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.document import Document
    from crawler.feeds.live import Readable
    from crawler.settings import CrawlSettings

MAX_PICTURE_BYTES = 50_000_000


def read_text(stream: Readable, *, name: str) -> Iterator[FeedItem | None]:
    """An item a line; references are ``name:line``. ``None``: the stream has nothing more for the moment."""
    decoded = LineDecoder()
    for number, raw in read_lines(stream):
        if not number:
            yield None
            continue
        ref = f"{name}:{number}"
        if raw is None:
            yield FeedItem(ref, error=f"line {number} is too long", reason="line-too-long")
            continue
        block = Block("body", clean(decoded(raw.rstrip(b"\r"))))
        yield FeedItem(ref, make_document(source="file", blocks=(block,), place=ref))


def read_html(path: Path, *, name: str) -> FeedItem:
    """The document of an HTML file."""
    from crawler.extract.encoding import MAX_BYTES
    from crawler.extract.html import extract_html

    try:
        if path.stat().st_size > MAX_BYTES:
            raise FeedError(f"file is larger than {MAX_BYTES} bytes", reason="too-large")
        return FeedItem(name, extract_html(path.read_bytes(), url="", source="file"))
    except CrawlerError as error:
        return FeedItem(name, error=str(error), reason=error.reason)


def read_picture(path: Path, *, name: str, settings: CrawlSettings) -> FeedItem:
    """The codes and the text of a picture file."""
    try:
        if path.stat().st_size > MAX_PICTURE_BYTES:
            raise FeedError(f"picture is larger than {MAX_PICTURE_BYTES} bytes", reason="too-large")
        return FeedItem(name, picture_document(path.read_bytes(), place=name, settings=settings))
    except CrawlerError as error:
        return FeedItem(name, error=str(error), reason=error.reason)


def picture_document(data: bytes, *, place: str, settings: CrawlSettings, url: str = "") -> Document:
    """A document of a picture's QR and OCR blocks."""
    from crawler.extract.images import image_blocks

    return make_document(source="file", blocks=image_blocks(data, ocr=settings.ocr), url=url, place=place)
