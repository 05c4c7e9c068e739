"""Training the head of the onnx tier, on a tiny embedding model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nlp.deep.embed import Embedder
from nlp.deep.onnx import load_head, save_head
from nlp.errors import DeepError
from nlp.training.deep import embed_all, logit, read_folds, train_deep
from nlp.training.deep_table import as_section, compare
from nlp.training.texts import Labelled
from nlp.training.write import write_folds
from tests.nlp.tiny_onnx import write_model

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.analyse import Engine


def labelled(number: int) -> Labelled:
    """A text that its first character tells apart: every other one is a lead."""
    lead = bool(number % 2)
    return Labelled(
        id=str(number),
        text=f"{'收' if lead else '今'}天{number}",
        kind="post",
        lead=lead,
        stance="promo" if lead else "unrelated",
        categories=(),
        diversion=False,
        handles=(),
        group=str(number),
        origin="real" if number % 4 < 2 else "made",
    )


TEXTS = [labelled(number) for number in range(80)]


@pytest.fixture
def embedder(tmp_path: Path) -> Embedder:
    """A tiny embedding model."""
    return Embedder(write_model(tmp_path / "tiny", list("收今天0123456789")))


def test_a_head_that_tells_texts_apart_is_learnt_and_kept(
    embedder: Embedder, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wide = replace(engine, operating=replace(engine.operating, review=(0.0, 1.0)))
    head, rows = train_deep(TEXTS[:70], TEXTS[70:], np.zeros(70), embedder, wide)
    assert [row.texts for row in rows] == [36, 34, 10]
    save_head(head, tmp_path)
    kept = load_head(tmp_path)
    assert (kept.weights, kept.model) == (engine.versions.model, embedder.fingerprint)
    odds = [head.odds(embedder.embed(text.text)) for text in TEXTS[70:]]
    assert min(o for o, text in zip(odds, TEXTS[70:], strict=True) if text.lead) > max(
        o for o, text in zip(odds, TEXTS[70:], strict=True) if not text.lead
    )
    assert head.deep > 0


def test_vectors_are_kept_between_runs(embedder: Embedder, tmp_path: Path) -> None:
    first = embed_all(TEXTS[:3], embedder, tmp_path / "kept.npz")
    again = embed_all(TEXTS[:3][::-1], embedder, tmp_path / "kept.npz")
    assert np.array_equal(first, again[::-1])


def test_texts_without_a_base_score_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folds(TEXTS[:5], np.full(5, 0.25), tmp_path / "folds.jsonl", weights="w")
    texts, odds = read_folds(tmp_path / "folds.jsonl", TEXTS[:7], weights="w")
    assert texts == TEXTS[:5]
    assert odds == pytest.approx(logit(np.full(5, 0.25)))
    assert "2 texts" in capsys.readouterr().err


def test_scores_of_other_weights_are_refused(tmp_path: Path) -> None:
    write_folds(TEXTS[:5], np.full(5, 0.25), tmp_path / "folds.jsonl", weights="old")
    with pytest.raises(DeepError, match="make train"):
        read_folds(tmp_path / "folds.jsonl", TEXTS[:5], weights="new")


def test_the_section_counts_both_tiers_and_says_what_changes() -> None:
    leads = np.array([True, True, False, False])
    base, deep = np.array([0.9, 0.1, 0.6, 0.1]), np.array([0.9, 0.8, 0.2, 0.1])
    section = as_section([compare("made", leads, (base, 0.5), (deep, 0.5))], weights="w", corpus=4)
    assert "| made | model | 4 | 2 | 0.500" in section
    assert "|  | deep | 4 | 2 | 1.000" in section
    assert "made: precision +50, recall +50" in section
