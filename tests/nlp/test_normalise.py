"""The normaliser: what it folds, and the laws of its offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import Normalised, normalise
from nlp.sound import initials, pinyin, sound_keys, spell
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable


ODD = st.sampled_from(
    "扌斤言寸贝兼跑分微信币安u s.d-t丨·【】✈🐧1️⃣\u200b\u202e\u0336\ud800\x00é…㎡ﬁßİВТС𝐁ⓐ🅱🈶\n\t　虛擬貨幣٣"
)
TEXTS = st.text(alphabet=st.one_of(ODD, st.characters()), max_size=60)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("ＵＳＤＴ：１３８", "usdt:138", id="fullwidth"),
        pytest.param("微\u200b信\u2060号\ufeff", "微信号", id="zero-width"),
        pytest.param("\u202e微信\u202c", "微信", id="bidi-controls"),
        pytest.param("微̶信̶", "微信", id="struck-through"),
        pytest.param("虛擬貨幣錢包", "虚拟货币钱包", id="traditional"),
        pytest.param("ВТС Τelegram", "btc telegram", id="cyrillic-and-greek"),
        pytest.param("Привет", "привет", id="real-russian-stays"),
        pytest.param("𝐔𝕊𝖣𝘛 ⓤⓢⓓⓣ 🅄🅂🄳🅃 🆄🆂🅳🆃 🇺🇸🇩🇹", "usdt usdt usdt usdt usdt", id="letter-styles"),
        pytest.param("扌斤返讠寸", "折返讨", id="split-with-radicals"),
        pytest.param("✈️：1️⃣3️⃣🔟", "飞机:1310", id="emoji-stand-ins"),
        pytest.param("🈶💰🐧", "有钱qq", id="signs"),
        pytest.param("café Straße İ", "cafe strasse i", id="accents"),
        pytest.param("a\ud800b\ue000", "a\ufffdb\ufffd", id="surrogate-and-private-use"),
        pytest.param("a\x00b\x07\r\nc", "ab \nc", id="controls"),
        pytest.param("……——", "……——", id="dashes-and-dots-stay"),
        pytest.param("", "", id="empty"),
    ],
)
def test_canonical_text(raw: str, text: str) -> None:
    assert normalise(raw).text == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("跑.分", "跑分", id="dot"),
        pytest.param("跑 丨 分", "跑分", id="bar-with-spaces"),
        pytest.param("虚 拟 货 币", "虚拟货币", id="spaced-out"),
        pytest.param("虚拟*货币", "虚拟货币", id="star"),
        pytest.param("微★信", "微信", id="ornament"),
        pytest.param("【微】【信】", "【微信】", id="bracketed-characters"),
        pytest.param("币安 欧易 火币", "币安 欧易 火币", id="a-list-of-words-stays"),
        pytest.param("他跑了。分开走", "他跑了。分开走", id="sentences-stay"),
        pytest.param("跑\n分", "跑\n分", id="lines-stay"),
        pytest.param("U.S.D.T", "usdt", id="dotted-letters"),
        pytest.param("u s d t", "usdt", id="spaced-letters"),
        pytest.param("1.2.3", "1.2.3", id="a-version-stays"),
        pytest.param("加-v", "加v", id="mixed"),
        pytest.param("言寸论贝兼", "讨论赚", id="split-without-radicals"),
        pytest.param("法①币①交①易", "法币交易", id="chain-of-digits"),
        pytest.param("法🔥币🔥交🔥易", "法币交易", id="chain-of-emoji"),
        pytest.param("充。值。送", "充值送", id="chain-of-full-stops"),
        pytest.param("虚拟（货币）", "虚拟(货币)", id="brackets-around-a-word-stay"),
        pytest.param("b1nance和0KX", "binance和okx", id="leet"),
        pytest.param("2024", "2024", id="a-year-stays"),
    ],
)
def test_squeezed_text(raw: str, text: str) -> None:
    assert normalise(raw).squeezed.text == text


@pytest.mark.parametrize(
    ("raw", "sound"),
    [
        pytest.param("炮芬", "pao fen", id="homophones"),
        pytest.param("paofen", "pao fen", id="pinyin"),
        pytest.param("泡 丨 粉", "pao fen", id="homophones-with-a-bar"),
        pytest.param("xu ni huo bi", "xu ni huo bi", id="spaced-pinyin"),
        pytest.param("虚ni货bi", "xu ni huo bi", id="mixed"),
        pytest.param("usdt", "u s d t", id="latin-that-is-no-pinyin"),
    ],
)
def test_sound(raw: str, sound: str) -> None:
    assert spell(normalise(raw).sound.text) == sound


def test_a_term_meets_its_homophones_in_every_reading() -> None:
    keys = sound_keys("银行")
    assert {spell(key) for key in keys} >= {"yin xing", "yin hang"}
    assert normalise("银航").sound.text in keys
    assert normalise("银行").sound.text == keys[0]


def test_a_term_is_met_where_its_pinyin_runs_together() -> None:
    assert normalise("bianzhuce").sound.text in sound_keys("币安注册")


def test_spaced_pinyin_is_one_word_of_sound() -> None:
    assert normalise("xu ni huo bi").sound.text == sound_keys("虚拟货币")[0]


def test_pinyin_and_initials_of_a_term() -> None:
    assert pinyin("跑分") == "paofen"
    assert initials("虚拟货币") == "xnhb"


def test_quotes_come_from_the_raw_text() -> None:
    raw = "来，跑\u200b.分，加薇★信"
    found = normalise(raw)
    start = found.squeezed.text.index("跑分")
    first, last = found.squeezed.source(start, start + 2)
    assert raw[first:last] == "跑\u200b.分"
    assert found.quote(0, 1) == "来"


def _check_offsets(found: Normalised) -> None:
    size = len(found.raw)
    for channel in (found.channel, found.squeezed, found.sound):
        before = 0
        for position in range(len(channel.text)):
            first, last = channel.source(position, position + 1)
            assert 0 <= first < last <= size
            assert first >= before
            before = first
        assert channel.source(0, len(channel.text))[1] <= size
        point = channel.source(len(channel.text), len(channel.text))
        assert 0 <= point[0] == point[1] <= size
        channel.text.encode()  # no lone surrogate is left for the native matchers


@given(TEXTS)
def test_every_offset_maps_back_inside_the_source(raw: str) -> None:
    _check_offsets(normalise(raw))


@given(TEXTS, st.integers(-5, 80), st.integers(-5, 80))
def test_a_range_is_never_empty_unless_asked(raw: str, start: int, end: int) -> None:
    channel = normalise(raw).channel
    first, last = channel.source(start, end)
    assert 0 <= first <= last <= len(raw)
    if channel.text[max(start, 0) : max(end, 0)]:
        assert first < last


@given(st.characters())
def test_the_form_of_a_character_is_stable(raw: str) -> None:
    once = normalise(raw).text
    assert normalise(once).text == once


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("加微信领币 ", id="plain"),
        pytest.param("✈️🐧", id="emoji"),
        pytest.param("微\u200b\u0336", id="marks"),
        pytest.param("a.", id="spelled"),
        pytest.param("币 丨", id="gaps"),
        pytest.param("扌", id="radicals"),
        pytest.param("ВТ", id="look-alikes"),
        pytest.param("a1", id="leet"),
        pytest.param("xian", id="pinyin"),
        pytest.param("\x00", id="nothing-but-dropped"),
        pytest.param("-", id="marks-only"),
        pytest.param("\ud800", id="surrogates"),
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    def work(size: int) -> Callable[[], object]:
        raw = unit * (size // len(unit))
        return lambda: normalise(raw).sound.text

    assert_linear(work, small=60_000)
