"""Weights, n-grams and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analyse import MODELS
from nlp.detectors.classifier import Classifier, Stretch, char_keys, load_classifier, word_numbers
from nlp.errors import ModelError
from nlp.facts import count_facts
from nlp.pipeline import COMPONENT
from nlp.training.store import save_classifier
from nlp.windows import WINDOW, cut_windows, join_blocks

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ("收U出U，加微信", "今天吃什么", "", "a", "挖矿托管，稳定收益" * 20)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(MODELS / "xiansuo_zh" / COMPONENT)


def stretch(text: str) -> Stretch:
    return Stretch(text, list(text), {"term": 0.7, "no such fact": 1.0})


def test_a_text_scores_the_same_in_any_batch(classifier: Classifier) -> None:
    batch = [stretch(text) for text in TEXTS]
    together = classifier.parts(batch)
    for row, one in enumerate(batch):
        assert np.array_equal(classifier.parts([one])[0], together[row])


def test_saved_weights_read_back_the_same(classifier: Classifier, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path)
    batch = [stretch(text) for text in TEXTS]
    assert np.array_equal(load_classifier(tmp_path).parts(batch), classifier.parts(batch))


@pytest.mark.parametrize(
    ("names", "match"),
    [("", "cannot read"), ('{"format": 99}', "another version")],
    ids=["not JSON", "another version"],
)
def test_broken_weights_are_a_clear_error(
    classifier: Classifier, tmp_path: Path, names: str, match: str
) -> None:
    save_classifier(classifier, tmp_path)
    (tmp_path / "names.json").write_text(names)
    with pytest.raises(ModelError, match=match):
        load_classifier(tmp_path)


def test_missing_weights_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        load_classifier(tmp_path)


def test_digits_and_spaces_fold() -> None:
    one, other = char_keys(["qq 123\n456"], bits=18), char_keys(["qq 987\t000"], bits=18)
    assert np.array_equal(one.columns, other.columns)


def test_unknown_words_fall_back_to_their_characters() -> None:
    assert word_numbers(["币圈", "xyz", "加"], {"币": 1, "圈": 2, "加": 3}) == [1, 2, 3]


@given(text=st.text(alphabet="币圈。\n a", max_size=2000))
def test_windows_cover_the_text(text: str) -> None:
    units = cut_windows(text)
    assert units[0][0] == 0
    covered = set()
    for start, end in units:
        assert 0 <= start <= end <= len(text)
        covered.update(range(start, end))
    assert covered == set(range(len(text)))
    assert all(end - start <= WINDOW for start, end in units[1:])


def test_positions_of_joined_blocks_lead_back() -> None:
    joined = join_blocks(["一二", "", "三四五"])
    assert joined.text == "一二\n三四五"
    assert [joined.block_at(position) for position in (0, 1, 3, 5)] == [(0, 0), (0, 1), (2, 0), (2, 2)]


def test_facts_name_categories_cues_and_pairs() -> None:
    rules = ["payment/跑分", "cue/warnings/诈骗", "brand/x"]
    facts = count_facts(rules, ["wechat", "wallet:tron"], length=20)
    for name in ("term/payment", "cue/warnings", "brand", "messenger", "wallet", "term x messenger"):
        assert name in facts
