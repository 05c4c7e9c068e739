"""Measures of a binary verdict, and their bootstrap intervals: plain functions of truth and scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

SEED = 20260206
RESAMPLES = 1000
BINS = 10


def precision(truth: Bools, found: Bools) -> float:
    """Share of verdicts that are right; 1 where there is none."""
    return float((truth & found).sum() / found.sum()) if found.any() else 1.0


def recall(truth: Bools, found: Bools) -> float:
    """Share of leads that are found; 1 where there is none."""
    return float((truth & found).sum() / truth.sum()) if truth.any() else 1.0


def f1(truth: Bools, found: Bools) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing found."""
    both = int(truth.sum() + found.sum())
    return float(2 * (truth & found).sum() / both) if both else 1.0


def false_positive_rate(truth: Bools, found: Bools) -> float:
    """Share of non-leads that are called leads; 0 where there is none."""
    return float((~truth & found).sum() / (~truth).sum()) if (~truth).any() else 0.0


def auc(truth: Bools, scores: Floats) -> float:
    """Chance that a lead scores higher than a non-lead, ties counting half; 0.5 where one side is missing."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return 0.5
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def recall_at_precision(truth: Bools, scores: Floats, *, least: float) -> float:
    """Highest recall of any threshold with at least that precision."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    # A threshold cannot part equal scores.
    ends = (
        np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1) if len(order) else np.zeros(0, int)
    )
    good = hits[ends] / (ends + 1) >= least
    return float(hits[ends][good].max() / max(truth.sum(), 1)) if good.any() else 0.0


def calibration_error(truth: Bools, scores: Floats) -> float:
    """Expected calibration error over ten bins of equal width."""
    if not len(scores):
        return 0.0
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == number).sum()
        * abs(float(truth[bins == number].mean()) - float(scores[bins == number].mean()))
        for number in range(BINS)
        if (bins == number).any()
    ]
    return float(sum(gaps) / len(scores))


def bootstrap(count: int, measure: Callable[[NDArray[np.int64]], float]) -> tuple[float, float]:
    """95 % interval of a measure of row numbers, resampling rows; seeded."""
    if not count:
        return 0.0, 0.0
    random = np.random.default_rng(SEED)
    values = [measure(random.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
