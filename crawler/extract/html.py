"""HTML to a :class:`Document`: every text on the page as blocks with their role, and the links, media and ad
slots.

A page is read as a row of texts and tags; no tree is built. What a tag means is worked out once for each tag
as written (:mod:`crawler.extract.known`), so that what is done for every tag is done in native code: control
characters are put in place of the tags, and the text is cut into blocks at them
(:mod:`crawler.extract.stream`). Control characters cannot come from the page: they are removed before, and
references to them resolve to nothing.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.document import Block, Document, Link, document_id
from crawler.extract.encoding import to_text
from crawler.extract.frames import with_frames
from crawler.extract.known import known_tags
from crawler.extract.media import MAX_MEDIA, find_media
from crawler.extract.reader import MAX_NESTED, Reader, Unfinished
from crawler.extract.resolve import Resolver
from crawler.extract.scan import scan, split
from crawler.extract.stream import END, LINK, LINK_END, OPEN, SEPARATOR, cut, evened
from crawler.extract.structured import head_of, jsonld_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.document import Source, Surface

MAX_LINKS = 20_000
MAX_FRAMES = 50
"""Pages in ``srcdoc`` attributes that are read of one page."""
FRAMES_DEEP = 3
SPLIT_AT_ONCE = 2_000_000
"""Characters up to which a page is split in one go; a longer one is read bit by bit."""

_LINKED = re.compile(f"{LINK}([^{LINK}{LINK_END}]*)")
_MARKS = re.compile(f"{OPEN}[0-9]*{END}|{SEPARATOR}")


def extract_html(
    body: bytes, *, url: str, content_type: str = "", source: Source = "web", surface: Surface = "page"
) -> Document:
    """The document that stands in an HTML body; raises :class:`ExtractError` where there is none.

    ``url`` is the address the body was served from: links are made absolute against it (or against
    ``<base>``).
    """
    markup, encoding = to_text(body, content_type)
    with _collector_paused():
        reader = _read(markup)
        page = _document(reader, url=url, source=source, surface=surface, encoding=encoding)
        return with_frames(page, list(_frames(reader, url))) if reader.framed else page


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No search for cycles while a page makes thousands of small objects: it would take a third of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _frames(reader: Reader, url: str, *, depth: int = 1) -> Iterator[tuple[Document, bool]]:
    """The pages that stand in frames' ``srcdoc``, and in theirs; with whether the frame is an advert."""
    for markup, advert in reader.framed[:MAX_FRAMES]:
        inner = _read(markup)
        yield _document(inner, url=url, source="web", surface="page", encoding=""), advert
        if depth < FRAMES_DEEP:
            yield from _frames(inner, url, depth=depth + 1)


def _read(markup: str) -> Reader:
    known = known_tags()
    if len(markup) <= SPLIT_AT_ONCE:
        reader = Reader(known)
        try:
            reader.read(split(markup), scanned=False)
        except Unfinished:
            pass
        else:
            return reader
    reader = Reader(known)
    for batch in scan(markup):
        reader.read(batch, scanned=True)
        known.forget_if_many()
    return reader


def _document(reader: Reader, *, url: str, source: Source, surface: Surface, encoding: str) -> Document:
    before, facts = head_of(reader.title, reader.about)
    resolver = Resolver(url, facts.base)
    stream = evened("".join(reader.texts))
    blocks, holders = cut(stream.replace(LINK_END, ""), reader.known.regions, first=len(before))
    links = _links(reader, stream, holders, resolver)
    target = resolver.absolute(facts.refresh)
    if target:
        # A refresh sends readers elsewhere without their doing.
        links.append(Link(target, rel="refresh"))
    spoken = [Block("alt", text, where) for text, where in reader.spoken.items()]
    links += [Link(feed, rel="feed") for feed in map(resolver.absolute, facts.feeds) if feed]
    every = (*before, *blocks, *spoken, *jsonld_blocks(reader.structured))
    return Document(
        id=document_id(url, every),
        source=source,
        surface=surface,
        url=url,
        blocks=every,
        links=tuple(links),
        media=find_media(reader.embedded, reader.styles, resolver),
        ad_slots=tuple(slot.finished(resolver) for slot in reader.slots),
        metadata={"encoding": encoding, **facts.metadata(resolver), **_cut_short(reader)},
    )


def _links(reader: Reader, stream: str, holders: list[int], resolver: Resolver) -> list[Link]:
    """The links in order; tooltips that say more than the text are added to what is spoken."""
    links = []
    absolute, spoken = resolver.absolute, reader.spoken
    for (href, rel, tip), text, holder in zip(
        reader.links[:MAX_LINKS], _LINKED.findall(stream), holders, strict=False
    ):
        url = absolute(href)
        if not url:
            continue
        text = text.strip()
        if not text.isprintable():
            text = " ".join(_MARKS.sub(" ", text).split())
        links.append(Link(url, text, rel, holder))
        if tip and (tip := " ".join(tip.split())) and tip not in text:
            spoken.setdefault(tip, "a[title]")
    return links


def _cut_short(reader: Reader) -> dict[str, str]:
    """Remarks for a page with more links or media than are kept, or nested deeper than is followed; the text
    is in the blocks all the same.
    """
    kept = {
        "links": (len(reader.links), MAX_LINKS),
        "media": (len(reader.embedded), MAX_MEDIA),
        "frames": (len(reader.framed), MAX_FRAMES),
    }
    remarks = {
        name: f"only the first {most} of {found} {name} kept"
        for name, (found, most) in kept.items()
        if found > most
    }
    if reader.unfollowed:
        remarks["nesting"] = f"{reader.unfollowed} elements nested deeper than {MAX_NESTED} tell no role"
    return remarks
