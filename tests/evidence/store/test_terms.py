from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence.store.terms import Spelling, fold, holds, term, tokens, units

WORDS = st.text(st.sampled_from("卡承兑商ab12_- ，🚀"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("卡承兑商", {"卡承", "承兑", "兑商", "商"}),
        ("卡 承", {"卡承", "承"}),
        ("usdt承兑", {"usdt", "承兑", "兑"}),
        ("a_b c", {"a", "b", "c"}),
        ("🚀，", {"🚀"}),
        ("", set()),
    ],
    ids=["run", "idle space", "mixed", "words", "symbol", "nothing"],
)
def test_tokens(text: str, expected: set[str]) -> None:
    assert tokens(text) == expected


def test_units_are_words_and_single_characters() -> None:
    assert units("usdt承兑, a_1") == ["usdt", "承", "兑", ",", "a", "_", "1"]


@pytest.mark.parametrize(
    ("text", "wanted", "prefix", "held"),
    [
        ("a method", "eth", False, False),
        ("eth.", "eth", False, True),
        ("ethereum", "eth", True, True),
        ("买eth吗", "eth", False, True),
        ("a.b@c.com", "b@c.com", False, True),
        ("usdt8888_vip", "usdt8888", False, True),
        ("加微信abc123", "信abc", False, True),
        ("99信", "9信", False, True),
        ("hello\n world", "hello world", False, True),
        ("helloworld", "hello world", False, False),
        ("承   兑", "承兑", False, True),
    ],
)
def test_holds(text: str, wanted: str, prefix: bool, held: bool) -> None:
    assert holds(fold(text), term(wanted, prefix=prefix)) is held


@given(before=WORDS, piece=WORDS, after=WORDS, prefix=st.booleans())
def test_a_text_that_holds_a_spelling_has_its_wanted_tokens(
    before: str, piece: str, after: str, prefix: bool
) -> None:
    assume(piece.strip())
    spelling = Spelling(piece.strip(), prefix)
    text = before + piece + after
    assume(spelling.pattern().search(text))
    held = tokens(text)
    for token, only_start in spelling.wanted():
        assert any(other.startswith(token) for other in held) if only_start else token in held


@given(text=WORDS, piece=WORDS, prefix=st.booleans())
def test_wanted_tokens_suffice_where_said_so(text: str, piece: str, prefix: bool) -> None:
    assume(piece.strip())
    spelling = Spelling(piece.strip(), prefix)
    assume(spelling.exact)
    held = tokens(text)
    has_all = all(
        any(other.startswith(token) for other in held) if only_start else token in held
        for token, only_start in spelling.wanted()
    )
    assert has_all is bool(spelling.pattern().search(text))


@given(st.text())
def test_folding_keeps_offsets(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
