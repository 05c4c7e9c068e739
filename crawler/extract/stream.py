"""Cuts the marked text of a page into blocks.

Control characters stand in the text in place of the tags: ``SEPARATOR`` between blocks, ``BREAK`` for a line
break, ``LINK`` and ``LINK_END`` around the text of a link, ``OPEN``number``END`` and ``OPEN````END`` around
regions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from crawler.document import Block, BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR, BREAK, LINK, LINK_END = "\x1f", "\x0c", "\x0e", "\x0f"
OPEN, END = "\x02", "\x03"
CLOSE = OPEN + END

SHORT = 40
"""A run of text up to so many characters is a line among others: it is gathered with its neighbours in one
region to a block, a line each. A longer one is a paragraph and stands alone. So a label and its value, or the
pieces of a card, are read together, and a page gives a few hundred blocks, not thousands."""

GATHERED = 400
"""Most characters of a gathered block."""

RANK: dict[BlockKind, int] = {"body": 0, "heading": 1, "nav": 2, "comment": 3, "ad": 4}
_NESTING_SHOWN = 3


class Region(Struct, frozen=True, gc=False):
    """What an element says about the text in it."""

    kind: BlockKind = "body"
    visible: bool = True
    where: str = ""


class _Cutter:
    """Blocks so far, the regions that are open, and for each link the block that holds it.

    ``states`` are the kinds, visibilities and places that text has had, the current one among them;
    ``known`` leads from a state and a region in it to the state within.
    """

    def __init__(self, regions: Sequence[Region], first: int) -> None:
        self.regions = regions
        self.first = first
        self.blocks: list[Block] = []
        self.holders: list[int] = []
        self.states: list[tuple[BlockKind, bool, str]] = [("body", True, "body")]
        self.known: dict[tuple[int, str], int] = {}

    def within(self, state: int, number: str) -> int:
        """The state in a region; what is already known of its surroundings is kept."""
        region = self.regions[int(number)]
        kind, visible, where = self.states[state]
        steps = [*where.split(" "), region.where] if state else [region.where]
        kind = region.kind if RANK[region.kind] > RANK[kind] else kind
        found = self.known[state, number] = len(self.states)
        self.states.append((kind, visible and region.visible, " ".join(steps[-_NESTING_SHOWN:])))
        return found

    def fill(self, text: str, state: int) -> None:
        """Add blocks from the text in a state. Links alone make none."""
        kind, visible, where = self.states[state]
        for part in _parts(list(filter(None, map(str.strip, text.split(SEPARATOR))))):
            if LINK in part:
                links = part.count(LINK)
                part = part.replace(LINK, "")
                if part.strip() != part or "  " in part or " \n" in part or "\n " in part:
                    part = tidy(part)
                self.holders += [self.first + len(self.blocks) if part else -1] * links
                if not part:
                    continue
            if not (part.isprintable() or part.replace("\n", "").isprintable()):
                part = tidy(part)
            self.blocks.append(Block(kind, part, where, visible))


def _parts(lines: list[str]) -> Sequence[str]:
    """Paragraphs, and short lines gathered."""
    if len(lines) < 2:
        return lines
    if len(max(lines, key=len)) <= SHORT:
        joined = "\n".join(lines)
        if len(joined) - len(lines) < GATHERED:
            return (joined,)
    parts: list[str] = []
    short: list[str] = []
    size = 0
    for line in lines:
        length = len(line)
        size += length
        if short and (length > SHORT or size > GATHERED):
            parts.append("\n".join(short))
            short, size = [], length
        if length > SHORT:
            parts.append(line)
            size = 0
        else:
            short.append(line)
    if short:
        parts.append("\n".join(short))
    return parts


def cut(stream: str, regions: Sequence[Region], *, first: int = 0) -> tuple[list[Block], list[int]]:
    """Blocks of an evened text, and for each link in order the index of its block (-1: none).

    ``first`` is the index that the first block will have in the document.
    """
    cutter = _Cutter(regions, first)
    known, fill = cutter.known, cutter.fill
    before, *parts = stream.split(OPEN)
    fill(before, 0)
    state = 0
    outer: list[int] = []
    for part in parts:
        number, _, text = part.partition(END)
        if number:
            outer.append(state)
            inner = known.get((state, number))
            state = cutter.within(state, number) if inner is None else inner
        elif outer:
            state = outer.pop()
        if not text.isspace():
            fill(text, state)
    return cutter.blocks, cutter.holders


def evened(stream: str) -> str:
    """Runs of white space as one space, in passes of native code, so that lines have their true length."""
    for blank in "\n\t\r":
        stream = stream.replace(blank, " ")
    while "  " in stream:
        stream = stream.replace("  ", " ")
    return stream


def tidy(raw: str) -> str:
    """White space runs become one space, line breaks one newline; everything else stays as it stands."""
    if BREAK not in raw and "\n" not in raw:
        return " ".join(raw.split())
    parts = raw.replace(BREAK, "\n").split("\n")
    return "\n".join(line for part in parts if (line := " ".join(part.split())))
