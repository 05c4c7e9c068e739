"""Explanations of ``scan --explain``: what is shown adds up, and quotes what decided."""

from __future__ import annotations

from math import exp, fsum
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.explain import DIGITS, Explainer, open_explainer, round_summands
from console.cli.output import table
from console.i18n import speak
from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem
from nlp.settings import DetectionSettings
from workers.judge import judge
from workers.pipeline import today
from workers.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlp.analyse import Engine
    from workers.judge import Judged

TEXTS = {
    "lead": ("长期收U，价格比大所高一个点，飞机 @abc_888，懂的来",),
    "warning": ("警方提醒：切勿参与虚拟货币交易，谨防诈骗",),
    "banner": ("今天天气不错，适合出门。" * 40, "USDT 承兑，加微信 usdt8888 秒到账"),
    "nothing": ("今天天气不错",),
    "empty": ("",),
}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    speak("en")
    yield
    speak("")


def judged_of(engine: Engine, texts: tuple[str, ...]) -> Judged:
    """The verdict on a document of these blocks."""
    document = make_document(source="file", blocks=[Block("body", text) for text in texts])
    return next(judge([FeedItem(ref="x", document=document)], engine, today=today()))


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_contributions_add_up_to_the_score(texts: tuple[str, ...], engine: Engine) -> None:
    made = verdict_of(judged_of(engine, texts), explain=True)
    total = fsum(part["value"] for part in made["contributions"])
    assert total == pytest.approx(made["log_odds"], abs=1e-5)
    assert made["score"] == pytest.approx(1 / (1 + exp(-total)), abs=1e-5)


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_the_words_that_decided_stand_where_the_verdict_says(texts: tuple[str, ...], engine: Engine) -> None:
    made = verdict_of(judged_of(engine, texts), explain=True)
    if (found := made["deciding"]) is not None:
        assert texts[found["block"]][found["start"] : found["end"]] == found["matched"]
    assert found is not None or not made["lead"]


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_summands_in_the_table_add_up_as_they_are_shown(texts: tuple[str, ...], engine: Engine) -> None:
    judged = judged_of(engine, texts)
    rows = table("id", "score", "categories", "stance", "words", "contacts")
    Explainer(None).add_rows(rows, judged)
    shown = [float(cell) for cell in rows.columns[1].cells if cell]
    assert round(fsum(shown[:-1]), DIGITS) == shown[-1]
    assert judged.analysis is not None
    assert shown[-1] == round(judged.analysis.score.log_odds, DIGITS)


@given(st.lists(st.floats(-50, 50), max_size=12))
def test_rounded_summands_add_up_to_the_rounded_sum(values: list[float]) -> None:
    rounded = round_summands(values)
    assert len(rounded) == len(values)
    assert fsum(rounded) == pytest.approx(fsum(values), abs=0.5 * 10**-DIGITS + 1e-9)
    assert all(abs(new - old) <= 10**-DIGITS + 1e-9 for new, old in zip(rounded, values, strict=True))


def test_a_table_names_block_words_basis_and_similar_texts(engine: Engine) -> None:
    explainer = open_explainer(DetectionSettings())
    assert explainer.cases is not None
    judged = judged_of(engine, TEXTS["lead"])
    rows = table("id", "score", "categories", "stance", "words", "contacts")
    explainer.add_rows(rows, judged)
    words = "\n".join(str(cell) for cell in rows.columns[4].cells)
    assert "deciding block 0 (body)" in words
    assert "【" in words
    assert "legal basis: " in words
    assert "similar training text" in words
    similar = explainer.verdict(judged)["similar"]
    assert isinstance(similar, list)
    assert {"id", "similarity", "lead", "stance", "categories"} <= similar[0].keys()


def test_without_an_index_the_rest_is_explained_and_the_reason_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: Engine
) -> None:
    (tmp_path / "config.cfg").write_text("", "utf-8")
    explainer = open_explainer(DetectionSettings(model=str(tmp_path)))
    assert "python -m nlp.training.cases" in capsys.readouterr().err
    made = explainer.verdict(judged_of(engine, TEXTS["lead"]))
    assert made["contributions"]
    assert "similar" not in made
