"""The fast path: is there anything in a text that the full analysis should look at?

A small linear model over single characters and pairs, tuned so that it lets practically every lead through,
and a pattern for anything that may be a contact. Texts in which neither stirs are decided at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.ngrams import Keys, hash_ngrams, spread_texts, symbols_of
from nlp.rolling import Rolling, spread
from nlp.windows import cut_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS = 16
ORDERS = (1, 2)
SHAPE = re.compile(r"[0-9]{5}|[a-z]{5}|[a-z][-_.]?[0-9]{3}|@|://|www")
"""What may be a handle, a number, a code or a link, in a normalised text."""


def quick_keys(texts: Sequence[str]) -> Keys:
    """Single characters and pairs of normalised texts."""
    codes, rows = spread_texts(texts)
    return hash_ngrams(codes, rows, orders=ORDERS, bits=BITS, texts=len(texts))


_ONES = np.ones(1 << BITS, np.int8)


@dataclass(frozen=True, slots=True)
class Quick:
    """Weights (buckets, integers of unit ``scale``), bias, and the log-odds from which it is looked at."""

    weights: NDArray[np.int8]
    scale: float
    bias: float
    limit: float

    def odds(self, text: str) -> float:
        """Log-odds of a normalised text; of a long one the highest of its windows."""
        grams = spread(symbols_of(text), orders=ORDERS, bits=BITS)
        units = cut_windows(text)
        keys = grams.distinct(*units[0])
        total = int(self.weights.take(keys, mode="clip").sum(dtype=np.int64))
        best = total * self.scale / sqrt(max(len(keys), 1)) + self.bias
        if len(units) == 1:
            return best
        starts, ends = np.array(units[1:], np.int64).T
        sums = Rolling(grams).sums(starts, ends, (self.weights, _ONES))
        values = sums[:, 0] * self.scale / np.sqrt(np.maximum(sums[:, 1], 1)) + self.bias
        return max(best, float(values.max()))

    def stirs(self, text: str) -> bool:
        """Whether a normalised text needs the full analysis."""
        return SHAPE.search(text) is not None or self.odds(text) >= self.limit
