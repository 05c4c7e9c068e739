"""Reads WARC and WACZ archives: an item for each page and picture that was answered."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any

from crawler.document import Block, make_document
from crawler.errors import CrawlerError, ExtractError, FeedError
from crawler.extract.encoding import decode_text
from crawler.feeds.files import picture_document
from crawler.feeds.item import FeedItem
from crawler.feeds.warc_end import breaks_off

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.document import Document
    from crawler.settings import CrawlSettings

_MARKUP = ("text/html", "application/xhtml+xml")
_TEXT = ("text/plain",)
_CODINGS = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))


def read_wacz(path: Path, *, name: str, settings: CrawlSettings) -> Iterator[FeedItem]:
    """Items of the WARCs inside a WACZ, in the order of their names."""
    try:
        with zipfile.ZipFile(path) as package:
            members = sorted(m for m in package.namelist() if m.endswith((".warc", ".warc.gz")))
            if not members:
                raise FeedError("no archive/*.warc.gz in it", reason="bad-archive")
            for member in members:
                with package.open(member) as stream:
                    yield from read_warc(stream, name=name, settings=settings)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        yield FeedItem(name, error=f"unreadable package: {error}", reason="bad-archive")


def read_warc(stream: IO[bytes], *, name: str, settings: CrawlSettings) -> Iterator[FeedItem]:
    """Items of a WARC. Where it breaks off, the records before are kept and the last item says so."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = (WarcRecordType.response, WarcRecordType.resource)
    count = last = 0
    try:
        for record in ArchiveIterator(stream, parse_http=False):
            declared = record.headers.get("Content-Length") or ""
            if not declared.isdigit():
                raise FeedError("record without a length", reason="truncated-warc")
            last = record.stream_pos
            if record.record_type in wanted:
                yield from _items(record, int(declared), name, settings)
            count += 1
        if breaks_off(stream, last):
            raise FeedError("last record is not whole", reason="truncated-warc")
    except FeedError as error:
        yield FeedItem(name, error=f"{error} (after {count} records)", reason=error.reason)
    except (OSError, ValueError, EOFError) as error:
        yield FeedItem(name, error=f"broken after {count} records: {error}", reason="truncated-warc")


def _items(record: Any, declared: int, name: str, settings: CrawlSettings) -> Iterator[FeedItem]:
    """The item of one record, if it is a page or a picture; scripts, styles and redirects are no items."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    ref = url or name
    if declared > settings.max_body_bytes:
        yield FeedItem(ref, error=f"record of {declared} bytes is too large", reason="too-large")
        return
    record.freeze()
    if record.content_length != declared:
        raise FeedError(f"record of {ref} breaks off", reason="truncated-warc")
    try:
        content_type = _content_type(record)
        if content_type.lower().startswith((*_MARKUP, *_TEXT, "image/")):
            yield FeedItem(ref, body_document(_body(record, settings), content_type, url, settings))
    except CrawlerError as error:
        yield FeedItem(ref, error=str(error), reason=error.reason)


def _content_type(record: Any) -> str:
    """Type of the payload; empty for a redirect, whose body nobody sees."""
    outer = str(record.headers.get("Content-Type") or "")
    if not outer.startswith("application/http"):
        return outer
    try:
        record.parse_http()
    except (OSError, ValueError) as error:
        raise ExtractError(f"answer cannot be read: {error}", reason="bad-body") from error
    head = record.http_headers
    return "" if head is None or 300 <= (head.status_code or 0) < 400 else str(head.get("Content-Type") or "")


def _body(record: Any, settings: CrawlSettings) -> bytes:
    """The payload without its codings, up to the limit: a small record may hold a large bomb."""
    from crawler.wire import decoded

    body = bytes(record.reader.read())
    head = record.http_headers
    if head is None:
        return body
    if "chunked" in str(head.get("Transfer-Encoding") or "").lower():
        body = unchunked(body)
    coding = str(head.get("Content-Encoding") or "").strip().lower()
    if coding not in _CODINGS:
        raise ExtractError(f"content coding {coding} is not known", reason="bad-encoding")
    return decoded(body, coding, most=settings.max_body_bytes)


def unchunked(body: bytes) -> bytes:
    """Undo the chunked transfer coding; a body that does not follow it is taken as it is."""
    pieces: list[bytes] = []
    place = 0
    while True:
        end = body.find(b"\r\n", place, place + 64)
        size = body[place:end].split(b";")[0].strip() if end > 0 else b""
        if not size or size.strip(b"0123456789abcdefABCDEF"):
            return body if not pieces else b"".join(pieces)
        length = int(size, 16)
        if length == 0:
            return b"".join(pieces)
        pieces.append(body[end + 2 : end + 2 + length])
        place = end + 4 + length


def body_document(body: bytes, content_type: str, url: str, settings: CrawlSettings) -> Document:
    """The document of a body by its Content-Type: a picture, plain text, else markup."""
    if content_type.lower().startswith("image/"):
        return picture_document(body, place=url, settings=settings, url=url)
    if content_type.lower().startswith(_TEXT):
        text, _ = decode_text(body, content_type)
        return make_document(source="web", blocks=(Block("body", text),), url=url)
    from crawler.extract.html import extract_html

    return extract_html(body, url=url, content_type=content_type)
