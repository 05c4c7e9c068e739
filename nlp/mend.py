"""Mend disguised spelling: characters that do not fit their neighbours, by such as sound or look like them.

A noisy channel: a chain of pairs of characters says what is likely Chinese, a table says what each character
may stand for and what that costs, and of all readings of a run the cheapest is taken (Viterbi). Only lines in
which many pairs are unlikely are looked at, so plain text costs one look-up a character and is left as it is.
A mended text is as long as its source, so offsets and quotes stay true.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.kinds import CODES, codes_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlp.normalise import Normalised

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

UNIT = 12
"""Costs are nats in twelfths."""
UNLIKELY = round(8.5 * UNIT)
"""A pair of characters that costs more is unlikely."""
ODD = 0.25
"""Share of unlikely pairs from which a line is mended; of ordinary lines one in sixteen has as many."""
VERY_ODD = 0.34
"""Share from which a short text stirs whatever it says, and from which a line of a longer document is mended:
headings, names and cells of pages are often odd by themselves."""
FEWEST = 4
"""Unlikely pairs that a line needs."""
LONGEST = 2_400
"""Characters of a text that are mended, from its start: a bound for what is odd from end to end."""
NEVER = 255
_PLACES = np.arange(NEVER)


@dataclass(frozen=True, slots=True)
class Mender:
    """``known`` are characters, the likeliest first; the first ``len(alone) - 1`` make pairs, all others
    count as the last row and column, and so does the border of a run.

    ``met`` is the cost of each pair that was met and 0 for others, which cost ``first`` of the one plus
    ``alone`` of the other. ``others`` and ``swaps`` are what a known character may stand for, and the cost.
    """

    known: str
    met: Bytes
    first: Bytes
    alone: Bytes
    others: NDArray[np.uint16]
    swaps: Bytes
    costs: Bytes = field(init=False, repr=False, compare=False)
    """Of every pair, row by row."""
    index: NDArray[np.int16] = field(init=False, repr=False, compare=False)
    codes: NDArray[np.uint32] = field(init=False, repr=False, compare=False)
    counts: list[int] = field(init=False, repr=False, compare=False)
    """How many readings each known character has."""
    paired: Ints = field(init=False, repr=False, compare=False)
    """``others`` as rows and columns of ``costs``."""

    def __post_init__(self) -> None:
        index = np.full(CODES, -1, np.int16)
        codes = codes_of(self.known)
        index[codes] = np.arange(len(codes))
        both = self.met.copy()
        for row, first in zip(both, self.first.astype(np.uint16), strict=True):
            np.copyto(row, np.minimum(first + self.alone, NEVER).astype(np.uint8), where=row == 0)
        object.__setattr__(self, "costs", both.ravel())
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "codes", codes)
        object.__setattr__(self, "counts", (self.swaps < NEVER).sum(axis=1).tolist())
        object.__setattr__(self, "paired", np.minimum(self.others, self.border).astype(np.int64))

    @property
    def border(self) -> int:
        """The row and column of what makes no pairs."""
        return len(self.alone) - 1

    def mend(self, text: Normalised, *, limit: float = ODD) -> Normalised:
        """The text with its odd lines mended; the same object where there is none.

        ``limit`` is the share of unlikely pairs that makes a line odd. A character that fits both its
        neighbours is what it seems; stretches of others are read between such.
        """
        plain = text.text
        codes = codes_of(plain)
        numbers = self.index.take(codes, mode="clip")
        paired, unlikely = self._unlikely(numbers)
        lines = _odd_lines(plain, paired, unlikely, limit)
        if not lines:
            return text
        read = np.zeros(len(numbers) + 1, np.bool_)
        for start, end in lines:
            read[start + 1 : min(end, LONGEST)] = True
        read[1:-1] &= unlikely
        mended = codes.copy()
        for start, end in _stretches(read[1:] | read[:-1]):
            before, after = self._beside(numbers, start - 1), self._beside(numbers, end)
            mended[start:end] = self.codes[self._cheapest(numbers[start:end].tolist(), before, after)]
        if np.array_equal(mended, codes):
            return text
        return replace(text, channel=replace(text.channel, text=text_of(mended)))

    def is_odd(self, text: str) -> bool:
        """Whether a line of a text is spelt as nobody would spell it by chance."""
        numbers = self.index.take(codes_of(text), mode="clip")
        return bool(_odd_lines(text, *self._unlikely(numbers), VERY_ODD))

    def _beside(self, numbers: NDArray[np.int16], place: int) -> int:
        """Row of the character that bounds a stretch; the border's where none does."""
        if not 0 <= place < min(len(numbers), LONGEST) or numbers[place] < 0:
            return self.border
        return min(int(numbers[place]), self.border)

    def _unlikely(self, numbers: NDArray[np.int16]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """For each pair of neighbours: whether both are known, and whether such a pair is unlikely."""
        size = self.border
        one, two = numbers[:-1].astype(np.int32), numbers[1:].astype(np.int32)
        paired = (one >= 0) & (two >= 0)
        rare = (one >= size) | (two >= size)
        places = np.minimum(one, size) * (size + 1) + np.minimum(two, size)
        return paired, paired & (rare | (self.costs.take(places, mode="clip") > UNLIKELY))

    def _cheapest(self, numbers: list[int], before: int, after: int) -> list[int]:
        """The cheapest reading of a stretch between two characters that stand."""
        row = self.border + 1
        totals, rows = np.zeros(1, np.float32), np.array([[before * row]])
        back = []
        for number in numbers:
            count = self.counts[number]
            here = self.paired[number, :count]
            paths = self.costs.take(rows + here) + totals[:, None]
            best = paths.argmin(axis=0)
            totals = paths[best, _PLACES[:count]] + self.swaps[number, :count]
            back.append(best)
            rows = here[:, None] * row
        chosen = int((totals + self.costs.take(rows[:, 0] + after)).argmin())
        out = []
        for number, best in zip(reversed(numbers), reversed(back), strict=True):
            out.append(int(self.others[number, chosen]))
            chosen = int(best[chosen])
        return out[::-1]


def _odd_lines(
    text: str, paired: NDArray[np.bool_], unlikely: NDArray[np.bool_], limit: float
) -> list[tuple[int, int]]:
    """Ranges of the lines in which more than ``limit`` of the pairs are unlikely."""
    if not len(paired):
        return []
    pairs = np.concatenate([[0], np.cumsum(paired)])
    strange = np.concatenate([[0], np.cumsum(unlikely)])
    found, start = [], 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        last = min(max(end - 1, start), len(pairs) - 1)
        count, odd = pairs[last] - pairs[start], strange[last] - strange[start]
        if odd >= FEWEST and odd >= limit * count:
            found.append((start, end))
        start = end + 1
    return found


def _stretches(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Ranges in which all flags are set."""
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def share_changed(before: str, after: str) -> float:
    """Share of the characters of a text that its mended spelling changed."""
    if before == after:
        return 0.0
    return float((codes_of(before) != codes_of(after)).mean())


def nothing_to_mend() -> Mender:
    """A mender that knows no character."""
    empty = np.zeros((1, 1), np.uint8)
    return Mender("", empty, empty[0], empty[0], np.zeros((0, 1), np.uint16), np.zeros((0, 1), np.uint8))


def mender_of(arrays: Mapping[str, Any]) -> Mender:
    """The mender stored in the weights of a model."""
    return Mender(
        text_of(arrays["mend.known"]),
        arrays["mend.met"],
        arrays["mend.first"],
        arrays["mend.alone"],
        arrays["mend.others"],
        arrays["mend.swaps"],
    )
