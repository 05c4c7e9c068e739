"""HTML to a :class:`Document`: every text on the page as blocks with their role, and the links, media and ad
slots.

One lexbor parse, then as little Python per element as possible: marks are put into the tree as control
characters around the elements that matter, inline elements are dissolved, and a single native pass returns
all text with separators where blocks end. :mod:`crawler.extract.stream` cuts that string into blocks. Control
characters cannot come from the page: they are removed before parsing, also in their ``&#2;`` form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.document import Document, Link, make_document
from crawler.errors import ExtractError
from crawler.extract.adslots import find_slots
from crawler.extract.encoding import to_utf8
from crawler.extract.media import alternatives, backgrounds, find_media
from crawler.extract.place import selector_of
from crawler.extract.resolve import Resolver
from crawler.extract.rules import hints_of, load_rules, query
from crawler.extract.stream import BREAK, CLOSE, END, LINK, OPEN, SEPARATOR, Region, cut
from crawler.extract.structured import head_blocks, jsonld_blocks, page_facts
from crawler.extract.tags import BREAKS, COMMENT_ID, DROPPED, LANDMARKS, SPACES, dividing_ids, tag_id

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from crawler.document import BlockKind, Source, Surface
    from crawler.extract.rules import Hints, Rules, Selector

MAX_LINKS = 20_000
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|127)|x0*(?:[1-8bcef]|1[\da-f]|7f))(?![\da-f]);?", re.I
)

_TEMPLATE = re.compile(rb"<(/?)template(?=[\s/>])", re.I)
"""Templates are read as ordinary hidden elements: a script may show them at any time."""


class _Tree:
    """The part of a page that is looked at: its elements in document order, and their tag numbers."""

    def __init__(self, body: LexborNode) -> None:
        self.body = body
        self.nodes = list(body.traverse())
        self.ids = [node.tag_id for node in self.nodes]

    def tagged(self, *names: str) -> list[LexborNode]:
        wanted = frozenset(map(tag_id, names))
        return [node for node, number in zip(self.nodes, self.ids, strict=True) if number in wanted]


def extract_html(
    body: bytes, *, url: str, content_type: str = "", source: Source = "web", surface: Surface = "page"
) -> Document:
    """The document that stands in an HTML body; raises :class:`ExtractError` where there is none.

    ``url`` is the address the body was served from: links are made absolute against it (or against
    ``<base>``).
    """
    markup, encoding = to_utf8(body, content_type)
    if b"&#" in markup:
        markup = _CONTROL_REFERENCE.sub(b"", markup)
    if _TEMPLATE.search(markup):
        markup = _TEMPLATE.sub(rb"<\1x-template", markup)
    parser = _parse(markup)
    resolver = Resolver(url, parser if b"<base" in markup else None)
    facts = page_facts(parser, markup)
    before = list(head_blocks(parser))
    after = jsonld_blocks(parser, markup)
    tree = _tree_of(parser)
    hints = hints_of(markup, frozenset(node.tag or "" for node in tree.nodes))
    rules = load_rules()
    slots = find_slots(tree.body, rules=rules, hints=hints, resolver=resolver)
    pictures = tree.tagged("img")
    media = find_media([*pictures, *tree.tagged("iframe", "video", "audio", "embed", "source")], resolver)
    media += backgrounds(tree.body, markup, resolver)
    extra = alternatives(tree.body, pictures, markup)
    anchors = tree.tagged("a", "area")
    texts = _anchor_texts(anchors, len(markup))
    regions = _regions(tree, rules, hints) + [(node, Region("ad", True, slot.where)) for node, slot in slots]
    _mark(anchors, regions)
    _dissolve(tree)
    stream = tree.body.text(separator=SEPARATOR, skip_empty=True)
    blocks, holders = cut(stream, [region for _, region in regions], first=len(before))
    links = _links(anchors, texts, holders, resolver)
    return make_document(
        source=source,
        surface=surface,
        url=url,
        blocks=[*before, *blocks, *extra, *after],
        links=links + facts.links(resolver),
        media=media,
        ad_slots=[slot for _, slot in slots],
        metadata={"encoding": encoding, **facts.metadata(resolver)},
    )


def _parse(markup: bytes) -> LexborHTMLParser:
    from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, SelectolaxError

    try:
        parser = LexborHTMLParser(markup, options=LexborDocumentOptions.WO_EVENTS)
    except (SelectolaxError, MemoryError) as error:
        raise ExtractError(f"markup could not be parsed: {error}", reason="not-html") from error
    return parser


def _tree_of(parser: LexborHTMLParser) -> _Tree:
    parser.strip_tags(DROPPED)
    body = parser.body or parser.root
    if body is None:
        raise ExtractError("markup holds no element", reason="not-html")
    return _Tree(body)


def _regions(tree: _Tree, rules: Rules, hints: Hints) -> list[tuple[LexborNode, Region]]:
    """Elements that tell the role or visibility of the text in them, and landmarks that tell its place."""
    found = [(node, Region(where=selector_of(node))) for node in tree.tagged(*LANDMARKS)]
    roles: tuple[tuple[BlockKind, tuple[Selector, ...]], ...] = (
        ("heading", rules.heading),
        ("nav", rules.nav),
        ("comment", rules.comment),
    )
    for kind, selectors in roles:
        if css := query(selectors, hints):
            found += [(node, Region(kind, True, selector_of(node))) for node in tree.body.css(css)]
    if css := query(rules.hidden, hints):
        found += [(node, Region("body", False, selector_of(node))) for node in tree.body.css(css)]
    return found


def _mark(anchors: list[LexborNode], regions: list[tuple[LexborNode, Region]]) -> None:
    """Put region and link marks into the tree."""
    for number, (node, _) in enumerate(regions):
        node.insert_before(f"{OPEN}{number}{END}")
        node.insert_after(CLOSE)
    for node in anchors:
        node.insert_before(LINK)


def _dissolve(tree: _Tree) -> None:
    """Take inline elements and comments away, leaving their text, so that they do not split words."""
    blocks, breaks, spaces = dividing_ids(), frozenset(map(tag_id, BREAKS)), frozenset(map(tag_id, SPACES))
    for node, number in zip(tree.nodes, tree.ids, strict=True):
        if number in blocks:
            continue
        if number in breaks:
            node.insert_before(BREAK)
        elif number in spaces:
            node.insert_before(" ")
        if number == COMMENT_ID:
            node.remove()
        else:
            node.unwrap(delete_empty=True)
    tree.body.merge_text_nodes()


def _anchor_texts(anchors: list[LexborNode], budget: int) -> list[str]:
    """Texts of links. Links nested thousands deep would repeat their text, so all together stay within a
    budget.
    """
    texts = []
    left = 4 * budget
    for anchor in anchors[:MAX_LINKS]:
        text = " ".join(anchor.text().split()) if left > 0 else ""
        left -= len(text)
        texts.append(text)
    return texts


def _links(anchors: list[LexborNode], texts: list[str], holders: list[int], resolver: Resolver) -> list[Link]:
    links = []
    for anchor, text, holder in zip(anchors, texts, holders, strict=False):
        attributes = anchor.attributes
        url = resolver.absolute(attributes.get("href"))
        if url:
            links.append(Link(url, text, attributes.get("rel") or "", holder))
    return links
