from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.store.embedded_text import token_text
from evidence.store.terms import fold, tokens

TEXTS = st.text() | st.text(st.sampled_from("卡承兑ab12_- ，。🚀é\u3000\n\x01\x00"), max_size=60)


@given(TEXTS)
@settings(deadline=None)
def test_arrays_and_strings_give_the_same_tokens(text: str) -> None:
    folded = fold(text)
    assert set(token_text(folded).split(" ")) - {""} == tokens(folded)


def test_every_code_point_is_cut_alike() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    text = fold("\x01".join(characters))
    assert set(token_text(text).split(" ")) - {""} == tokens(text)


@pytest.mark.parametrize("length", [63, 64, 65, 500])
def test_long_words_are_cut_alike(length: int) -> None:
    text = "承兑 " + "a" * length + " b"
    assert set(token_text(text).split()) == tokens(text)
