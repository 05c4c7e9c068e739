"""Reads a page in one pass over its tags: the marked text, and what the tags say beside it."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from crawler.extract.adslots import MAX_SLOTS, Slot, labelled
from crawler.extract.known import UNFINISHED, Known, More, Tag, opening
from crawler.extract.rules import load_rules
from crawler.extract.stream import CLOSE, LINK, SEPARATOR, Region
from crawler.extract.tags import ENDED_BY_SIBLINGS, FLOWS, FOREIGN, HOLDERS, RAW, Flow, Raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.extract.media import Embedded
    from crawler.extract.scan import Batch

_CLOSED = f"{SEPARATOR}{CLOSE}{SEPARATOR}"
_INLINE = frozenset((Flow.JOINS, Flow.ANCHOR))
MAX_NESTED = 1_000
"""Open elements that are followed; browsers stop at 512. Text further down has the role of what holds it."""

_LOOKED_THROUGH = 64
"""How many open elements are looked through for the one that ends."""


class Unfinished(Exception):
    """What stands between brackets is not always a tag: the page has to be read tag by tag."""


class _Page:
    """The batch that is read: its tags, what is shown of its texts, and the marks in place of the tags."""

    def __init__(self, batch: Batch, known: Known, *, scanned: bool) -> None:
        self.tags = batch.tags
        self.texts = batch.texts
        self.shown = list(batch.texts)
        self.marks = list(map(known.marks.__getitem__, batch.tags))
        self.known = known
        self.scanned = scanned
        self.taken: list[tuple[int, int]] = []

    def gather(self, slot: Slot, last: int) -> None:
        """Hand a slot its part of the batch, up to a tag."""
        part = slice(max(slot.first, 0), last + 1)
        behind = slice(part.start + 1, last + 2)
        if slot.first < 0:
            slot.texts.append(self.shown[0])
        known = [self.known.tags[written] for written in self.tags[part]]
        shown = [*self.shown[part.start + 1 : last + 1], ""]
        raw = [*self.texts[part.start + 1 : last + 1], ""]
        if last == len(self.tags):
            shown, raw = list(self.shown[behind]), list(self.texts[behind])
        slot.gather(known, (self.tags[part], raw, shown))
        self.taken.append((slot.first, last))

    def content(self, index: int, name: str) -> tuple[str, int]:
        """Content of a raw element as it was written, and the tag that ends it."""
        if self.scanned:
            return self.texts[index + 1], index + 1
        close, parts = f"/{name}", [self.texts[index + 1]]
        for at in range(index + 1, len(self.tags)):
            written = self.tags[at]
            if written == close:
                return "".join(parts), at
            lower = written.lower() if "/" in written else ""
            if lower.startswith(close) or f"<{close}" in lower:
                if not lower.endswith(f"<{close}"):
                    break
                return "".join([*parts, "<", written[: -len(close) - 1]]), at
            parts += ("<", written, ">", self.texts[at + 1])
        raise Unfinished


class Reader:
    """What is read of a page so far.

    ``open`` are the open elements that matter, with whether they are a region and whether they are the
    advertising place under way; ``tracked`` are the names of elements that are followed. ``beyond`` counts
    the open ones below ``MAX_NESTED``, ``unfollowed`` all that there were. ``framed`` are pages that stand in
    an attribute of a frame, with whether the frame is an advertising place.
    """

    def __init__(self, known: Known) -> None:
        self.known = known
        self.texts: list[str] = []
        self.links: list[tuple[str, str, str]] = []
        self.embedded: list[Embedded] = []
        self.styles: list[str] = []
        self.spoken: dict[str, str] = {}
        self.about: list[tuple[str, Mapping[str, str]]] = []
        self.title = ""
        self.structured: list[str] = []
        self.framed: list[tuple[str, bool]] = []
        self.slots: list[Slot] = []
        self.slot: Slot | None = None
        self.open: list[tuple[str, bool, bool]] = []
        self.tracked: set[str] = set()
        self.beyond = self.unfollowed = 0

    def read(self, batch: Batch, *, scanned: bool) -> None:
        """Read on. Raises :class:`Unfinished` where a batch that was not scanned holds what is no tag."""
        known = self.known
        unique = set(batch.tags)
        known.learn(unique.difference(known.tags))
        page = _Page(batch, known, scanned=scanned)
        self._walk(page, self._looked_at(unique))
        if not scanned and "<" in batch.texts[-1]:
            raise Unfinished
        self._finish(page)

    def _looked_at(self, unique: set[str]) -> set[str]:
        """Tags that are looked at in turn. Elements of names with a region are followed to their ends."""
        known = self.known.tags
        names = {known[written].name for written in unique & self.known.structural}
        names.update(name for name, _, _ in self.open)
        for name in tuple(names):
            names.update(HOLDERS.get(name, ()))
        self.tracked = names
        followed = {written for written in unique if known[written].name in names} if names else set()
        return (unique & self.known.noted) | followed

    def _walk(self, page: _Page, looked_at: set[str]) -> None:
        """Take notes of the tags in turn, and mark where regions end."""
        known, stack, tracked, done = self.known.tags, self.open, self.tracked, -1
        plain = {name: (name, False, False) for name in tracked.difference(ENDED_BY_SIBLINGS)}
        regions = {name: (name, True, False) for name in plain}
        link_to, embed = self.links.append, self.embedded.append
        for index in [index for index, written in enumerate(page.tags) if written in looked_at]:
            if index <= done:
                continue
            tag = known[page.tags[index]]
            name = tag.name
            if tag.closes:
                self._leave(name, page, index)
                continue
            if tag.noted:
                if tag.link is not None:
                    link_to(tag.link)
                if tag.embedded is not None:
                    embed(tag.embedded)
                if tag.more is not None:
                    self._note(tag, tag.more, page, index)
            if name in tracked and not tag.void:
                if tag.ad or name not in plain or len(stack) >= MAX_NESTED:
                    self._open(tag, page, index)
                else:
                    stack.append(plain[name] if tag.region < 0 else regions[name])
            if tag.noted and name in RAW:
                done = self._raw(tag, page, index)

    def _leave(self, name: str, page: _Page, index: int) -> None:
        """An element ends: most often the innermost open one."""
        found, is_region, is_slot = self.open[-1] if self.open else ("", False, False)
        if self.beyond and name in self.tracked:
            self.beyond -= 1
        elif found == name and not is_slot:
            self.open.pop()
            if is_region:
                page.marks[index] += _CLOSED
        elif name in self.tracked:
            self._close(name, page, index)

    def _note(self, tag: Tag, more: More, page: _Page, index: int) -> None:
        for words, where in more.spoken:
            if not (where.endswith("[title]") and words in page.shown[index + 1]):
                self.spoken.setdefault(words, where)
        if more.style:
            self.styles.append(more.style)
        if more.attributes is None:
            return
        if tag.name == "iframe" and (markup := more.attributes.get("srcdoc")):
            self.framed.append((markup, bool(tag.ad)))
        if not tag.ad:
            self.about.append((tag.name, more.attributes))
        elif tag.void and self.slot is None and len(self.slots) < MAX_SLOTS:
            self.slots.append(Slot(tag, tag.ad, index))
            page.gather(self.slots[-1], index)

    def _open(self, tag: Tag, page: _Page, index: int) -> None:
        """An element begins; where it ends the one before it, that is marked too."""
        siblings, ended = ENDED_BY_SIBLINGS.get(tag.name), ""
        while siblings and self.open and self.open[-1][0] in siblings:
            ended += _CLOSED if self._pop(page, index) else ""
        if len(self.open) >= MAX_NESTED:
            self.beyond += 1
            self.unfollowed += 1
            page.marks[index] = ended + (SEPARATOR + LINK if tag.link is not None else SEPARATOR)
            return
        if ended:
            page.marks[index] = ended + page.marks[index]
        is_slot = bool(tag.ad) and self.slot is None and len(self.slots) < MAX_SLOTS
        if is_slot:
            self.slot = Slot(tag, tag.ad, index)
            self.slots.append(self.slot)
        self.open.append((tag.name, tag.region >= 0, is_slot))

    def _close(self, name: str, page: _Page, index: int) -> None:
        """An element ends, and with it those within that have not. An inline one ends no others."""
        inline = FLOWS.get(name, Flow.JOINS) in _INLINE
        for depth, (found, _, _) in enumerate(reversed(self.open[-_LOOKED_THROUGH:]), 1):
            if found == name:
                for _ in range(depth):
                    if self._pop(page, index):
                        page.marks[index] += _CLOSED
                return
            if inline and FLOWS.get(found, Flow.JOINS) not in _INLINE:
                return

    def _pop(self, page: _Page, index: int) -> bool:
        _, is_region, is_slot = self.open.pop()
        if is_slot and self.slot is not None:
            page.gather(self.slot, index)
            self.slot = None
        return is_region

    def _raw(self, tag: Tag, page: _Page, index: int) -> int:
        """Read an element whose content is no markup; returns the number of the tag that ends it."""
        name, kind = tag.name, RAW[tag.name]
        foreign = any(found in FOREIGN for found, _, _ in self.open[-_LOOKED_THROUGH:])
        if kind == Raw.ENDLESS and not page.scanned:
            raise Unfinished
        content, last = page.content(index, name)
        if foreign and not page.scanned and kind == Raw.DROPPED and "<" in content:
            raise Unfinished
        if kind == Raw.DROPPED:
            if tag.more and "ld+json" in (tag.more.attributes or {}).get("type", ""):
                self.structured.append(content)
            content = ""
        elif name == "title" and not self.title and not foreign:
            self.title = " ".join(unescape(content).split())
            content = ""
        elif kind >= Raw.LITERAL and not page.scanned:
            content = content.replace("&", "&amp;")
        page.shown[index + 1] = content
        for at in range(index + 1, last):
            page.shown[at + 1] = page.marks[at] = ""
        page.marks[last] = "" if kind == Raw.DROPPED else SEPARATOR
        if self.open and self.open[-1][0] == name:
            self._close(name, page, last)
        return last

    def _finish(self, page: _Page) -> None:
        """Resolve references, find labelled places, and keep the text of the batch."""
        shown, marks = page.shown, page.marks
        if "&" in "".join(shown):
            shown = page.shown = [unescape(text) if "&" in text else text for text in shown]
        if not load_rules().ad_labels.isdisjoint(map(str.strip, shown)):
            self._labelled(page)
        if self.slot is not None:
            page.gather(self.slot, len(page.tags))
            self.slot.first = -1
        pieces = [""] * (2 * len(marks) + 1)
        pieces[::2], pieces[1::2] = shown, marks
        text = "".join(pieces)
        if not page.scanned and UNFINISHED in text:
            raise Unfinished
        self.texts.append(text)

    def _labelled(self, page: _Page) -> None:
        known = self.known
        tags = [known.tags[written] for written in page.tags]
        for first, last in labelled(tags, page.shown):
            inside = any(begin <= first and last <= end for begin, end in page.taken)
            if inside or self.slot is not None or len(self.slots) >= MAX_SLOTS:
                continue
            slot = Slot(tags[first], "label", first)
            page.gather(slot, last)
            self.slots.append(slot)
            number = known.number(Region("ad", True, slot.where))
            page.marks[first] += opening(number)
            page.marks[last] = _CLOSED + page.marks[last]
