"""What ``xiansuo eval`` measures, draws and lists."""

from __future__ import annotations

import sys
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from nlp.analysis import Analysis, Finding, Score, Span, Versions
from nlp.errors import ExtraError
from nlp.explain import deciding_finding
from nlp.training.evaluate import measure
from nlp.training.evaluation import as_text
from nlp.training.faults import find_faults
from nlp.training.pictures import DRAWN, draw_pictures, need_plots
from nlp.training.report import render_report
from nlp.training.slices import script_of
from nlp.training.texts import Labelled

if TYPE_CHECKING:
    from nlp.analysis import Category, Stance


def labelled(name: str, *, stance: str = "promo", categories: tuple[str, ...] = ()) -> Labelled:
    """A text whose label follows from its stance."""
    return Labelled(
        id=name,
        text=f"收U 价格好，量大从优，随时在线 {name}",
        kind="post",
        lead=stance == "promo",
        stance=stance,
        categories=categories,
        diversion=False,
        handles=(),
        group=name,
        origin="made",
        source="made",
    )


def verdict(chance: float, *, stance: Stance = "promo", categories: tuple[Category, ...] = ()) -> Analysis:
    """A verdict that says ``收U`` decided."""
    return Analysis(
        lead=stance == "promo",
        score=Score(chance, 0.0),
        review=False,
        stance=stance,
        categories=categories,
        diversion=False,
        contacts=(),
        findings=(Finding("stablecoin/收U", Span(0, 0, 2), "收U", "收u", 1.5),),
        versions=Versions("l", "m", "c"),
        block=0,
    )


TEXTS = [
    labelled("hit", categories=("stablecoin",)),
    labelled("missed", categories=("stablecoin",)),
    labelled("alarm", stance="warning"),
    labelled("right", stance="report"),
    labelled("other category", categories=("payment",)),
]
VERDICTS = [
    verdict(0.9, categories=("stablecoin",)),
    verdict(0.25, stance="unrelated"),
    verdict(0.8, categories=("stablecoin",)),
    verdict(0.1, stance="report"),
    verdict(0.95, categories=("stablecoin",)),
]


def test_every_figure_has_an_interval_that_holds_it() -> None:
    evaluation = measure(TEXTS, VERDICTS)
    every = evaluation.figures | evaluation.stances | evaluation.categories
    assert all(figure.low <= figure.high for figure in every.values())
    # of so few texts a resample may lack a category or fill fewer bins: plain rates alone must be inside
    rates = [every[name] for name in ("precision", "recall", "false_positive_rate", "warning")]
    assert all(figure.low <= figure.value <= figure.high for figure in rates)
    assert evaluation.figures["precision"].value == pytest.approx(2 / 3, abs=1e-4)


def test_confusion_counts_every_text_once_by_label_and_verdict() -> None:
    confusion = measure(TEXTS, VERDICTS).confusion
    assert sum(map(sum, confusion.counts)) == len(TEXTS)
    at = confusion.stances.index
    assert confusion.counts[at("warning")][at("promo")] == 1
    assert confusion.counts[at("promo")][at("unrelated")] == 1


def test_wrong_verdicts_are_listed_surest_first_with_the_words_that_decided() -> None:
    faults = find_faults(TEXTS, VERDICTS)
    assert [(fault.id, fault.faults) for fault in faults] == [
        ("alarm", ("false alarm",)),
        ("missed", ("missed",)),
        ("other category", ("categories",)),
    ]
    assert {fault.quote for fault in faults} == {"收U"}
    silent = find_faults([TEXTS[1]], [replace(VERDICTS[1], findings=())])
    assert silent[0].quote == TEXTS[1].text


def test_the_deciding_block_is_quoted_before_heavier_words_elsewhere() -> None:
    heavy = Finding("payment/跑分", Span(1, 0, 2), "跑分", "跑分", 9.0)
    both = replace(VERDICTS[0], findings=(*VERDICTS[0].findings, heavy))
    assert deciding_finding(both) == VERDICTS[0].findings[0]
    assert deciding_finding(replace(both, block=1)) == heavy
    assert deciding_finding(replace(both, findings=())) is None


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("加微信领取新人福利，注册链接", "simplified"),
        ("加微信領取新人福利，註冊連結", "traditional"),
        ("Join our exchange today 币", "Latin"),
        ("🚀🚀 123", "other"),
    ],
    ids=["simplified", "traditional", "Latin", "other"],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


def test_slices_name_length_kind_source_and_script() -> None:
    names = {part.name for part in measure(TEXTS, VERDICTS).slices}
    assert names == {"length 0-40", "kind post", "script simplified", "source made"}


def test_pictures_are_the_same_bytes_for_the_same_figures_and_show_something() -> None:
    evaluation = measure(TEXTS, VERDICTS)
    pictures = draw_pictures(evaluation, form="png")
    assert list(pictures) == list(DRAWN)
    assert pictures == draw_pictures(evaluation, form="png")
    for data in pictures.values():
        picture = Image.open(BytesIO(data)).convert("L")
        assert picture.width > 300
        assert picture.getextrema()[0] < 100


def test_nothing_to_measure_is_drawn_too() -> None:
    assert all(draw_pictures(measure([], []), form="svg").values())


def test_the_report_is_one_file_that_fetches_nothing_and_escapes_what_it_quotes() -> None:
    hostile = replace(
        VERDICTS[2],
        findings=(Finding("x/y", Span(0, 0, 2), "<script>alert(1)</script>", "x", 1.0),),
    )
    verdicts = [*VERDICTS[:2], hostile, *VERDICTS[3:]]
    page = render_report(measure(TEXTS, verdicts), find_faults(TEXTS, verdicts))
    assert page.count("data:image/svg+xml;base64,") == len(DRAWN)
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "可靠性曲线" in page


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ExtraError, match=r"xiansuo\[plots\]"):
        need_plots()


def test_the_text_shows_reliability_and_confusion() -> None:
    words = as_text(measure(TEXTS, VERDICTS))
    assert "reliability" in words
    assert "label (rows)" in words
