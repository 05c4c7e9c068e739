"""The channels of the classifier: each turns a batch of stretches into log-odds for every head.

Heads, in order: lead, the eleven categories, the seven stances, diversion. Sums run over integers (quantised
weights), or over one row at a time, so a verdict is the same in any batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.analysis import CATEGORIES, STANCES
from nlp.ngrams import Keys, row_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.ngrams import Grams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

HEADS: tuple[str, ...] = ("lead", *CATEGORIES, *STANCES, "diversion")
LEAD = 0
CATEGORY_HEADS = slice(1, 1 + len(CATEGORIES))
STANCE_HEADS = slice(1 + len(CATEGORIES), 1 + len(CATEGORIES) + len(STANCES))
DIVERSION = len(HEADS) - 1
PAIR, MOST_ROWS = 2, 512
"""Shapes of products that the algebra library computes at once on one core: larger ones, and products with a
single vector, wake its threads, which costs more than it brings and starves other processes."""
FURTHEST = 8.0
"""Log-odds of one channel, at most: a word repeated ten thousand times proves no more than one said often."""
DIGITS = 6
"""Digits of log-odds that count; what lies beyond may differ between machines."""
EVERYWHERE = (LEAD, DIVERSION)
"""Heads that are asked of every stretch of a text; the others of two stretches."""
SHORTEST = 64
"""Least length, in units of ``HashedChannel.rarity``: what has no n-grams is not divided by zero."""


@dataclass(frozen=True, slots=True)
class HashedChannel:
    """A linear model over counts of hashed n-grams, each weighed by rarity, over the root of their length.

    ``weights`` (buckets × heads, integers, unit ``scale``) hold the rarity already; ``rarity`` (buckets,
    squared, in units of 1/64) summed over the n-grams is the length. A channel may serve the first heads only
    (the lead head alone): it then adds nothing to the others.
    """

    weights: NDArray[np.int8]
    rarity: NDArray[np.uint16]
    scale: Floats
    bias: Floats
    narrow: tuple[NDArray[np.int8], ...] = field(init=False, repr=False)
    """Columns of ``weights`` for the heads that every stretch of a text needs, each by itself."""

    def __post_init__(self) -> None:
        heads = [head for head in EVERYWHERE if head < self.weights.shape[1]]
        object.__setattr__(
            self, "narrow", tuple(np.ascontiguousarray(self.weights[:, head]) for head in heads)
        )

    def odds(self, grams: Grams, starts: Ints, ends: Ints, *, full: Ints) -> Floats:
        """Log-odds of stretches for the heads in ``EVERYWHERE``; of those in ``full``, for every head."""
        wide = len(self.narrow) < self.weights.shape[1]
        out = np.zeros((len(starts), len(HEADS)))
        if not wide or len(full) < len(starts):
            length, *sums = grams.sums((self.rarity, *self.narrow), starts, ends)
            norm = _norm(length)
            for head, total in zip(EVERYWHERE, sums, strict=False):
                out[:, head] = total * self.scale[head] / norm + self.bias[head]
        bounded(out)
        if wide:
            out[full] = self.every_head(grams, starts[full], ends[full])
        return out

    def every_head(self, grams: Grams, starts: Ints, ends: Ints) -> Floats:
        """Log-odds of stretches for every head."""
        columns, bounds = grams.inside(starts, ends)
        taken = self.weights.take(columns, axis=0, mode="clip")
        ones = np.ones((PAIR, int(np.diff(bounds).max(initial=0))), np.float32)
        sums = np.zeros((len(starts), self.weights.shape[1]), np.float32)
        for row, (first, beyond) in enumerate(pairwise(bounds.tolist())):
            # sums of whole numbers below 2 ** 24: exact in any order
            sums[row] = (ones[:, : beyond - first] @ taken[first:beyond].astype(np.float32))[0]
        (length,) = grams.sums((self.rarity,), starts, ends)
        out = np.zeros((len(starts), len(HEADS)))
        out[:, : sums.shape[1]] = sums * self.scale / _norm(length)[:, None] + self.bias
        return bounded(out)

    def predict(self, keys: Keys) -> Floats:
        """Log-odds, texts × heads."""
        length = row_sums(self.rarity[keys.columns].astype(np.int64)[:, None], keys.bounds)
        sums = np.zeros((len(keys.bounds) - 1, self.weights.shape[1]), np.int64)
        filled = np.flatnonzero(keys.counts > 0)
        if len(filled):
            taken = self.weights[keys.columns]
            sums[filled] = np.add.reduceat(taken, keys.bounds[:-1][filled], axis=0, dtype=np.int32)
        out = np.zeros((len(sums), len(HEADS)))
        out[:, : sums.shape[1]] = sums * self.scale / _norm(length) + self.bias
        return bounded(out)

    def lead_terms(self, columns: NDArray[np.uint32]) -> Floats:
        """What each n-gram of a single text adds to the lead head's log-odds."""
        length = int(self.rarity.take(columns, mode="clip").sum(dtype=np.int64))
        norm = sqrt(max(length, SHORTEST) / SHORTEST)
        return np.asarray(self.narrow[0].take(columns, mode="clip") * (self.scale[LEAD] / norm))


