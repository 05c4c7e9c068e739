"""Cuts the marked text of a page into blocks.

The text comes from one native pass over the tree, with control characters in it: ``SEPARATOR`` between
blocks, ``BREAK`` for a line break, ``OPEN``number``END`` and ``CLOSE`` around regions, ``LINK`` where a link
begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Block, BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR, BREAK, LINK = "\x1f", "\x0c", "\x0e"
OPEN, END, CLOSE = "\x02", "\x03", "\x04"

MAX_BLOCKS = 50_000
"""After that many, further text is gathered into blocks of ``_LARGE`` characters: nothing is lost."""

_LARGE = 2_000
_MARK = re.compile("\x02([0-9]+)\x03|\x04")
_RANK: dict[BlockKind, int] = {"body": 0, "heading": 1, "nav": 2, "comment": 3, "ad": 4}
_NESTING_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Region:
    """What an element says about the text in it."""

    kind: BlockKind = "body"
    visible: bool = True
    where: str = ""


class _Cutter:
    """Blocks so far, the regions that are open, and for each link the block that holds it."""

    def __init__(self, regions: Sequence[Region], first: int) -> None:
        self.regions = regions
        self.first = first
        self.blocks: list[Block] = []
        self.holders: list[int] = []
        self.open: list[tuple[Region, list[str]]] = []
        self.current = Region(where="body")
        self.gathered: list[str] = []
        self.size = 0

    def enter(self, number: int) -> None:
        """A region begins; what is already known of its surroundings is kept."""
        self.flush()
        region, outer = self.regions[number], self.current
        path = [*(self.open[-1][1] if self.open else []), region.where][-_NESTING_SHOWN:]
        kind = max(outer.kind, region.kind, key=_RANK.__getitem__)
        self.current = Region(kind, outer.visible and region.visible, " ".join(path))
        self.open.append((outer, path))

    def leave(self) -> None:
        """The innermost region ends."""
        self.flush()
        if self.open:
            self.current, _ = self.open.pop()

    def text(self, raw: str) -> None:
        """One run of text: a block, or a further line of the menu being gathered."""
        links = raw.count(LINK)
        if links:
            raw = raw.replace(LINK, "")
        text = tidy(raw)
        if not text:
            self.holders += [-1] * links
            return
        self.holders += [self.first + len(self.blocks)] * links
        if self.current.kind == "nav" or len(self.blocks) >= MAX_BLOCKS:
            self.gathered.append(text)
            self.size += len(text)
            if self.size > _LARGE:
                self.flush()
            return
        region = self.current
        self.blocks.append(Block(region.kind, text, region.where, region.visible))

    def flush(self) -> None:
        """Turn what was gathered into one block."""
        if self.gathered:
            region = self.current
            self.blocks.append(Block(region.kind, "\n".join(self.gathered), region.where, region.visible))
            self.gathered, self.size = [], 0


def cut(stream: str, regions: Sequence[Region], *, first: int = 0) -> tuple[list[Block], list[int]]:
    """Blocks of a marked text, and for each link in order the index of its block (-1: none).

    ``first`` is the index that the first block will have in the document.
    """
    cutter = _Cutter(regions, first)
    for raw in stream.split(SEPARATOR):
        if OPEN not in raw and CLOSE not in raw:
            cutter.text(raw)
            continue
        start = 0
        for mark in _MARK.finditer(raw):
            cutter.text(raw[start : mark.start()])
            start = mark.end()
            if mark[1]:
                cutter.enter(int(mark[1]))
            else:
                cutter.leave()
        cutter.text(raw[start:])
    cutter.flush()
    return cutter.blocks, cutter.holders


def tidy(raw: str) -> str:
    """White space runs become one space, line breaks one newline; everything else stays as it stands."""
    if BREAK not in raw:
        return " ".join(raw.split())
    return "\n".join(line for part in raw.split(BREAK) if (line := " ".join(part.split())))
