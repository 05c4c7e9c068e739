"""From the classifier's parts to one calibrated score: which unit decided, and what each part added."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, log
from typing import TYPE_CHECKING

from nlp.analysis import CATEGORIES, STANCES, Category, Contribution, Score, Stance
from nlp.detectors.classifier import CHANNELS
from nlp.heads import CATEGORY_HEADS, DIGITS, DIVERSION, LEAD, STANCE_HEADS, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOREIGN = -1.5
"""Median log-odds above which surroundings are of one kind with the promotion, and clear it no further."""
PARTS = (*CHANNELS, "together", "base rate")


@dataclass(frozen=True, slots=True)
class Operating:
    """How units become a verdict; chosen on folds, stored with the model.

    Where there is more than one unit, two readings compete and the higher one counts. The text is promotion:
    ``whole`` and ``top`` weigh the whole text and its strongest unit, plus ``shift``. Or a promotional part
    stands in another text: ``inside`` weighs the strongest unit, ``rest`` the median unit and ``many`` the
    logarithm of how many there are, plus ``inside_shift``. ``slope`` and ``intercept`` calibrate.
    A probability from ``threshold`` is a lead; inside ``review`` (low, high) it is uncertain.
    """

    whole: float
    top: float
    shift: float
    inside: float
    rest: float
    many: float
    inside_shift: float
    slope: float
    intercept: float
    threshold: float
    review: tuple[float, float]
    categories: tuple[float, ...]
    diversion: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Score, the unit that decided, and the labels."""

    score: Score
    unit: int
    lead: bool
    review: bool
    stance: Stance
    categories: tuple[Category, ...]
    diversion: bool


def surroundings(parts: Floats) -> tuple[float, float]:
    """Of all units but the whole: median log-odds of a lead, at most ``FOREIGN``, and log of their number."""
    odds = sorted(parts[1:, :, LEAD].sum(axis=1).round(DIGITS).tolist())
    return min(float(odds[len(odds) // 2]), FOREIGN), log(len(odds))


def make_score(parts: Floats, operating: Operating) -> Score:
    """Calibrated score of a document; its contributions add up to its log-odds."""
    if len(parts) == 1:
        values, extra = parts[0, :, LEAD], 0.0
    else:
        values, extra = _combine(
            parts[0, :, LEAD], parts[strongest(parts), :, LEAD], surroundings(parts), operating
        )
    summands = [(name, operating.slope * value) for name, value in zip(PARTS, values.tolist(), strict=True)]
    summands.append(("surroundings", operating.slope * extra))
    summands.append(("calibration", operating.intercept))
    contributions = tuple(Contribution(name, round(value, DIGITS)) for name, value in summands if value)
    log_odds = round(fsum(item.value for item in contributions), DIGITS)
    return Score(round(sigmoid(log_odds), DIGITS), log_odds, contributions)


def _combine(
    whole: Floats, top: Floats, around: tuple[float, float], operating: Operating
) -> tuple[Floats, float]:
    """Parts of the reading that counts, and what its constants add."""
    as_whole = operating.whole * whole + operating.top * top
    inside = operating.inside * top
    median, count = around
    inside_shift = operating.inside_shift + operating.rest * median + operating.many * count
    if float(inside.sum()) + inside_shift > float(as_whole.sum()) + operating.shift:
        return inside, inside_shift
    return as_whole, operating.shift


def label_odds(parts: Floats) -> Floats:
    """Log-odds of every head for a document: stances of the whole, others halfway to the unit that decided.

    Diversion goes halfway to the unit that diverts most. ``parts`` is units × parts × heads.
    """
    odds = parts.sum(axis=1)
    if len(odds) == 1:
        alone: Floats = odds[0]
        return alone
    out: Floats = (odds[0] + odds[strongest(parts)]) / 2
    out[STANCE_HEADS] = odds[0, STANCE_HEADS]
    out[DIVERSION] = (odds[0, DIVERSION] + odds[:, DIVERSION].max()) / 2
    return out


def judge(parts: Floats, operating: Operating, *, threshold: float | None = None) -> Judged:
    """The verdict on a document from the parts of its units (units × parts × heads)."""
    score = make_score(parts, operating)
    limit = operating.threshold if threshold is None else threshold
    lead = score.probability >= limit
    low, high = operating.review
    review = low <= score.probability < high
    unit = strongest(parts)
    labels = label_odds(parts)
    return Judged(
        score=score,
        unit=unit,
        lead=lead,
        review=review,
        stance=_choose_stance(labels, lead=lead),
        categories=_choose_categories(labels, operating.categories) if lead or review else (),
        diversion=sigmoid(float(labels[DIVERSION])) >= operating.diversion,
    )


def _choose_stance(odds: Floats, *, lead: bool) -> Stance:
    if lead:
        return "promo"
    # The first stance is promo, which no non-lead has.
    return STANCES[1 + int(odds[STANCE_HEADS][1:].argmax())]


def _choose_categories(odds: Floats, limits: Sequence[float]) -> tuple[Category, ...]:
    """Categories above their limits, strongest first; at least the likeliest one."""
    margins = sorted(
        (-round(sigmoid(value) - limit, DIGITS), category)
        for value, limit, category in zip(odds[CATEGORY_HEADS].tolist(), limits, CATEGORIES, strict=True)
    )
    return tuple(category for margin, category in margins if margin <= 0) or (margins[0][1],)


def sigmoid(value: float) -> float:
    """Probability of log-odds, without overflow."""
    if value >= 0:
        return 1 / (1 + exp(-value))
    return exp(value) / (1 + exp(value))