def _norm(length: Ints) -> Floats:
    """Root of the length of stretches, in units of ``HashedChannel.rarity``."""
    root: Floats = np.sqrt(np.maximum(length, SHORTEST) / SHORTEST)
    return root


def bounded(odds: Floats) -> Floats:
    """Log-odds of a channel, none beyond ``FURTHEST``."""
    return np.clip(odds, -FURTHEST, FURTHEST, out=odds)


def _weighed(weights: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of rows by their weights."""
    total = np.zeros(rows.shape[1], np.float32)
    for at in range(0, len(rows), MOST_ROWS):
        piece = np.zeros((PAIR, len(weights[at : at + MOST_ROWS])), np.float32)
        piece[0] = weights[at : at + MOST_ROWS]
        total += (piece @ rows[at : at + MOST_ROWS])[0]
    return total


@dataclass(frozen=True, slots=True)
class VectorChannel:
    """Mean of static word vectors, then small networks of one hidden layer, averaged.

    ``vectors`` (words × size, int8), ``rarity`` (words, weight of a word in the mean), ``centre`` (size),
    ``inner`` (hidden × size), ``inner_bias`` (hidden), ``outer`` (hidden × heads).
    """

    vectors: NDArray[np.int8]
    rarity: NDArray[np.uint8]
    centre: NDArray[np.float32]
    inner: NDArray[np.float32]
    inner_bias: NDArray[np.float32]
    outer: NDArray[np.float32]
    bias: Floats

    def embed(self, words: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Unit vectors of texts given as numbers of known words; zeros for a text without any."""
        out = np.zeros((len(words), self.vectors.shape[1]), np.float32)
        for row, numbers in enumerate(words):
            if not numbers:
                continue
            known = np.array(numbers, np.int64)
            weight = self.rarity[known].astype(np.int32)
            total = np.einsum("ij,i->j", self.vectors[known], weight, dtype=np.int32)
            mean = total / np.float32(int(weight.sum())) - self.centre
            out[row] = mean / max(float(np.sqrt(np.square(mean).sum())), 1e-6)
        return out

    def odds(self, numbers: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> Floats:
        """Log-odds of stretches of one text, stretches × heads; ``spans`` are ranges of its word numbers."""
        means = np.zeros((len(spans), self.vectors.shape[1]), np.float32)
        totals = np.ones((len(spans), 1), np.float32)
        rarity = self.rarity.take(numbers).astype(np.float32)
        for row, (start, end) in enumerate(spans):
            if start < end:
                rows = self.vectors.take(numbers[start:end], axis=0).astype(np.float32)
                means[row] = _weighed(rarity[start:end], rows)
                totals[row] = rarity[start:end].sum()
        filled = np.array([start < end for start, end in spans])[:, None]
        means = np.where(filled, means / totals - self.centre, np.float32(0))
        means /= np.maximum(np.sqrt(np.square(means).sum(axis=1, keepdims=True)), np.float32(1e-6))
        out = np.empty((len(spans), self.outer.shape[1]))
        for row in range(0, len(spans), PAIR):
            pair = np.zeros((PAIR, means.shape[1]), np.float32)
            pair[: len(spans) - row] = means[row : row + PAIR]
            hidden = np.maximum(pair @ self.inner.T + self.inner_bias, 0)
            out[row : row + PAIR] = (hidden @ self.outer)[: len(spans) - row]
        return bounded(out + self.bias)

    def predict(self, words: Sequence[Sequence[int]]) -> Floats:
        """Log-odds, texts × heads; one text at a time, so that no batch changes a digit."""
        out = np.empty((len(words), self.outer.shape[1]), np.float64)
        for row, vector in enumerate(self.embed(words)):
            out[row] = np.maximum(self.inner @ vector + self.inner_bias, 0) @ self.outer
        return bounded(out + self.bias)


@dataclass(frozen=True, slots=True)
class FactChannel:
    """A linear model over named facts of the detectors."""

    index: Mapping[str, int]
    weights: Floats
    bias: Floats

    def predict(self, rows: Sequence[Mapping[str, float]]) -> Floats:
        """Log-odds, stretches × heads, from the facts of each."""
        number = self.index.get
        columns: list[int] = []
        values: list[float] = []
        counts: list[int] = []
        for facts in rows:
            before = len(columns)
            for name, value in facts.items():
                if (column := number(name)) is not None:
                    columns.append(column)
                    values.append(value)
            counts.append(len(columns) - before)
        out = np.tile(self.bias, (len(rows), 1))
        if columns:
            sizes = np.array(counts, np.int64)
            filled = np.flatnonzero(sizes)
            first: Ints = (np.cumsum(sizes) - sizes)[filled]
            added = self.weights.take(columns, axis=0) * np.array(values)[:, None]
            out[filled] += np.add.reduceat(added, first, axis=0)
        return bounded(out)


def strongest(parts: Floats) -> int:
    """The unit likeliest a lead, first of equals; the whole only if alone. Takes units × parts × heads."""
    if len(parts) == 1:
        return 0
    return int(parts[1:, :, LEAD].sum(axis=1).round(DIGITS).argmax()) + 1
