"""Cuts the marked text of a page into blocks.

The text comes from one native pass over the tree, with control characters in it: ``SEPARATOR`` between
blocks, ``BREAK`` for a line break, ``LINK`` where a link begins; ``OPEN``number``END`` and ``CLOSE`` are
lines of their own around regions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from crawler.document import Block, BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

_TWO = SEPARATOR * 2
_EDGES = f"{SEPARATOR} "
_TEXT = f"[^{SEPARATOR}{OPEN}{END}{CLOSE}]"
_PIECES = re.compile(
    f"{OPEN}[0-9]+{END}|{CLOSE}"
    # a paragraph, or short lines in a row
    f"|{_TEXT}{{{SHORT + 1},}}|(?:{_TEXT}{{1,{SHORT}}}+(?:{SEPARATOR}+|(?=[{OPEN}{CLOSE}])|$))+"
)
_RANK: dict[BlockKind, int] = {"body": 0, "heading": 1, "nav": 2, "comment": 3, "ad": 4}
_NESTING_SHOWN = 3


class Region(Struct, frozen=True, gc=False):
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

    ``current`` is the kind, visibility and place of the text that comes next.
    """

    def __init__(self, regions: Sequence[Region], first: int) -> None:
        self.regions = regions
        self.first = first
        self.blocks: list[Block] = []
        self.holders: list[int] = []
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

    def leave(self) -> None:
        """The innermost region ends."""
        if self.open:
            self.current = self.open.pop()

    def run(self, text: str) -> None:
        """A paragraph, or short lines in a row: a block of the current region."""
        links = text.count(LINK) if LINK in text else 0
        if links:
            text = text.replace(LINK, "")
        if SEPARATOR not in text and text.isprintable():
            text = text.strip(" ")
        elif _TWO not in text and text.replace(SEPARATOR, "").isprintable():
            text = text.strip(_EDGES).replace(SEPARATOR, "\n")
        else:
            text = "\n".join(filter(None, map(tidy, text.split(SEPARATOR))))
        if links:
            self.holders += [self.first + len(self.blocks) if text else -1] * links
        if text:
            kind, visible, where = self.current
            self.blocks.append(Block(kind, text, where, visible))


def cut(stream: str, regions: Sequence[Region], *, first: int = 0) -> tuple[list[Block], list[int]]:
    """Blocks of a marked text, and for each link in order the index of its block (-1: none).

    ``first`` is the index that the first block will have in the document.
    """
    cutter = _Cutter(regions, first)
    for piece in _PIECES.findall(_evened(stream)):
        if piece[0] == OPEN:
            cutter.enter(int(piece[1:-1]))
        elif piece[0] == CLOSE:
            cutter.leave()
        elif len(piece) <= GATHERED or SEPARATOR not in piece:
            cutter.run(piece)
        else:
            for part in _parts(piece):
                cutter.run(part)
    return cutter.blocks, cutter.holders


def _parts(piece: str) -> Iterator[str]:
    """Short lines in a row, as many together as a gathered block may hold."""
    lines: list[str] = []
    size = 0
    for line in piece.split(SEPARATOR):
        size += len(line)
        if size > GATHERED:
            yield SEPARATOR.join(lines)
            lines, size = [], len(line)
        lines.append(line)
    yield SEPARATOR.join(lines)


def _evened(stream: str) -> str:
    """Runs of white space as one space, in passes of native code, so that lines have their true length."""
    for blank in "\n\t\r":
        stream = stream.replace(blank, " ")
    while "  " in stream:
        stream = stream.replace("  ", " ")
    return stream


def tidy(raw: str) -> str:
    """White space runs become one space, line breaks one newline; everything else stays as it stands."""
    if BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(line for part in raw.split(BREAK) if (line := " ".join(part.split())))
