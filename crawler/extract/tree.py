"""The parsed page: one walk sorts its elements by what they do to the text around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import ExtractError
from crawler.extract.rules import load_rules, role_of
from crawler.extract.stream import BREAK, CLOSE, END, LINK, MARKS, OPEN, SEPARATOR, Region
from crawler.extract.tags import LAST_DISSOLVING, Flow, flows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from crawler.extract.rules import Role

MAX_NAMED = 200_000


class Tree:
    """The body of a page. ``flow[f]`` are its elements of that flow in document order.

    ``dissolving`` are those that part no blocks. ``named`` are those whose class or id tell a role: the
    element, the role, the ad rule's name. ``texts`` are the texts as the page has them, cut at every element.
    """

    def __init__(self, body: LexborNode) -> None:
        self.body = body
        self.texts = body.text(separator=SEPARATOR, strip=True, skip_empty=True)
        self.flow: list[list[LexborNode]] = [[] for _ in Flow]
        self.dissolving: list[LexborNode] = []
        known, dissolve_too = flows(), self.dissolving.append
        sort = [known_list.append for known_list in self.flow]
        for node in body.traverse():
            flow = known.get(node.tag_id, 1)
            if flow:
                sort[flow](node)
                if flow <= LAST_DISSOLVING:
                    dissolve_too(node)
        self.named: list[tuple[LexborNode, Role, str]] = []
        for node in body.css("[class], [id]")[:MAX_NAMED]:
            attributes = node.attributes
            name = attributes.get("class") or ""
            if "id" in attributes:
                name = f"{name} {attributes['id']}"
            role, rule = role_of(name)
            if role:
                self.named.append((node, role, rule))


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


def hidden_nodes(body: LexborNode) -> list[LexborNode]:
    """Elements that a browser does not show, by attribute or inline style."""
    rules = load_rules()
    found = body.css(rules.hidden_css)
    for node in body.css("[style]"):
        style = (node.attributes.get("style") or "").replace(" ", "")
        if rules.hidden_style.search(style):
            found.append(node)
    return found


def mark(tree: Tree, regions: Iterable[tuple[LexborNode, Region]]) -> None:
    """Put region and link marks into the tree."""
    for number, (node, _) in enumerate(regions):
        node.insert_before(f"{OPEN}{number}{END}")
        node.insert_after(CLOSE)
    for node in tree.flow[Flow.ANCHOR]:
        node.insert_before(LINK)


def dissolve(tree: Tree) -> None:
    """Take inline elements and comments away, leaving their text, so that they do not split words."""
    for node in tree.flow[Flow.COMMENT]:
        node.remove()
    for node in tree.flow[Flow.BREAKS]:
        node.insert_before(BREAK)
    for flow in (Flow.PICTURE, Flow.CELL):
        for node in tree.flow[flow]:
            node.insert_before(" ")
    # Outer elements first: each then moves its children once, however deep they are nested.
    for node in tree.dissolving:
        node.unwrap(delete_empty=True)
    tree.body.merge_text_nodes()
