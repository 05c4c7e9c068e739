"""What a fetched body becomes: a document by its kind, or the reason why none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.document import Block, make_document
from crawler.errors import ExtractError
from crawler.extract.feed import extract_feed, is_feed
from crawler.extract.html import extract_html

if TYPE_CHECKING:
    from crawler.document import Document

HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")


def document_of(body: bytes, *, url: str, content_type: str, ocr: bool = True) -> Document:
    """Extract a body by its media type, or by its look where the type says nothing.

    Raises ExtractError (``unsupported-type``, ``extract-failed``).
    """
    media = _media_type(content_type)
    if is_feed(body, content_type):
        return extract_feed(body, url=url)
    if is_html(body, content_type):
        return extract_html(body, url=url, content_type=content_type)
    if media.startswith("image/"):
        from crawler.extract.images import image_blocks

        return make_document(source="web", url=url, blocks=image_blocks(body, ocr=ocr))
    if media.startswith("text/") or media.endswith("json") or not body.strip():
        return _plain(body, url=url, content_type=content_type)
    raise ExtractError(f"no text can be had from {media or 'an unnamed type'}", reason="unsupported-type")


def is_html(body: bytes, content_type: str) -> bool:
    """Whether a body is HTML by its type, or by its look where it is said to be no picture and no feed."""
    media = _media_type(content_type)
    if is_feed(body, content_type):
        return False
    return media in HTML_TYPES or (_looks_like_html(body) and not media.startswith("image/"))


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _looks_like_html(body: bytes) -> bool:
    start = body[:1024].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"<html" in start or b"<body" in start


def _plain(body: bytes, *, url: str, content_type: str) -> Document:
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    text = bytes_to_str(body, encoding=charset or detect_encoding(body) or "utf-8")
    return make_document(source="web", url=url, blocks=(Block("body", text),) if text.strip() else ())
