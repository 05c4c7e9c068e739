"""Joins recognised lines into paragraphs by their boxes: what stands together is read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.extract.images import Box

_ROW_GAP = 2.5
"""Widest gap between two pieces of one row, in line heights."""

_LINE_GAP = 0.9
"""Widest gap between two lines of one paragraph, in line heights."""

_HEIGHT_RATIO = 1.6
"""Lines of one paragraph differ less than this in height."""


def paragraphs(lines: Iterable[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """Paragraphs from top to bottom: pieces of a row joined by a space, lines by a newline."""
    joined: list[tuple[str, Box]] = []
    for text, box in _rows(lines):
        for index, (before, above) in enumerate(joined):
            if _follows(box, above, before):
                joined[index] = (f"{before}\n{text}", _around(above, box))
                break
        else:
            joined.append((text, box))
    return joined


def _rows(lines: Iterable[tuple[str, Box]]) -> list[tuple[str, Box]]:
    rows: list[tuple[str, Box]] = []
    for text, box in sorted(lines, key=lambda line: (line[1][0], line[1][1])):
        for index, (before, left) in enumerate(rows):
            if _beside(box, left):
                rows[index] = (f"{before} {text}", _around(left, box))
                break
        else:
            rows.append((text, box))
    return sorted(rows, key=lambda line: (line[1][1], line[1][0]))


def _beside(box: Box, left: Box) -> bool:
    height = min(box[3], left[3])
    shared = min(box[1] + box[3], left[1] + left[3]) - max(box[1], left[1])
    return shared >= 0.6 * height and 0 <= box[0] - (left[0] + left[2]) + height <= (_ROW_GAP + 1) * height


def _follows(box: Box, above: Box, text: str) -> bool:
    line = above[3] / (text.count("\n") + 1)
    tall, small = max(line, box[3]), min(line, box[3])
    gap = box[1] - (above[1] + above[3])
    shared = min(box[0] + box[2], above[0] + above[2]) - max(box[0], above[0])
    return tall <= _HEIGHT_RATIO * small and -0.5 * small <= gap <= _LINE_GAP * small and shared > 0


def _around(one: Box, other: Box) -> Box:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
