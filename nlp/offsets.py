"""Text with a way back: each code point of a rewritten text knows the range of the source it came from."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nlp.kinds import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Edit = tuple[int, int, str]
"""Replace ``text[start:end]`` by the string; edits are sorted and do not overlap."""


@dataclass(frozen=True)
class Channel:
    """One spelling of a source text and the offsets back into it.

    ``starts`` and ``ends`` hold one source offset a code point of ``text``; None: offsets are equal.
    """

    text: str
    length: int
    starts: array[int] | None = None
    ends: array[int] | None = None

    @cached_property
    def kinds(self) -> bytes:
        """The kind of each code point of the text (``nlp.kinds``), which several detectors search."""
        return kinds_of(self.text)

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Map ``text[start:end]`` to the half-open range of the source it came from.

        Offsets outside the text are clipped. A non-empty range never maps to an empty one.
        """
        size = len(self.text)
        if not 0 <= start <= end <= size:
            start = min(max(start, 0), size)
            end = min(max(end, start), size)
        if self.starts is None or self.ends is None:
            return start, end
        if start < end:
            return self.starts[start], self.ends[end - 1]
        point = self.starts[start] if start < size else self.length
        return point, point

    def position(self, offset: int) -> int:
        """The first code point of ``text`` that comes from source offset ``offset`` or later."""
        return min(offset, len(self.text)) if self.starts is None else bisect_left(self.starts, offset)

    def sources(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of many positions begins in the source; the text's end is the source's."""
        if self.starts is None:
            return positions
        starts = np.frombuffer(self.starts, np.uint32).astype(np.int64)
        return np.append(starts, self.length)[np.minimum(positions, len(starts))]

    def positions(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """:meth:`position` of many source offsets."""
        if self.starts is None:
            return np.minimum(offsets, len(self.text))
        return np.searchsorted(np.frombuffer(self.starts, np.uint32), offsets)


def identity(text: str) -> Channel:
    """A channel that equals its source."""
    return Channel(text, len(text))


def rewrite(channel: Channel, edits: Iterable[Edit]) -> Channel:
    """Apply edits to a channel and carry its offsets along.

    A replacement as long as what it replaces keeps one offset a code point; any other maps each of its code
    points to the whole replaced range.
    """
    old, old_starts, old_ends = channel.text, channel.starts, channel.ends
    if old_starts is None or old_ends is None:
        # counted by numpy: over a range, an array is filled number by number
        offsets = np.arange(len(old) + 1, dtype=np.uint32)
        old_starts, old_ends = array("I", offsets[:-1].tobytes()), array("I", offsets[1:].tobytes())
    pieces: list[str] = []
    starts, ends = array("I"), array("I")
    done = 0
    for start, end, new in edits:
        if new and end - start != len(new):
            starts += old_starts[done:start]
            ends += old_ends[done:start]
            starts.extend([old_starts[start]] * len(new))
            ends.extend([old_ends[end - 1]] * len(new))
        else:
            kept = end if new else start
            starts += old_starts[done:kept]
            ends += old_ends[done:kept]
        pieces.append(old[done:start])
        pieces.append(new)
        done = end
    if not pieces:
        return channel
    pieces.append(old[done:])
    starts += old_starts[done:]
    ends += old_ends[done:]
    return Channel("".join(pieces), channel.length, starts, ends)
