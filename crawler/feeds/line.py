"""One input line, as JSON gives it or a table's row is read, and the document made of it.

Block 0 is the line's ``text`` exactly as given, so that offsets found in it hold in the caller's own copy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import msgspec

from crawler.document import Block, Document, Source, Surface, document_id, make_document, preceded
from crawler.errors import ExtractError, FeedError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["web", "app", "ad", "post"]

_SURFACES: dict[str, Surface] = {"web": "page", "app": "app_listing", "ad": "advert", "post": "page"}
_SOURCES: dict[str, Source] = {"web": "web", "app": "app", "ad": "ad", "post": "post"}


class Line(msgspec.Struct, gc=False):
    """Fields of an input line; all but ``text`` (or ``html`` in its stead) may be missing."""

    id: str | int | None = None
    text: str | None = None
    url: str | None = None
    title: str | None = None
    kind: Kind | None = None
    html: str | None = None
    lang: str | None = None
    published_at: str | int | float | None = None
    surface: Surface | None = None


def line_of(values: Mapping[str, object]) -> Line:
    """The line of an object's values. Raises :class:`FeedError` (``wrong-type``)."""
    strings = {clean(key): clean(item) if isinstance(item, str) else item for key, item in values.items()}
    try:
        return msgspec.convert(strings, Line)
    except msgspec.ValidationError as error:
        raise FeedError(str(error), reason="wrong-type") from error


def document_of(line: Line, ref: str) -> Document:
    """The document of a line. Raises :class:`FeedError` where there is nothing to read in it."""
    text, title, html, url = line.text, line.title, line.html, line.url or ""
    if text is None and not html:
        raise FeedError("line has neither text nor html", reason="missing-text")
    kind = line.kind or "post"
    blocks = [] if text is None else [Block("body", text)]
    if title:
        blocks.append(Block("title", title))
    metadata = {"lang": line.lang} if line.lang else {}
    surface = line.surface or _SURFACES[kind]
    published = "" if line.published_at is None else str(line.published_at)
    if html:
        return _with_html(line, blocks, ref, surface, published)
    # The constructor itself: this is called a million times, and named arguments would double its cost.
    kept, place = tuple(blocks), url or ref
    return Document(
        document_id(place, kept), _SOURCES[kind], surface, url, kept, (), (), (), None, published, metadata
    )


def _with_html(line: Line, blocks: list[Block], ref: str, surface: Surface, published: str) -> Document:
    """The line's blocks, then its markup's. Broken markup is an error only for a line without text."""
    from crawler.extract.html import extract_html

    source = _SOURCES[line.kind or "web"]
    url = line.url or ""
    metadata = {"lang": line.lang} if line.lang else {}
    try:
        page = extract_html(
            (line.html or "").encode("utf-8", "replace"), url=url, content_type="charset=utf-8"
        )
    except ExtractError as error:
        if not blocks:
            raise
        page = make_document(source=source, blocks=(), url=url, metadata={"html": error.reason})
    return replace(
        preceded(page, blocks, place=url or ref),
        source=source,
        surface=surface,
        published_at=published,
        metadata={**page.metadata, **metadata},
    )


def clean(text: str) -> str:
    """``text`` with U+FFFD for each lone surrogate and NUL, so that offsets still hold."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
