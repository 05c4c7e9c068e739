"""Cut a document into the units that are scored: the whole, windows of it, and blocks that stand apart.

A law quotation beside a banner must not clear the banner, and a long harmless article must not dilute one
promotional paragraph; so every part is scored by itself and the verdict names the part that decided.
"""

from __future__ import annotations

import re

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


def cut_windows(text: str, *, alone: bool = True) -> list[tuple[int, int]]:
    """Half-open ranges of the units of ``text``: the whole first, then overlapping windows, then paragraphs.

    A short text that stands ``alone`` is one unit; one taken out of a longer text has a window as well.
    Windows end at a sentence break where one lies in their last quarter. Linear in the length of the text.
    """
    length = len(text)
    if alone and length <= WHOLE:
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
