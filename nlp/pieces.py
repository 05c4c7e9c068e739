"""Documents in pieces: what is looked at cheaply one by one, and the excerpt that is read in full."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlp.analysis import Span
from nlp.windows import BREAKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crawler.document import Document

LONGEST = 240
"""Characters of a piece. A longer block is cut, behind a line or a sentence where one ends."""
LINE = 40
"""Characters from which a piece ends where its line does, so that one line of many is not drowned."""

OVERLAP = 24
"""Characters beyond a cut that are looked at where it may go through a word."""

Place = tuple[int, int]
"""Block number and offset in its source text."""


class Piece(NamedTuple):
    """``[start, end)`` of the source text of a block."""

    block: int
    start: int
    end: int


class Segment(NamedTuple):
    """Neighbouring pieces of one block, and where they begin in the excerpt."""

    at: int
    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Segments of a document in order, and their source texts joined by line ends.

    ``partial`` says that the document has more than this, ``unread`` how many of its pieces stirred and are
    not here.
    """

    text: str
    segments: tuple[Segment, ...]
    partial: bool = False
    unread: int = 0
    starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", tuple(segment.at for segment in self.segments))

    def place(self, offset: int) -> Place:
        """Where an offset of the text lies in the source; behind a segment is its end."""
        if not self.segments:
            return 0, 0
        found = self.segments[max(bisect_right(self.starts, offset) - 1, 0)]
        return found.block, min(found.start + offset - found.at, found.end)

    def offsets(self, places: Sequence[Place]) -> NDArray[np.int64]:
        """Where places of the source lie in the text; of one in no segment, the next segment's start."""
        keys = [(segment.block, segment.end) for segment in self.segments]
        out = np.empty(len(places), np.int64)
        for number, (block, offset) in enumerate(places):
            at = bisect_right(keys, (block, offset))
            segment = self.segments[min(at, len(self.segments) - 1)]
            out[number] = segment.at + max(offset - segment.start, 0)
        return out

    def holds(self, span: Span) -> bool:
        """Whether a range of the source is in here, in one segment."""
        return any(
            segment.block == span.block and segment.start <= span.start and span.end <= segment.end
            for segment in self.segments
        )

    def span(self, start: int, end: int) -> Span | None:
        """The source of ``text[start:end]``; None where that is empty or crosses a segment's end."""
        block, first = self.place(start)
        other, last = self.place(end)
        if block != other or last - first != end - start or first >= last:
            return None
        return Span(block, first, last)


def cut_pieces(document: Document) -> list[Piece]:
    """The pieces of a document, in order; blocks without a visible character have none."""
    pieces = []
    for number, block in enumerate(document.blocks):
        text = block.text
        if len(text) <= LONGEST:
            if text and not text.isspace():
                pieces.append(Piece(number, 0, len(text)))
        elif not text.isspace():
            pieces.extend(_cut(number, text))
    return pieces


def _cut(block: int, text: str) -> Iterator[Piece]:
    """Pieces of a long text, each as long as can be, behind a line or a sentence where one ends in it."""
    start = 0
    while start < len(text):
        end = min(start + LONGEST, len(text))
        if 0 < (line := text.find("\n", start + LINE, end) + 1) < len(text):
            end = line
        elif end < len(text):
            end = max(text.rfind(mark, start, end) for mark in BREAKS) + 1 or end
        yield Piece(block, start, end)
        start = end


def seen_of(text: str, piece: Piece) -> str:
    """What is looked at of a piece of ``text``: itself, and beyond cuts that may go through a word."""
    _, start, end = piece
    if start == 0 and end == len(text):
        return text
    first = max(start - OVERLAP, 0) if start and text[start - 1] not in BREAKS else start
    beyond = end + OVERLAP if end < len(text) and text[end - 1] not in BREAKS else end
    return text[first:beyond]


def whole_of(document: Document) -> Excerpt:
    """The excerpt that holds all of a document."""
    return take_excerpt(document, cut_pieces(document), partial=False)


def take_excerpt(document: Document, pieces: Iterable[Piece], *, partial: bool, unread: int = 0) -> Excerpt:
    """The excerpt of a document that holds the given pieces, which are in order."""
    texts, segments, at = [], [], 0
    for block, start, end in _joined(pieces):
        segments.append(Segment(at, block, start, end))
        texts.append(document.blocks[block].text[start:end])
        at += end - start + 1
    return Excerpt("\n".join(texts), tuple(segments), partial, unread)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces that follow each other in a block as one."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and piece.block == last.block and piece.start == last.end:
            last = Piece(last.block, last.start, piece.end)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
