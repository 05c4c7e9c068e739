"""Speed of the normaliser against compatibility folding alone, in one run."""

from __future__ import annotations

import time
import unicodedata
from typing import TYPE_CHECKING

import pytest

from nlp.normalise import normalise
from tests.benchmarks.conftest import Row

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (
    "今年以来，多地监管部门提示风险：以“数字藏品”“云算力”等名义开展的活动，往往承诺高额回报；"
    "投资者应当通过正规渠道了解信息（例如官方网站），不要轻信陌生人。比特币（BTC）一度突破 60,000 美元！\n"
)


def _best(action: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        action(text)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.benchmark
def test_at_least_a_third_of_the_speed_of_nfkc(record: Callable[[Row], None]) -> None:
    text = TEXT * 2000
    normalise("")
    ratio = _best(lambda t: unicodedata.normalize("NFKC", t), text) / _best(normalise, text)
    record(Row("normaliser", "NFKC alone", "≥ 0.3×", f"{ratio:.2f}×"))
    assert ratio >= 0.3
