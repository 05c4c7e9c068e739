"""The quick model: a small linear model over short n-grams, cheap enough to be asked of every piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.ngrams import grams_of

if TYPE_CHECKING:
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

BITS = 18
ORDERS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Quick:
    """Weights (buckets, integers of unit ``scale``), bias, and the log-odds from which a piece is read."""

    weights: NDArray[np.int8]
    scale: float
    bias: float
    limit: float

    def odds(self, symbols: NDArray[np.uint32], starts: Ints, ends: Ints) -> Floats:
        """Log-odds of stretches of one normalised text, given as its symbols."""
        grams = grams_of(symbols, orders=ORDERS, bits=BITS)
        (sums,) = grams.sums((self.weights,), starts, ends)
        odds: Floats = sums * self.scale / np.sqrt(np.maximum(grams.counts(starts, ends), 1)) + self.bias
        return odds
