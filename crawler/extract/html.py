"""HTML to a :class:`Document`: every text on the page as blocks with their role, and the links, media and ad
slots.

One lexbor parse, then as little Python per element as possible: marks are put into the tree as control
characters around the elements that matter, inline elements are dissolved, and a single native pass returns
all text with separators where blocks end. :mod:`crawler.extract.stream` cuts that string into blocks. Control
characters cannot come from the page: they are removed before parsing, also in their ``&#2;`` form.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.document import Block, Document, Link, Media, document_id
from crawler.errors import ExtractError
from crawler.extract.adslots import find_slots
from crawler.extract.encoding import to_utf8, without_controls
from crawler.extract.media import add_spoken, backgrounds, find_media
from crawler.extract.place import selector_of
from crawler.extract.resolve import Resolver
from crawler.extract.stream import SEPARATOR, Region, cut
from crawler.extract.structured import PageFacts, head_of, jsonld_blocks
from crawler.extract.tags import Flow
from crawler.extract.tree import Tree, dissolve, hidden_elements, holds_marks, mark, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from crawler.document import AdSlot, Source, Surface
    from crawler.extract.tree import Element

MAX_LINKS = 20_000
_TEMPLATE = re.compile(rb"<template(?=[\s/>])", re.I)
_TEMPLATE_END = re.compile(rb"</template(?=[\s/>])", re.I)


def extract_html(
    body: bytes, *, url: str, content_type: str = "", source: Source = "web", surface: Surface = "page"
) -> Document:
    """The document that stands in an HTML body; raises :class:`ExtractError` where there is none.

    ``url`` is the address the body was served from: links are made absolute against it (or against
    ``<base>``).
    """
    markup, encoding = to_utf8(body, content_type)
    with _collector_paused():
        return _document(markup, url=url, source=source, surface=surface, encoding=encoding)


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


def _document(markup: bytes, *, url: str, source: Source, surface: Surface, encoding: str) -> Document:
    parser = _parse(markup)
    after = jsonld_blocks(parser)
    tree = tree_of(parser)
    if holds_marks(tree):
        # Written as references, which parsing has resolved: they are taken out of the resolved markup.
        parser = _parse(without_controls((parser.html or "").encode("utf-8", "replace")))
        tree = tree_of(parser)
    before, facts = head_of(parser, tree.flow[Flow.ABOUT])
    resolver = Resolver(url, facts.base)
    slots = find_slots(tree, budget=4 * len(markup), resolver=resolver)
    media, spoken = _media(tree, resolver)
    links = _links(tree.flow[Flow.ANCHOR], resolver, spoken, budget=4 * len(markup))
    blocks, holders = _blocks(tree, slots, first=len(before))
    extra = [Block("alt", text, where) for text, where in spoken.items()]
    every = (*before, *blocks, *extra, *after)
    anchors = [Link(url, text, rel, holders[index]) for index, url, text, rel in links]
    return Document(
        id=document_id(url, every),
        source=source,
        surface=surface,
        url=url,
        blocks=every,
        links=(*anchors, *_refresh(facts, resolver)),
        media=media,
        ad_slots=tuple(slot for _, slot in slots),
        metadata={"encoding": encoding, **facts.metadata(resolver), **_cut_short(tree)},
    )


def _parse(markup: bytes) -> LexborHTMLParser:
    from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, SelectolaxError

    try:
        parser = LexborHTMLParser(markup, options=LexborDocumentOptions.WO_EVENTS)
        if parser.css_first("template") is None:
            return parser
        # Read as ordinary hidden elements, for a script may show them at any time.
        markup = _TEMPLATE_END.sub(b"</center", _TEMPLATE.sub(b"<center hidden", markup))
        return LexborHTMLParser(markup, options=LexborDocumentOptions.WO_EVENTS)
    except (SelectolaxError, MemoryError) as error:
        raise ExtractError(f"markup could not be parsed: {error}", reason="not-html") from error


def _media(tree: Tree, resolver: Resolver) -> tuple[tuple[Media, ...], dict[str, str]]:
    """Embedded files, and the texts that stand in attributes with the place of each."""
    spoken: dict[str, str] = {}
    found = find_media(tree.flow[Flow.PICTURE] + tree.flow[Flow.FRAME], resolver, spoken)
    add_spoken(tree, spoken)
    return (*found, *backgrounds(tree, resolver)), spoken


def _blocks(
    tree: Tree, slots: list[tuple[LexborNode, AdSlot]], *, first: int
) -> tuple[list[Block], list[int]]:
    """Blocks of the body in order, and for each anchor the index of its block. Takes the tree apart."""
    regions = _regions(tree) + [(node, Region("ad", True, slot.where)) for node, slot in slots]
    mark(tree, regions)
    dissolve(tree)
    stream = tree.body.text(separator=SEPARATOR, strip=True, skip_empty=True)
    return cut(stream, [region for _, region in regions], first=first)


def _regions(tree: Tree) -> list[tuple[LexborNode, Region]]:
    """Elements that tell the role, visibility or place of the text in them."""
    flow = tree.flow
    found = [(node, Region("heading", True, node.tag or "")) for node, _ in flow[Flow.HEADING]]
    found += [(element[0], Region("nav", True, selector_of(element))) for element in flow[Flow.NAV]]
    found += [(element[0], Region("body", True, selector_of(element))) for element in flow[Flow.LANDMARK]]
    for element, role, _ in tree.named:
        if role == "nav" or role == "comment":
            found.append((element[0], Region(role, True, selector_of(element))))
    return found + [
        (element[0], Region("body", False, selector_of(element))) for element in hidden_elements(tree)
    ]


def _links(
    anchors: list[Element], resolver: Resolver, spoken: dict[str, str], *, budget: int
) -> list[tuple[int, str, str, str]]:
    """Number, address, text and ``rel`` of the anchors that are links; tooltips are added to ``spoken``.

    Links nested thousands deep repeat their text, so all texts together keep to ``budget`` characters.
    """
    links = []
    absolute = resolver.absolute
    for index, (anchor, attributes) in enumerate(anchors[:MAX_LINKS]):
        url = absolute(attributes.get("href"))
        if not url:
            continue
        text = " ".join(anchor.text().split()) if budget > 0 else ""
        budget -= len(text)
        title = attributes.get("title")
        if title and title != text and (tip := " ".join(title.split())) and tip not in text:
            spoken.setdefault(tip, "a[title]")
        links.append((index, url, text, attributes.get("rel") or ""))
    return links


def _cut_short(tree: Tree) -> dict[str, str]:
    """A remark for a page with more links than are kept; their text is in the blocks all the same."""
    found = len(tree.flow[Flow.ANCHOR])
    return {"links": f"only the first {MAX_LINKS} of {found} links kept"} if found > MAX_LINKS else {}


def _refresh(facts: PageFacts, resolver: Resolver) -> list[Link]:
    """The refresh as a link: it sends readers elsewhere without their doing."""
    target = resolver.absolute(facts.refresh)
    return [Link(target, rel="refresh")] if target else []
