"""Hashed n-grams: integers in, integers out, so a sum never depends on its order.

Every occurrence of an n-gram counts, and a text's length is the sum over its occurrences as well. So what a
stretch of a text adds up to is the difference of two running sums, whatever stretches are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.kinds import CODES, codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Ints = NDArray[np.int64]

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)
_DIGITS = (48, 58)
_SPACES = (9, 10, 11, 12, 13, 32, 0x3000)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of a batch: text ``i`` owns ``columns[bounds[i]:bounds[i + 1]]``, one an occurrence."""

    columns: Ints
    bounds: Ints

    @property
    def counts(self) -> Ints:
        """How many keys each text has."""
        return np.diff(self.bounds)


def symbols_of(text: str) -> NDArray[np.uint32]:
    """Code points of a text, digits and white space folded."""
    return _folds().take(codes_of(text), mode="clip")


@cache
def _folds() -> NDArray[np.uint32]:
    table = np.arange(CODES, dtype=np.uint32)
    table[slice(*_DIGITS)] = _DIGITS[0]
    table[list(_SPACES)] = 32
    return table


@dataclass(frozen=True, slots=True)
class Grams:
    """Buckets of the n-grams of one text: those of one order after the other, each by where it begins.

    Those of ``orders[i]`` are ``columns[bounds[i]:bounds[i + 1]]``.
    """

    orders: tuple[int, ...]
    columns: NDArray[np.uint32]
    bounds: tuple[int, ...]

    def inside(self, starts: Ints, ends: Ints) -> tuple[NDArray[np.uint32], Ints]:
        """Buckets of the n-grams that lie in each stretch ``[start, end)``, one stretch after the other.

        Those of stretch ``i`` are ``columns[bounds[i]:bounds[i + 1]]``.
        """
        first, beyond = self._ranges(starts, ends)
        sizes = (beyond - first).T.ravel()
        behind = np.cumsum(sizes)
        bounds = np.concatenate([[0], behind[len(self.orders) - 1 :: len(self.orders)]])
        # from the place in the answer to the place in ``columns``
        moved = np.repeat(first.T.ravel() - behind + sizes, sizes)
        moved += np.arange(len(moved))
        return self.columns.take(moved, mode="clip"), bounds

    def counts(self, starts: Ints, ends: Ints) -> Ints:
        """How many n-grams lie in each stretch ``[start, end)``."""
        first, beyond = self._ranges(starts, ends)
        total: Ints = (beyond - first).sum(axis=0)
        return total

    def sums(self, tables: Sequence[NDArray[np.integer]], starts: Ints, ends: Ints) -> list[Ints]:
        """For each table (one entry a bucket), its sums over the n-grams that lie in each stretch."""
        first, beyond = self._ranges(starts, ends)
        running = np.zeros(len(self.columns) + 1, np.int64)
        out = []
        for table in tables:
            # buckets lie in the table: clipping changes none, and spares their check
            np.cumsum(table.take(self.columns, mode="clip"), out=running[1:])
            out.append((running[beyond] - running[first]).sum(axis=0))
        return out

    def _ranges(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """Where the n-grams of each order begin and end for each stretch: two arrays, orders × stretches."""
        low, high = np.array(self.bounds[:-1])[:, None], np.array(self.bounds[1:])[:, None]
        first = np.minimum(low + starts, high)
        beyond = low + ends - (np.array(self.orders)[:, None] - 1)
        return first, np.minimum(np.maximum(beyond, first), high)


def grams_of(symbols: NDArray[np.uint32], *, orders: tuple[int, ...], bits: int) -> Grams:
    """Hash the n-grams of one text."""
    columns = [column for _, column in each_column(symbols, orders=orders, bits=bits)]
    sizes = [len(column) for column in columns] + [0] * (len(orders) - len(columns))
    flat = np.concatenate(columns) if columns else np.zeros(0, np.uint32)
    return Grams(orders, flat, tuple(accumulate(sizes, initial=0)))


def each_column(
    symbols: NDArray[np.uint32], *, orders: Sequence[int], bits: int
) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    """Order and columns of the n-grams of a row of symbols, one entry a place where an n-gram begins."""
    wide = symbols.astype(np.uint64) + np.uint64(1)
    rolling = wide * _PRIME
    for order in range(1, max(orders) + 1):
        count = len(symbols) - order + 1
        if count <= 0:
            return
        if order > 1:
            rolling = (rolling[:count] + wide[order - 1 :]) * _PRIME
        if order in orders:
            mixed = (rolling ^ (rolling >> _SHIFT)) * _MIX
            yield order, (mixed >> np.uint64(64 - bits)).astype(np.uint32)


def keys_of(rows: Sequence[NDArray[np.uint32]], *, orders: tuple[int, ...], bits: int) -> Keys:
    """Keys of many texts, each given as its symbols."""
    columns = [grams_of(row, orders=orders, bits=bits).columns for row in rows]
    bounds = np.cumsum([0, *map(len, columns)], dtype=np.int64)
    return Keys(np.concatenate(columns).astype(np.int64) if columns else np.zeros(0, np.int64), bounds)


def row_sums(values: NDArray[np.int64], bounds: Ints) -> NDArray[np.int64]:
    """Sums of ``values`` (keys × heads) over each text's keys; zeros for a text without any."""
    out = np.zeros((len(bounds) - 1, *values.shape[1:]), np.int64)
    filled = np.flatnonzero(np.diff(bounds) > 0)
    if len(filled):
        out[filled] = np.add.reduceat(values, bounds[:-1][filled], axis=0)
    return out
