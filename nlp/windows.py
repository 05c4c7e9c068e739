"""Cut a document into the units that are scored: the whole, windows of it, and blocks that stand apart.

A law quotation beside a banner must not clear the banner, and a long harmless article must not dilute one
promotional paragraph; so every part is scored by itself and the verdict names the part that decided.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW = 240
STRIDE = 160
WHOLE = 360
"""Texts up to this many characters are one unit."""
HEAD = 2400
"""The whole-document unit reads this many characters from the start."""
MOST_WINDOWS = 4000
"""Windows of one document; beyond (about half a million characters) the stride grows."""
BREAKS = "\n。！？!?；;"
SHORTEST_PARAGRAPH = 16
LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Joined:
    """Normalised texts of blocks, joined by line ends; ``starts[i]`` is where block ``numbers[i]`` begins."""

    text: str
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    def block_at(self, position: int) -> tuple[int, int]:
        """Block number and offset inside that block's normalised text."""
        index = max(bisect_right(self.starts, position) - 1, 0)
        return self.numbers[index], position - self.starts[index]


def join_blocks(texts: Sequence[str]) -> Joined:
    """Join the texts of blocks; empty ones are left out."""
    parts, starts, numbers, position = [], [], [], 0
    for number, text in enumerate(texts):
        if not text.strip():
            continue
        parts.append(text)
        starts.append(position)
        numbers.append(number)
        position += len(text) + 1
    return Joined("\n".join(parts), tuple(starts) or (0,), tuple(numbers) or (0,))


def cut_windows(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of the units of ``text``: the whole first, then overlapping windows, then paragraphs.

    Windows end at a sentence break where one lies in their last quarter. Linear in the length of the text.
    """
    length = len(text)
    if length <= WHOLE:
        return [(0, length)]
    units = [(0, min(length, HEAD))]
    stride = max(STRIDE, -(-length // MOST_WINDOWS))
    start = 0
    while start < length:
        end = min(start + WINDOW, length)
        if end < length:
            end = next((at + 1 for at in range(end - 1, end - WINDOW // 4, -1) if text[at] in BREAKS), end)
        units.append((start, end))
        if end >= length:
            break
        start += stride
    return units + _paragraphs(text)


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Lines long enough to say something and short enough to drown in a window."""
    found: list[tuple[int, int]] = []
    for line in LINE.finditer(text):
        if SHORTEST_PARAGRAPH <= line.end() - line.start() <= WINDOW:
            found.append(line.span())
            if len(found) >= MOST_WINDOWS:
                break
    return found
