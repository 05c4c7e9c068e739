"""Disguised spelling mended: by sound and shape, in odd lines alone, offsets kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analyse import load_engine
from nlp.mend import LONGEST, Mender, nothing_to_mend, share_changed
from nlp.normalise import normalise
from nlp.settings import DetectionSettings

LUNCH = "今天中午食堂的红烧肉特别好吃，下午还要开会，晚上准备去公园散步，孩子们在草地上放风筝。"


@pytest.fixture(scope="module")
def mender() -> Mender:
    return load_engine(DetectionSettings()).classifier.mender


def test_most_homophones_are_mended(mender: Mender) -> None:
    written, meant = "续妮活弊教易锁注册送空头将历", "虚拟货币交易所注册送空投奖励"
    mended = mender.mend(normalise(written)).text
    assert len(mended) == len(meant)
    wrong = [sum(one != two for one, two in zip(text, meant, strict=True)) for text in (written, mended)]
    assert wrong[1] <= wrong[0] / 2


def test_plain_text_is_left_as_it_is(mender: Mender) -> None:
    plain = normalise(LUNCH)
    assert mender.mend(plain) is plain
    assert not mender.is_odd(LUNCH)


def test_quotes_of_a_mended_text_are_the_source(mender: Mender) -> None:
    source = "续妮活弊教易锁注册送空头将历"
    mended = mender.mend(normalise(source))
    assert mended.raw == source
    assert mended.quote(0, 4) == source[:4]


@given(st.text(alphabet="币圈续妮活弊教易锁，。\n aB1\ud800中国人民", max_size=200))
def test_a_mended_text_keeps_its_length_and_what_is_not_chinese(mender: Mender, text: str) -> None:
    found = mender.mend(normalise(text))
    plain = normalise(text)
    assert len(found.text) == len(plain.text)
    changed = [(a, b) for a, b in zip(plain.text, found.text, strict=True) if a != b]
    assert all("\u4e00" <= one <= "\u9fff" and "\u4e00" <= two <= "\u9fff" for one, two in changed)
    assert 0.0 <= share_changed(plain.text, found.text) <= 1.0


def test_only_the_start_of_an_endless_odd_text_is_mended(mender: Mender) -> None:
    text = normalise("续妮活弊教易锁" * LONGEST)
    mended = mender.mend(text).text
    assert mended[LONGEST:] == text.text[LONGEST:]


def test_a_mender_without_knowledge_changes_nothing() -> None:
    plain = normalise("续妮活弊教易锁注册")
    assert nothing_to_mend().mend(plain) is plain


def test_a_line_is_mended_by_itself(mender: Mender) -> None:
    odd = "续妮活弊教易锁注册送空头将历"
    alone = mender.mend(normalise(odd)).text
    beside = mender.mend(normalise(f"{LUNCH}\n{odd}\n{LUNCH}")).text
    assert beside.split("\n") == [normalise(LUNCH).text, alone, normalise(LUNCH).text]
    assert np.count_nonzero([a != b for a, b in zip(odd, alone, strict=True)]) > 0
