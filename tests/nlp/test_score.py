"""Units become one calibrated score."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from nlp.heads import HEADS, LEAD, strongest
from nlp.score import FOREIGN, PARTS, Operating, judge, make_score, sigmoid

OPERATING = Operating(
    whole=0.4,
    top=0.7,
    shift=-0.2,
    inside=0.5,
    rest=-0.1,
    many=0.05,
    inside_shift=-0.4,
    slope=1.5,
    intercept=-0.3,
    threshold=0.6,
    review=(0.3, 0.9),
    categories=(0.5,) * 11,
    diversion=0.5,
)


def parts(*leads: float) -> np.ndarray:
    """Units whose lead log-odds are given, spread evenly over the parts."""
    out = np.full((len(leads), len(PARTS), len(HEADS)), -1.0)
    out[:, :, LEAD] = np.array(leads)[:, None] / len(PARTS)
    return out


def test_one_unit_is_calibrated_alone() -> None:
    assert make_score(parts(2.0), OPERATING).log_odds == pytest.approx(1.5 * 2.0 - 0.3, abs=1e-5)


def test_many_units_weigh_the_whole_and_the_strongest() -> None:
    expected = 1.5 * (0.4 * 1 + 0.7 * 3 - 0.2) - 0.3
    assert make_score(parts(1, 0, 3, 1), OPERATING).log_odds == pytest.approx(expected, abs=1e-5)


def test_a_part_inside_another_text_counts_alone() -> None:
    # surroundings of one kind with the promotion count as FOREIGN
    expected = 1.5 * (0.5 * 3 - 0.4 - 0.1 * FOREIGN + 0.05 * log(3)) - 0.3
    assert make_score(parts(-9, 0, 3, 1), OPERATING).log_odds == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("leads", "unit"), [((1.0,), 0), ((9.0, 1.0), 1), ((0, 2, 5, 5), 2)])
def test_the_strongest_unit_is_named(leads: tuple[float, ...], unit: int) -> None:
    assert strongest(parts(*leads)) == unit


@pytest.mark.parametrize(
    ("odds", "lead", "review"),
    [(-3.0, False, False), (0.3, False, True), (1.0, True, True), (5.0, True, False)],
)
def test_threshold_and_review_band(odds: float, lead: bool, review: bool) -> None:
    verdict = judge(parts(odds), OPERATING)
    assert (verdict.lead, verdict.review) == (lead, review)
    assert (verdict.stance == "promo") == lead
    assert bool(verdict.categories) == (lead or review)


def test_a_given_threshold_replaces_the_models_own() -> None:
    assert not judge(parts(1.0), OPERATING, threshold=0.99).lead


@pytest.mark.parametrize("value", [-1e4, -1.0, 0.0, 1.0, 1e4])
def test_sigmoid_never_overflows(value: float) -> None:
    assert 0 <= sigmoid(value) <= 1
