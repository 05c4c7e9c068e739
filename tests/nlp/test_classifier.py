"""Weights, n-grams and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analyse import MODELS
from nlp.detectors.classifier import Classifier, Passage, char_keys, word_numbers
from nlp.detectors.weights import load_classifier
from nlp.errors import ModelError
from nlp.facts import count_facts
from nlp.heads import EVERYWHERE
from nlp.ngrams import grams_of, symbols_of
from nlp.offsets import identity
from nlp.pipeline import COMPONENT
from nlp.segment import cut
from nlp.sound import sounded
from nlp.training.store import save_classifier
from nlp.windows import WINDOW, cut_windows

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ("收U出U，加微信", "今天吃什么", "", "a", "挖矿托管，稳定收益" * 20)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(MODELS / "xiansuo_zh" / COMPONENT)


def passage(text: str) -> Passage:
    units = cut_windows(text)
    facts = [{"term": 0.7, "no such fact": 1.0}] * len(units)
    return Passage(text, cut(text), sounded(identity(text)).text, units, facts)


def test_saved_weights_read_back_the_same(classifier: Classifier, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path)
    again = load_classifier(tmp_path)
    for text in TEXTS:
        assert np.array_equal(again.parts(passage(text)), classifier.parts(passage(text)))


def test_the_whole_scores_as_the_channels_were_fitted(classifier: Classifier) -> None:
    for text in TEXTS:
        one = passage(text)
        start, end = one.units[0]
        keys = char_keys([text[start:end]], bits=classifier.bits)
        fitted = classifier.characters.predict(keys)[0] * classifier.stack[0]
        assert classifier.parts(one)[0, 0] == pytest.approx(fitted, abs=1e-9)


def test_any_stretch_scores_as_the_channels_were_fitted(classifier: Classifier) -> None:
    one = passage(TEXTS[-1] * 5)
    parts = classifier.parts(one)
    for unit, (start, end) in enumerate(one.units):
        keys = char_keys([one.text[start:end]], bits=classifier.bits)
        fitted = classifier.characters.predict(keys)[0] * classifier.stack[0]
        assert parts[unit, 0, list(EVERYWHERE)] == pytest.approx(fitted[list(EVERYWHERE)], abs=1e-9)


@given(texts=st.lists(st.sampled_from(TEXTS) | st.text(alphabet="币圈。\n ab", max_size=900), max_size=6))
def test_passages_score_together_as_they_score_alone(classifier: Classifier, texts: list[str]) -> None:
    together = classifier.parts_of([passage(text) for text in texts])
    assert len(together) == len(texts)
    for text, parts in zip(texts, together, strict=True):
        assert np.array_equal(parts, classifier.parts(passage(text)))


@given(
    text=st.text(alphabet="币圈加微信。\n ab1", max_size=1500),
    orders=st.sampled_from([(1,), (2, 3), (1, 2, 3, 4)]),
)
def test_running_sums_are_those_of_each_stretch(text: str, orders: tuple[int, ...]) -> None:
    grams = grams_of(symbols_of(text), orders=orders, bits=16)
    weights = np.arange(1 << 16, dtype=np.int64) % 251 - 125
    units = cut_windows(text)
    starts, ends = np.array(units, np.int64).T
    (sums,), counts = grams.sums((weights,), starts, ends), grams.counts(starts, ends)
    columns, bounds = grams.inside(starts, ends)
    for unit, ((start, end), total, count) in enumerate(zip(units, sums, counts, strict=True)):
        alone = grams_of(symbols_of(text[start:end]), orders=orders, bits=16).columns
        assert columns[bounds[unit] : bounds[unit + 1]].tolist() == alone.tolist()
        assert (total, count) == (weights[alone].sum(), len(alone))


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


RULES = ("payment/跑分", "cue/warnings/诈骗", "payment/跑分", "brand/x", "cue/speaker/offering")


def test_facts_name_categories_cues_and_pairs() -> None:
    facts = count_facts(RULES, ["wechat", "wallet:tron"], 20)
    for name in ("term/payment", "cue/warnings", "brand", "messenger", "wallet", "term x messenger"):
        assert name in facts
    assert facts["term"] == pytest.approx(np.log1p(2))
    assert facts["distinct terms"] == pytest.approx(np.log1p(1))
    assert facts["term density"] == pytest.approx(2.0)
    assert facts["rule payment/跑分"] == 1.0
