"""Segmentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.segment import cut


def test_cuts_by_the_dictionary_of_jieba() -> None:
    assert cut("小明硕士毕业于中国科学院") == ["小明", "硕士", "毕业", "于", "中国科学院"]


@pytest.mark.parametrize(
    "text", ["", "\ud800\ud801币", "\x00", "🐧" * 3], ids=["empty", "surrogates", "nul", "emoji"]
)
def test_odd_text(text: str) -> None:
    assert "".join(cut(text)) == text


@given(st.text(alphabet=st.characters(), max_size=80))
def test_words_join_to_the_text(text: str) -> None:
    assert "".join(cut(text)) == text
