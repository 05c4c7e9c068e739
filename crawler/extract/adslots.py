"""Advertising places of a page: what stands between the tags of one, and places told by labels such as
"Ad".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.document import AdSlot
from crawler.extract.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.extract.known import Tag
    from crawler.extract.resolve import Resolver

MAX_SLOTS = 200
_HTML_KEPT = 20_000
_TEXT_KEPT = 4_000
_WHOLE_PAGES = frozenset(("html", "body", "main", "article", "head"))
_LABEL_HOLDERS = frozenset(
    ("span", "i", "em", "b", "small", "sup", "label", "div", "p", "a", "font", "strong")
)
_CLIMB = 4
_REACH = 600
"""How many tags away from a label the place that it labels may begin and end."""

_LARGEST_LABELLED = 1_500


class Slot:
    """An advertising place that is being read, from the tag number ``first`` of a batch on (-1: from the
    text before its first tag).
    """

    def __init__(self, tag: Tag, rule: str, first: int) -> None:
        self.rule = rule
        self.where = tag.where
        attributes = tag.more.attributes if tag.more else None
        self.advertiser = (attributes or {}).get("data-advertiser", "")
        self.first = first
        self.html: list[str] = []
        self.texts: list[str] = []
        self.size = 0
        self.links: list[str] = []
        self.frames: list[str] = []
        self.pictures: list[str] = []

    def gather(self, tags: Sequence[Tag], pieces: tuple[Sequence[str], Sequence[str], Sequence[str]]) -> None:
        """Add what stands in its part of a batch.

        ``pieces`` are the tags as written, the texts as written and the texts as shown, one behind each tag.
        """
        for tag, written, raw, shown in zip(tags, *pieces, strict=True):
            if tag.link and tag.link[0] and not self.links:
                self.links.append(tag.link[0])
            if tag.embedded and not tag.closes:
                kind = self.frames if tag.embedded[1] == "frame" else self.pictures
                if not kind and tag.embedded[1] in ("frame", "image"):
                    kind.append(tag.embedded[0])
            if self.size < _HTML_KEPT:
                self.html.append(f"<{written}>{raw}")
                self.texts.append(shown)
                self.size += len(self.html[-1])

    def finished(self, resolver: Resolver) -> AdSlot:
        """The place, with absolute addresses."""
        target = self.links or self.frames
        return AdSlot(
            rule=self.rule,
            where=self.where,
            html="".join(self.html)[:_HTML_KEPT],
            text=" ".join(" ".join(self.texts).split())[:_TEXT_KEPT],
            advertiser=self.advertiser,
            click_url=resolver.absolute(target[0] if target else ""),
            picture=resolver.absolute(self.pictures[0] if self.pictures else ""),
        )


def labelled(tags: Sequence[Tag], texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last tag of what labels mark as paid: the nearest element around the label with a link.

    ``texts[n]`` stands before ``tags[n]``.
    """
    labels = load_rules().ad_labels
    marks = [index for index, text in enumerate(texts) if len(text) < _REACH and text.strip() in labels]
    for index in marks[:MAX_SLOTS]:
        if not index or tags[index - 1].closes or tags[index - 1].name not in _LABEL_HOLDERS:
            continue
        for first in _around(tags, index - 1):
            if tags[first].name in _WHOLE_PAGES:
                break
            last = _end(tags, first)
            if _links_elsewhere(tags, texts, range(first, last), texts[index].strip()):
                if sum(map(len, texts[first + 1 : last + 1])) <= _LARGEST_LABELLED:
                    yield first, last
                break


def _around(tags: Sequence[Tag], index: int) -> Iterator[int]:
    """The tags of the elements around one, inner ones first."""
    inside = found = 0
    for at in range(index - 1, max(-1, index - _REACH), -1):
        tag = tags[at]
        if tag.closes:
            inside += 1
        elif tag.name and not tag.void:
            if inside:
                inside -= 1
            else:
                yield at
                found += 1
                if found == _CLIMB:
                    return


def _end(tags: Sequence[Tag], first: int) -> int:
    """The tag that ends an element."""
    inside = 0
    last = min(len(tags), first + _REACH)
    for at in range(first, last):
        tag = tags[at]
        if tag.closes:
            inside -= 1
            if not inside:
                return at
        elif tag.name and not tag.void:
            inside += 1
    return last - 1


def _links_elsewhere(tags: Sequence[Tag], texts: Sequence[str], places: range, label: str) -> bool:
    """Whether there is a link whose text is not the label."""
    for at in places:
        link = tags[at].link
        if link and link[0]:
            end = next((to for to in range(at + 1, places.stop + 1) if tags[to].name == "a"), at + 1)
            if "".join(texts[at + 1 : end + 1]).strip() != label:
                return True
    return False
