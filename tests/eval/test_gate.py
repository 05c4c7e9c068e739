"""The shipped model passes the gate, and the gate closes when it should."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.eval.gate import find_faults, measure_held_out, next_baseline, read_baseline

if TYPE_CHECKING:
    from nlp.training.evaluation import Evaluation


@cache
def measured() -> tuple[Evaluation, str]:
    return measure_held_out()


def test_the_shipped_model_passes() -> None:
    assert find_faults(*measured(), read_baseline()) == []


@pytest.mark.parametrize("name", ["precision", "recall", "auc", "quotes_true"])
def test_a_figure_under_its_floor_fails(name: str) -> None:
    baseline = read_baseline()
    high = replace(baseline, floors={**baseline.floors, name: 1.01})
    assert any(name in fault for fault in find_faults(*measured(), high))


def test_other_texts_fail() -> None:
    assert any("changed" in fault for fault in find_faults(measured()[0], "other", read_baseline()))


def test_a_floor_sinks_only_with_a_reason() -> None:
    evaluation, digest = measured()
    high = replace(read_baseline(), digest=digest, floors={"recall": 1.0})
    assert next_baseline(evaluation, digest, high).floors["recall"] == 1.0
    lowered = next_baseline(evaluation, digest, high, reason="harder texts")
    assert lowered.floors["recall"] < 1.0
    assert lowered.lowered[-1] == "harder texts"
