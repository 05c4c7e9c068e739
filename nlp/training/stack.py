"""Stack the channels, combine units, calibrate and set limits, all on rows of unseen sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlp.analysis import CATEGORIES
from nlp.detectors.classifier import CHANNELS
from nlp.heads import CATEGORY_HEADS, DIVERSION, HEADS, LEAD, strongest
from nlp.score import surroundings
from nlp.training.fit import FEWEST, NEVER, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BETA = 0.5
"""F-measure of the operating point: precision counts more than recall."""
TRIMMED = 0.1
"""Share of the public rows, the worst misjudged, that calibration leaves out."""
REVIEWED = 0.15
"""Share of the rows, those nearest to the threshold, that want a second look."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Coefficients (channels × heads) and biases."""

    weights: Floats
    bias: Floats


def fit_stack(
    channels: Floats, labels: Floats, counted: NDArray[np.bool_], weights: Floats, *, strength: float = 0.3
) -> Stack:
    """One logistic regression a head over what the channels say of rows they were not fitted on."""
    from sklearn.linear_model import LogisticRegression

    stack, bias = np.zeros((len(CHANNELS), len(HEADS))), np.full(len(HEADS), NEVER)
    for head in range(len(HEADS)):
        rows = np.flatnonzero(counted[:, head])
        target = labels[rows, head]
        if min(target.sum(), len(target) - target.sum()) < FEWEST:
            continue
        model = LogisticRegression(C=strength, max_iter=1000, random_state=SEED)
        model.fit(channels[rows, :, head], target, sample_weight=weights[rows])
        stack[:, head], bias[head] = model.coef_[0], model.intercept_[0]
    return Stack(stack, bias)


def _unit_odds(parts: Sequence[Floats]) -> Floats:
    """Lead log-odds of the whole, of the strongest and of the median unit; logarithm of their number."""
    return np.array(
        [
            (unit[0, :, LEAD].sum(), unit[strongest(unit), :, LEAD].sum(), *surroundings(unit))
            for unit in parts
        ]
    )


def fit_whole(parts: Sequence[Floats], leads: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Weights of the whole and of the strongest unit, and the shift, on texts as they are."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=1000).fit(_unit_odds(parts)[:, :2], leads)
    return float(model.coef_[0, 0]), float(model.coef_[0, 1]), float(model.intercept_[0])


def fit_inside(
    parts: Sequence[Floats], leads: NDArray[np.bool_], trust: Floats
) -> tuple[float, float, float, float]:
    """Weights of the strongest and the median unit and of their number, and the shift."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=1000).fit(_unit_odds(parts)[:, 1:], leads, sample_weight=trust)
    weights = [float(weight) for weight in model.coef_[0]]
    return weights[0], weights[1], weights[2], float(model.intercept_[0])


def calibrate(odds: Floats, leads: NDArray[np.bool_], public: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept that turn log-odds into calibrated ones (Platt)."""
    from sklearn.linear_model import LogisticRegression

    # Some public excerpts are cut beside their counterpart: the few that contradict the rest most would
    # make every probability timid.
    misses = np.where(public, np.where(leads, -odds, odds), -np.inf)
    kept = np.argsort(-misses, kind="stable")[int(TRIMMED * public.sum()) :]
    model = LogisticRegression(C=1e4, max_iter=1000).fit(odds[kept, None], leads[kept])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def best_threshold(probabilities: Floats, truth: NDArray[np.bool_], weights: Floats, *, beta: float) -> float:
    """The probability with the best F-measure, halfway to the next lower one."""
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(weights[order] * truth[order])
    chosen = np.cumsum(weights[order])
    precision, recall = hits / chosen, hits / max(hits[-1], 1e-9)
    square = beta * beta
    measure = (1 + square) * precision * recall / np.maximum(square * precision + recall, 1e-9)
    at = int(measure.argmax())
    below = probabilities[order][min(at + 1, len(order) - 1)]
    return round(float((probabilities[order][at] + below) / 2), 4)


def review_band(probabilities: Floats, threshold: float) -> tuple[float, float]:
    """The band around the threshold that holds ``REVIEWED`` of the rows, those nearest to it in log-odds."""
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    middle = np.log(threshold / (1 - threshold))
    reach = float(np.quantile(np.abs(np.log(clipped / (1 - clipped)) - middle), REVIEWED))
    low, high = (1 / (1 + np.exp(-(middle + side * reach))) for side in (-1, 1))
    return round(float(low), 4), round(float(high), 4)


def category_limits(odds: Floats, labels: Floats, leads: NDArray[np.bool_]) -> tuple[float, ...]:
    """A limit for each category, the best F1 among leads, kept away from the extremes."""
    out = []
    for head in range(CATEGORY_HEADS.start, CATEGORY_HEADS.stop):
        chance = 1 / (1 + np.exp(-odds[leads, head]))
        truth = labels[leads, head].astype(bool)
        best = best_threshold(chance, truth, np.ones(len(truth)), beta=1.0) if truth.sum() >= FEWEST else 0.5
        out.append(float(np.clip(best, 0.15, 0.6)))
    assert len(out) == len(CATEGORIES)
    return tuple(out)


def diversion_limit(odds: Floats, labels: Floats) -> float:
    """The limit with the best F1."""
    chance = 1 / (1 + np.exp(-odds[:, DIVERSION]))
    return best_threshold(chance, labels[:, DIVERSION].astype(bool), np.ones(len(chance)), beta=1.0)
