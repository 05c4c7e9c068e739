"""Finds the advertising places of a page by rules from ``rules.yaml``: selectors, ad frames, labels such as
"Ad".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.document import AdSlot
from crawler.extract.place import selector_of
from crawler.extract.rules import load_rules
from crawler.extract.stream import SEPARATOR
from crawler.extract.tags import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborNode

    from crawler.extract.resolve import Resolver
    from crawler.extract.tree import Element, Tree

MAX_SLOTS = 200
_HTML_KEPT = 20_000
_TEXT_KEPT = 4_000
_WHOLE_PAGES = frozenset(("html", "body", "main", "article", "head"))
_LABEL_HOLDERS = "span, i, em, b, small, sup, label, div, p, a, font, strong"
_CLIMB = 4
_NESTING_LOOKED_AT = 60
_LARGEST_LABELLED = 1_500


def find_slots(tree: Tree, *, budget: int, resolver: Resolver) -> list[tuple[LexborNode, AdSlot]]:
    """Outermost ad slots, each with the element that is the slot. Creative, click and picture as found.

    ``budget`` bounds the characters of creatives kept: slots nested thousands deep repeat one another.
    """
    found: dict[int, tuple[Element, str]] = {}
    for element, rule in _candidates(tree):
        if len(found) >= MAX_SLOTS:
            break
        if element[0].tag not in _WHOLE_PAGES:
            found.setdefault(element[0].mem_id, (element, rule))
    slots = []
    for element, rule in [pair for pair in found.values() if not _inside(pair[0][0], found)]:
        slot = _slot(element, rule, resolver) if budget > 0 else AdSlot(rule, selector_of(element))
        budget -= len(slot.text) + len(slot.html)
        slots.append((element[0], slot))
    return slots


def _candidates(tree: Tree) -> Iterator[tuple[Element, str]]:
    rules = load_rules()
    for element, role, rule in tree.named:
        if role == "ad":
            yield element, rule
    for selector in rules.ads:
        for element in tree.select(selector):
            yield element, selector.rule
    for element in tree.flow[Flow.FRAME]:
        source = element[1].get("src") or ""
        if element[0].tag == "iframe" and any(part in source for part in rules.ad_frames):
            yield element, "frame"
    if not rules.ad_labels.isdisjoint(tree.texts.split(SEPARATOR)):
        for node in _labelled(tree.body, rules.ad_labels):
            yield (node, node.attributes), "label"


def _labelled(root: LexborNode, labels: frozenset[str]) -> Iterator[LexborNode]:
    """Elements marked as paid by a short text of their own: the nearest ancestor of the label that has a
    link.
    """
    marks = [node for node in root.css(_LABEL_HOLDERS) if node.text(deep=False).strip() in labels]
    for mark in marks[:MAX_SLOTS]:
        label, node = mark.text().strip(), mark.parent
        for _ in range(_CLIMB):
            if node is None or node.tag in _WHOLE_PAGES:
                break
            if any(link.text().strip() != label for link in node.css("a[href]")[:20]):
                if len(node.text()) <= _LARGEST_LABELLED:
                    yield node
                break
            node = node.parent


def _inside(node: LexborNode, others: Mapping[int, object]) -> bool:
    parent = node.parent
    for _ in range(_NESTING_LOOKED_AT):
        if parent is None:
            return False
        if parent.mem_id in others:
            return True
        parent = parent.parent
    return False


def _slot(element: Element, rule: str, resolver: Resolver) -> AdSlot:
    node, attributes = element
    link = node if node.tag == "a" else node.css_first("a[href]")
    frame = node if node.tag == "iframe" else node.css_first("iframe[src]")
    picture = node.css_first("img")
    target = link.attributes.get("href") if link else frame.attributes.get("src") if frame else ""
    return AdSlot(
        rule=rule,
        where=selector_of(element),
        html=(node.html or "")[:_HTML_KEPT],
        text=" ".join(node.text(separator=" ").split())[:_TEXT_KEPT],
        advertiser=attributes.get("data-advertiser") or "",
        click_url=resolver.absolute(target),
        picture=resolver.absolute(
            (picture.attributes.get("data-src") or picture.attributes.get("src")) if picture else ""
        ),
    )
