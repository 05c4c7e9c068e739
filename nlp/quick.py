"""The fast path: is there anything in a text that the full analysis should look at?

A small linear model over single characters and pairs, tuned so that it lets practically every lead through,
and a pattern for anything that may be a contact. Texts in which neither stirs are decided at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.ngrams import Keys, hash_ngrams, row_sums, spread_texts
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


@dataclass(frozen=True, slots=True)
class Quick:
    """Weights (buckets, integers of unit ``scale``), bias, and the log-odds from which it is looked at."""

    weights: NDArray[np.int8]
    scale: float
    bias: float
    limit: float

    def odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds of normalised texts; of a long one the highest of its windows."""
        units = [text[start:end] for text in texts for start, end in cut_windows(text)]
        owners = np.repeat(np.arange(len(texts)), [len(cut_windows(text)) for text in texts])
        keys = quick_keys(units)
        sums = row_sums(self.weights[keys.columns].astype(np.int64), keys.bounds)
        values = sums * self.scale / np.sqrt(np.maximum(keys.counts, 1)) + self.bias
        out = np.full(len(texts), -np.inf)
        np.maximum.at(out, owners, values)
        return out

    def stirred(self, texts: Sequence[str]) -> list[bool]:
        """Which of the normalised texts need the full analysis."""
        odds = self.odds(texts)
        return [
            bool(value >= self.limit) or SHAPE.search(text) is not None
            for text, value in zip(texts, odds, strict=True)
        ]
