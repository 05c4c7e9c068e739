"""Small regression trees over what the channels say together: what one channel means, given the others.

All trees are of one depth, stored as arrays, so a batch of rows goes down all of them in ``DEPTH`` steps.
Sums are taken row by row in one order: a row gets the same in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    Floats = NDArray[np.float64]

DEPTH = 3
INNER, LEAVES = (1 << DEPTH) - 1, 1 << DEPTH


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of several heads, those of one head after the other.

    ``heads`` are numbers of heads; those of ``heads[i]`` end before tree ``ends[i]``, and ``bias[i]`` is
    added to their sum. ``columns`` and ``limits`` (trees × ``INNER``) are the questions, the root first, and
    ``values`` (trees × ``LEAVES``) the answers. What is at most the limit goes left.
    """

    heads: NDArray[np.int64]
    ends: NDArray[np.int64]
    bias: Floats
    columns: NDArray[np.int16]
    limits: Floats
    values: Floats

    def predict(self, rows: Floats) -> Floats:
        """Log-odds of rows of features, rows × ``heads``."""
        trees = np.arange(len(self.values))
        node = np.zeros((len(rows), len(trees)), np.int64)
        for _ in range(DEPTH):
            asked = np.take_along_axis(rows, self.columns[trees, node].astype(np.int64), axis=1)
            node = 2 * node + 1 + (asked > self.limits[trees, node])
        running = np.zeros((len(rows), len(trees) + 1))
        np.cumsum(self.values[trees, node - INNER], axis=1, out=running[:, 1:])
        starts = np.concatenate([[0], self.ends[:-1]]).astype(np.int64)
        out: Floats = running[:, self.ends] - running[:, starts] + self.bias
        return out


def joined(heads: Sequence[int], forests: Sequence[Forest]) -> Forest:
    """One forest of several heads from one for each."""
    sizes = [len(forest.values) for forest in forests]
    return Forest(
        np.array(heads, np.int64),
        np.cumsum(sizes, dtype=np.int64),
        np.concatenate([forest.bias for forest in forests]) if forests else np.zeros(0),
        np.concatenate([np.zeros((0, INNER), np.int16), *(forest.columns for forest in forests)]),
        np.concatenate([np.zeros((0, INNER)), *(forest.limits for forest in forests)]),
        np.concatenate([np.zeros((0, LEAVES)), *(forest.values for forest in forests)]),
    )
