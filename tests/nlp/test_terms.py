"""Which words of the lexicon count, given what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.detectors.terms import MAX_REPEATS, find_terms
from nlp.lexicon import load_lexicon
from nlp.normalise import normalise
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable


LEXICON = load_lexicon()


def rules(text: str) -> set[str]:
    return {finding.rule for finding in find_terms(0, normalise(text), LEXICON)}


FOUND = {
    "plain": ("支付宝直接买币", "exchange/买币"),
    "full width": ("ＵＳＤＴ现结", "stablecoin/USDT"),
    "traditional": ("加密貨幣交易所註冊", "exchange/交易所注册"),
    "upper and lower case": ("bItCoIn 到手", "exchange/比特币"),
    "zero width": ("跑\u200b分\u200b车\u200b队招人", "payment/跑分平台"),
    "separators": ("这里U.S.D.T量大,微信联系", "stablecoin/USDT"),
    "spaces": ("招 跑 分 车 队", "payment/跑分平台"),
    "homophone": ("火币欧易承兑伤招募,币商入群", "exchange/承兑商"),
    "pinyin": ("招 pao fen che dui 日结 佣金", "payment/跑分平台"),
    "number before a letter": ("三点前换500U,现金当面,微信联系", "stablecoin/U"),
    "brand by alias": ("欧意的入口在这里", "brand/OKX"),
    "gap": ("本店主营高端稳定币兑换", "naming/主营…虚拟货币"),
}


@pytest.mark.parametrize(("text", "rule"), FOUND.values(), ids=FOUND.keys())
def test_found(text: str, rule: str) -> None:
    assert rule in rules(text)


SILENT = {
    "inside a longer innocent phrase": ("把人民币安全存进银行", "brand/Binance"),
    "graphics card benchmark": ("显卡跑分对比,佣金返利另算,微信联系", "payment/跑分"),
    "potato dish": ("土豆丝怎么炒,加微信群问", "cue/diversion/土豆号"),
    "latin inside a word": ("a studious student of usdtools", "stablecoin/USDT"),
    "context too far": ("U" + "。这是一段和钱毫无关系的文字" * 8 + "微信元", "stablecoin/U"),
    "silenced by code": ("git rebase 之后重新编译,代币", "defi_nft/DAO金库"),
    "across a comma": ("他跑,分数公布,佣金另算,微信联系", "payment/跑分"),
    "gap ends with the sentence": ("本店主营水果。稳定币是什么", "naming/主营…虚拟货币"),
    "food": ("山东大饼三块一张,微信付款", "exchange/大饼"),
}


@pytest.mark.parametrize(("text", "rule"), SILENT.values(), ids=SILENT.keys())
def test_silent(text: str, rule: str) -> None:
    assert rule not in rules(text)


def test_context_settles_an_ambiguous_word() -> None:
    assert "exchange/大饼" not in rules("今天大饼不错")
    assert "exchange/大饼" in rules("今天大饼不错,比特币要起飞")


def test_the_longest_of_a_category_wins() -> None:
    found = find_terms(0, normalise("高价回收USDT"), LEXICON)
    assert [finding.rule for finding in found if finding.rule.startswith("stablecoin/")] == [
        "stablecoin/收USDT"
    ]


def test_findings_are_ordered_and_quote_the_source() -> None:
    raw = "收Ｕ商！ 欧\u200b易註冊，招 跑/分/车/队"
    found = find_terms(3, normalise(raw), LEXICON)
    assert len(found) >= 3
    assert list(found) == sorted(found, key=lambda f: (f.span.start, -f.span.end))
    for finding in found:
        assert finding.span.block == 3
        assert raw[finding.span.start : finding.span.end] == finding.matched


@given(
    st.lists(
        st.sampled_from(
            ["币安", "跑.分", "U", " ", "，", "微信", "100", "買幣", "𝐔𝐒𝐃𝐓", "\ud800", "搬砖", "x"]
        )
    )
)
def test_every_quote_stands_in_the_source(parts: list[str]) -> None:
    raw = "".join(parts)
    found = find_terms(0, normalise(raw), LEXICON)
    assert all(raw[f.span.start : f.span.end] == f.matched and f.matched for f in found)
    assert len({(f.rule, f.span) for f in found}) == len(found)


def test_a_word_repeated_says_it_a_few_times() -> None:
    found = find_terms(0, normalise("USDT现结 " * 10_000), LEXICON)
    assert len(found) <= 2 * MAX_REPEATS


def test_time_grows_with_the_length() -> None:
    def work(times: int) -> Callable[[], object]:
        text = normalise("大饼和U都收,微信联系,跑 分 日结 " * times)
        text.sound  # noqa: B018 - measured elsewhere
        return lambda: find_terms(0, text, LEXICON)

    assert_linear(work, small=500)
