"""Numbers in disguise: what is read as digits, what is left alone, and the laws of the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.detectors.digits import letters_read, numeric_view, written_mobiles


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("138 o5i7 0623", "138 0517 0623", id="letters-in-groups"),
        pytest.param("7 7 o 5 1 8 2", "7 7 0 5 1 8 2", id="spelled"),
        pytest.param("1з8-o5i7-2233", "138-0517-2233", id="cyrillic"),
        pytest.param("tel 138o5170623 li", "tel 13805170623 li", id="words-beside-stay"),
        pytest.param("138|o5170623|5", "138|05170623|5", id="bar-between-numbers"),
        pytest.param("138o5|70623", "13805170623", id="bar-in-a-mobile"),
        pytest.param("lol 12345", "lol 12345", id="word"),
        pytest.param("10 lol 20 345", "10 lol 20 345", id="word-between"),
        pytest.param("3l 5l 8l", "3l 5l 8l", id="too-few-digits"),
        pytest.param("id=12345o678", "id=12345o678", id="parameter"),
        pytest.param("a12345o", "a12345o", id="account"),
    ],
)
def test_letters_read(text: str, read: str) -> None:
    assert letters_read(text) == read


def test_chinese_digits_and_letters_read_together() -> None:
    assert numeric_view("一三八o5170623") == "138o5170623".replace("o", "0")


def test_written_mobiles_need_a_chinese_digit() -> None:
    assert [number for *_, number in written_mobiles("电 幺三八 零五一七 零六二三")] == ["13805170623"]
    assert not list(written_mobiles("13805170623"))
    assert not list(written_mobiles("一二三四五六七八九一二"))


@given(st.text(alphabet="0158oil|丨з .-☆★a=一幺零", max_size=60))
def test_reading_keeps_length_and_whatever_is_no_look_alike(text: str) -> None:
    read = numeric_view(text)
    assert len(read) == len(text)
    for old, new in zip(text, read, strict=True):
        assert old == new or new.isdecimal()
