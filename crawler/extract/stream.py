"""Cuts the marked text of a page into blocks.

The text comes from one native pass over the tree, with control characters in it: ``SEPARATOR`` between
blocks, ``BREAK`` for a line break, ``LINK`` where a link begins; ``OPEN``number``END`` and ``CLOSE`` are
lines of their own around regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Block, BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR, BREAK, LINK = "\x1f", "\x0c", "\x0e"
OPEN, END, CLOSE = "\x02", "\x03", "\x04"
MARKS = (BREAK, LINK, OPEN, END, CLOSE)
"""Those that must not stand in a page's own text; a separator there only cuts a block in two."""

SHORT = 40
"""A run of text up to so many characters is a line among others: it is gathered with its neighbours in one
region to a block, a line each. A longer one is a paragraph and stands alone. So a label and its value, or the
pieces of a card, are read together, and a page gives a few hundred blocks, not thousands."""

GATHERED = 400
"""Most characters of a gathered block."""

_TURNS = (OPEN, CLOSE)
_RANK: dict[BlockKind, int] = {"body": 0, "heading": 1, "nav": 2, "comment": 3, "ad": 4}
_NESTING_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Region:
    """What an element says about the text in it."""

    kind: BlockKind = "body"
    visible: bool = True
    where: str = ""


def opening(number: int) -> str:
    """The mark in front of a region: a line of its own."""
    return f"{SEPARATOR}{OPEN}{number}{END}{SEPARATOR}"


CLOSING = f"{SEPARATOR}{CLOSE}{SEPARATOR}"
"""The mark behind a region."""


class _Cutter:
    """Blocks so far, the regions that are open, and for each link the block that holds it.

    ``current`` is the kind, visibility and place of the text that comes next, ``lines`` are those gathered
    for the next block.
    """

    def __init__(self, regions: Sequence[Region], first: int) -> None:
        self.regions = regions
        self.first = first
        self.blocks: list[Block] = []
        self.holders: list[int] = []
        self.lines: list[str] = []
        self.open: list[tuple[BlockKind, bool, str]] = []
        self.current: tuple[BlockKind, bool, str] = ("body", True, "body")
        self.nested: dict[tuple[str, str], str] = {}

    def enter(self, number: int) -> None:
        """A region begins; what is already known of its surroundings is kept."""
        region = self.regions[number]
        kind, visible, where = outer = self.current
        if _RANK[region.kind] > _RANK[kind]:
            kind = region.kind
        place = self.nested.get((where, region.where))
        if place is None:
            steps = [*where.split(" "), region.where] if self.open else [region.where]
            place = self.nested[where, region.where] = " ".join(steps[-_NESTING_SHOWN:])
        self.open.append(outer)
        self.current = kind, visible and region.visible, place

    def flush(self) -> None:
        """The gathered lines, if any, become a block of the current region."""
        if self.lines:
            kind, visible, where = self.current
            self.blocks.append(Block(kind, "\n".join(self.lines), where, visible))
            self.lines.clear()

    def turn(self, mark: str) -> None:
        """A region begins or ends."""
        self.flush()
        if mark[0] == OPEN:
            self.enter(int(mark[1:-1]))
        elif self.open:
            self.current = self.open.pop()

    def run(self, stream: str) -> None:
        """Cut the text: a long line is a block, shorter ones are gathered up to the next mark or long one."""
        lines, gather, size = self.lines, self.lines.append, 0
        for line in stream.split(SEPARATOR):
            links = 0
            if not line.isprintable() or "  " in line:
                if line[0] in _TURNS:
                    self.turn(line)
                    size = 0
                    continue
                links = line.count(LINK)
                line = line.replace(LINK, "")
                if not line.isprintable() or "  " in line or line[:1] == " " or line[-1:] == " ":
                    line = tidy(line)
            length = len(line)
            size += length
            if lines and (length > SHORT or size > GATHERED):
                self.flush()
                size = length
            if links:
                self.holders += [self.first + len(self.blocks) if line else -1] * links
            if length > SHORT:
                kind, visible, where = self.current
                self.blocks.append(Block(kind, line, where, visible))
                size = 0
            elif line and line != " ":
                gather(line)
        self.flush()


def cut(stream: str, regions: Sequence[Region], *, first: int = 0) -> tuple[list[Block], list[int]]:
    """Blocks of a marked text, and for each link in order the index of its block (-1: none).

    ``first`` is the index that the first block will have in the document.
    """
    cutter = _Cutter(regions, first)
    cutter.run(stream)
    return cutter.blocks, cutter.holders


def tidy(raw: str) -> str:
    """White space runs become one space, line breaks one newline; everything else stays as it stands."""
    if BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(line for part in raw.split(BREAK) if (line := " ".join(part.split())))
