"""Sums over the distinct n-grams of many stretches of one text, each n-gram hashed once.

A text's stretches overlap (windows, the whole, blocks inside it). What counts in a stretch is each distinct
n-gram once; so an n-gram counts in all stretches that hold it but not its predecessor in the same bucket. The
sums are those of :func:`nlp.ngrams.hash_ngrams` on each stretch by itself, and sums of integers, so they do
not depend on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.ngrams import each_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    Ints = NDArray[np.int64]

_PLACE = np.uint64(32)
_PLACES = np.uint64((1 << 32) - 1)


@dataclass(frozen=True, slots=True)
class Spread:
    """Bucket of each n-gram of one text: one array an order, indexed by where the n-gram begins."""

    length: int
    orders: tuple[int, ...]
    columns: tuple[NDArray[np.uint32], ...]

    def distinct(self, start: int, end: int) -> NDArray[np.uint32]:
        """Buckets of the distinct n-grams of ``[start, end)``, in order."""
        pieces = [
            columns[start : max(end - order + 1, start)]
            for order, columns in zip(self.orders, self.columns, strict=True)
        ]
        keys = np.concatenate(pieces)
        keys.sort()
        if len(keys) < 2:
            return keys
        keep = np.empty(len(keys), bool)
        keep[0] = True
        np.not_equal(keys[1:], keys[:-1], out=keep[1:])
        return keys[keep]


def spread(symbols: NDArray[np.uint32], *, orders: tuple[int, ...], bits: int) -> Spread:
    """Hash the n-grams of one text."""
    columns = tuple(column for _, column in each_column(symbols, orders=orders, bits=bits))
    missing = (np.zeros(0, np.uint32),) * (len(orders) - len(columns))
    return Spread(len(symbols), orders, columns + missing)


class Rolling:
    """The n-grams of a spread in order of bucket, with where each begins and ends, and its predecessor."""

    def __init__(self, grams: Spread) -> None:
        starts = np.concatenate([np.arange(len(columns), dtype=np.uint64) for columns in grams.columns])
        keys = np.concatenate(grams.columns).astype(np.uint64) << _PLACE
        sizes = np.repeat(np.array(grams.orders, np.uint64), [len(columns) for columns in grams.columns])
        keys |= (starts << np.uint64(3)) | sizes
        keys.sort()
        places = (keys & _PLACES).astype(np.int64)
        self.columns = (keys >> _PLACE).astype(np.int64)
        self.starts = places >> 3
        self.ends = self.starts + (places & 7)
        # one more than where the predecessor begins, 0 where there is none
        self.after = np.zeros(len(keys), np.int64)
        if len(keys):
            same = self.columns[1:] == self.columns[:-1]
            self.after[1:][same] = self.starts[:-1][same] + 1
        self.length = grams.length

    def sums(self, starts: Ints, ends: Ints, tables: Sequence[NDArray[np.generic]]) -> Ints:
        """Sums of each table over the distinct n-grams of each stretch: stretches × tables.

        Costs one pass for each run of stretches whose starts and ends do not go backwards.
        """
        back = np.flatnonzero((np.diff(starts) < 0) | (np.diff(ends) < 0)) + 1
        runs = zip(np.split(starts, back), np.split(ends, back), strict=True)
        return np.concatenate([self._sums_in_order(*run, tables) for run in runs])

    def _sums_in_order(self, starts: Ints, ends: Ints, tables: Sequence[NDArray[np.generic]]) -> Ints:
        begun = np.concatenate([[0], np.cumsum(np.bincount(starts, minlength=self.length + 1))])
        over = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=self.length + 1))])
        first = np.maximum(over[self.ends], begun[self.after])
        beyond = begun[self.starts + 1]
        inside = first < beyond
        first, beyond, columns = first[inside], beyond[inside], self.columns[inside]
        count = len(starts)
        out = np.empty((count, len(tables)), np.int64)
        for number, table in enumerate(tables):
            values = table.take(columns, mode="clip")
            steps = np.bincount(first, values, count + 1) - np.bincount(beyond, values, count + 1)
            out[:, number] = np.rint(np.cumsum(steps[:count]))
        return out
