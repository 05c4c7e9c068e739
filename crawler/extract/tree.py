"""The parsed page: one walk sorts its elements by what they do to the text around them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from crawler.errors import ExtractError
from crawler.extract.rules import load_rules, role_of
from crawler.extract.stream import BREAK, CLOSING, LINK, MARKS, SEPARATOR, Region, opening
from crawler.extract.tags import LAST_DISSOLVING, Flow, flows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from crawler.extract.rules import Role, Selector

Element = tuple["LexborNode", "dict[str, str | None]"]
"""An element with its attributes, which are read once."""

SPOKEN = ("title", "placeholder", "aria-label", "data-clipboard-text", "value")
"""Attributes whose words are shown to readers."""

_SPOKEN = frozenset(SPOKEN)
_ANCHOR = int(Flow.ANCHOR)


class Tree:
    """The body of a page. ``flow[f]`` are its elements of that flow in document order.

    ``dissolving`` are those that part no blocks. ``named`` are those whose class or id tell a role: the
    element, the role, the ad rule's name. ``having[a]`` are those with an attribute of interest, ``spoken``
    those with any of ``SPOKEN``. ``texts`` are the texts as the page has them, cut at every element.
    """

    def __init__(self, body: LexborNode) -> None:
        self.body = body
        self.texts = body.text(separator=SEPARATOR, strip=True, skip_empty=True)
        self.flow: list[list[Element]] = [[] for _ in Flow]
        self.dissolving: list[LexborNode] = []
        self.named: list[tuple[Element, Role, str]] = []
        self.having: dict[str, list[Element]] = {name: [] for name in _watched()}
        self.spoken: list[Element] = []
        self._sort()

    def _sort(self) -> None:
        flow_of, last, dissolve_too = flows().get, int(LAST_DISSOLVING), self.dissolving.append
        watched, in_anchors = _watched(), _watched() - {"title"}
        keep = [elements.append for elements in self.flow]
        roles: dict[str, tuple[Role, str]] = {}
        for node in self.body.traverse():
            flow, attributes = flow_of(node.tag_id, 1), node.attributes
            if flow:
                if flow <= last:
                    dissolve_too(node)
                if flow > 1:
                    keep[flow]((node, attributes))
            if attributes:
                name = attributes.get("class")
                # Most elements have a class and nothing else.
                if name is None or len(attributes) > 1:
                    if "id" in attributes:
                        name = f"{name or ''} {attributes['id']}"
                    # The title of a link is read with the link.
                    if not (in_anchors if flow == _ANCHOR else watched).isdisjoint(attributes):
                        self._watch((node, attributes))
                if name:
                    role = roles.get(name)
                    if role is None:
                        role = roles[name] = role_of(name)
                    if role[0]:
                        self.named.append(((node, attributes), *role))

    def _watch(self, element: Element) -> None:
        for name in _watched().intersection(element[1]):
            self.having[name].append(element)
        if not _SPOKEN.isdisjoint(element[1]):
            self.spoken.append(element)

    def select(self, selector: Selector) -> Iterator[Element]:
        """Elements that a selector of the rules finds."""
        name, value = selector.attribute, selector.value
        for element in self.flow[Flow.ANCHOR] if selector.of_links else self.having[name]:
            node, attributes = element
            if name in attributes and value in (attributes[name] or "") and node.css_matches(selector.css):
                yield element


@lru_cache(maxsize=1)
def _watched() -> frozenset[str]:
    rules = load_rules()
    selected = [one.attribute for one in (*rules.hidden, *rules.ads) if not one.of_links]
    return frozenset(("style", *selected, *SPOKEN))


def tree_of(parser: LexborHTMLParser) -> Tree:
    """The tree of a page without its scripts and styles."""
    parser.strip_tags(["script", "style"])
    body = parser.body or parser.root
    if body is None:
        raise ExtractError("markup holds no element", reason="not-html")
    return Tree(body)


def holds_marks(tree: Tree) -> bool:
    """Whether the page's own text holds the characters used as marks: it wrote them as references."""
    return any(mark in tree.texts for mark in MARKS)


def hidden_elements(tree: Tree) -> Iterator[Element]:
    """Elements that a browser does not show, by their kind, an attribute or inline style."""
    rules = load_rules()
    yield from tree.flow[Flow.HIDDEN]
    for element in tree.flow[Flow.DIALOG]:
        if "open" not in element[1]:
            yield element
    for selector in rules.hidden:
        yield from tree.select(selector)
    for element in tree.having["style"]:
        if rules.hidden_style.search((element[1]["style"] or "").replace(" ", "")):
            yield element


def mark(tree: Tree, regions: Iterable[tuple[LexborNode, Region]]) -> None:
    """Put region and link marks into the tree."""
    for number, (node, _) in enumerate(regions):
        node.insert_before(opening(number))
        node.insert_after(CLOSING)
    for node, _ in tree.flow[Flow.ANCHOR]:
        node.insert_before(LINK)


def dissolve(tree: Tree) -> None:
    """Take inline elements and comments away, leaving their text, so that they do not split words."""
    for node, _ in tree.flow[Flow.COMMENT]:
        node.remove()
    for node, _ in tree.flow[Flow.BREAKS]:
        node.insert_before(BREAK)
    for flow in (Flow.PICTURE, Flow.CELL):
        for node, _ in tree.flow[flow]:
            node.insert_before(" ")
    # Outer elements first: each then moves its children once, however deep they are nested.
    for node in tree.dissolving:
        node.unwrap(delete_empty=True)
    tree.body.merge_text_nodes()
