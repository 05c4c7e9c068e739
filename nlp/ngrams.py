"""Hashed n-grams of many texts at once: integers in, integers out, so a sum never depends on its order.

A text becomes the set of hashed keys of its n-grams (presence, not counts). All texts of a batch are hashed
together; a text's keys are the same in any batch and any process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from nlp.kinds import CODES, codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)
_DIGITS = (48, 58)
_SPACES = (9, 10, 11, 12, 13, 32, 0x3000)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of a batch: text ``i`` owns ``columns[bounds[i]:bounds[i + 1]]``, sorted and distinct."""

    columns: Ints
    bounds: Ints

    @property
    def counts(self) -> Ints:
        """How many keys each text has."""
        return np.diff(self.bounds)


def spread_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint32], Ints]:
    """Code points of all texts in a row, digits and white space folded, and the text each belongs to."""
    codes = symbols_of("".join(texts))
    lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    return codes, np.repeat(np.arange(len(texts), dtype=np.int64), lengths)


def symbols_of(text: str) -> NDArray[np.uint32]:
    """Code points of a text, digits and white space folded."""
    return _folds().take(codes_of(text), mode="clip")


@cache
def _folds() -> NDArray[np.uint32]:
    table = np.arange(CODES, dtype=np.uint32)
    table[slice(*_DIGITS)] = _DIGITS[0]
    table[list(_SPACES)] = 32
    return table


def hash_ngrams(
    symbols: NDArray[np.uint32], rows: Ints, *, orders: Sequence[int], bits: int, texts: int
) -> Keys:
    """Distinct hashed n-grams of symbol rows.

    ``symbols`` and ``rows`` have one entry a symbol; ``texts`` is the number of rows.
    """
    parts = [
        (owners.astype(np.uint64) << np.uint64(bits)) | columns.astype(np.uint64)
        for _, owners, columns in each_order(symbols, rows, orders=orders, bits=bits)
    ]
    keys = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    keys.sort()
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    owners = (keys >> np.uint64(bits)).astype(np.int64)
    columns = (keys & np.uint64((1 << bits) - 1)).astype(np.int64)
    return Keys(columns, np.searchsorted(owners, np.arange(texts + 1)))


def each_order(
    symbols: NDArray[np.uint32], rows: Ints, *, orders: Sequence[int], bits: int
) -> Iterator[tuple[int, Ints, NDArray[np.uint32]]]:
    """Order, owners and columns of the n-grams, one order at a time; none crosses a text's end."""
    for order, columns in each_column(symbols, orders=orders, bits=bits):
        inside = rows[: len(columns)] == rows[order - 1 :]
        yield order, rows[: len(columns)][inside], columns[inside]


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


def hash_words(words: Sequence[Sequence[int]], *, bits: int) -> Keys:
    """Distinct hashed single words and pairs of neighbours; a word is its number."""
    lengths = np.fromiter((len(row) for row in words), dtype=np.int64, count=len(words))
    flat = np.fromiter(chain.from_iterable(words), dtype=np.uint32, count=int(lengths.sum()))
    rows = np.repeat(np.arange(len(words), dtype=np.int64), lengths)
    return hash_ngrams(flat, rows, orders=(1, 2), bits=bits, texts=len(words))


def row_sums(values: NDArray[np.int64], bounds: Ints) -> NDArray[np.int64]:
    """Sums of ``values`` (keys × heads) over each text's keys; zeros for a text without any."""
    out = np.zeros((len(bounds) - 1, *values.shape[1:]), np.int64)
    filled = np.flatnonzero(np.diff(bounds) > 0)
    if len(filled):
        out[filled] = np.add.reduceat(values, bounds[:-1][filled], axis=0)
    return out
