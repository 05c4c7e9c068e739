"""Links whose host imitates a brand are findings; a brand's own hosts and other people's are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Block, Document
from nlp.analysis import Finding, Span
from nlp.case import open_case
from nlp.detectors.lookalikes import MAX_HOSTS, find_lookalikes
from nlp.detectors.terms import MAX_REPEATS
from nlp.facts import rule_names
from nlp.lexicon import load_lexicon
from nlp.normalise import normalise
from nlp.pieces import whole_of

LEXICON = load_lexicon()


def found_in(text: str) -> tuple[Finding, ...]:
    return find_lookalikes(0, normalise(text), LEXICON)


@pytest.mark.parametrize(
    ("text", "rule", "matched"),
    [
        ("新用户走 https://okx-login.com/join?c=1 注册", "brand/lookalike:OKX", "okx-login.com"),
        ("下载地址：biannce.com", "brand/lookalike:Binance", "biannce.com"),
        ("登录 https://WWW.BiNNance.com/cn 领取", "brand/lookalike:Binance", "WWW.BiNNance.com"),
        ("钱包下载 app-imtoken.org/download", "brand/lookalike:imToken", "app-imtoken.org"),
        ("https://kraken-login.com", "brand/lookalike:Kraken", "kraken-login.com"),
        ("https://xn--bnance-pvf.com/a", "brand/lookalike:Binance", "xn--bnance-pvf.com"),
        ("官网 binnance。com 点进去", "brand/lookalike:Binance", "binnance。com"),
        ("官网 binnance点com 在此", "brand/lookalike:Binance", "binnance点com"),
    ],
    ids=[
        "lure",
        "swapped letters",
        "case",
        "bare with a path",
        "word beside a lure",
        "punycode",
        "full stop",
        "spoken dot",
    ],
)
def test_an_imitation_is_found_where_it_stands(text: str, rule: str, matched: str) -> None:
    (finding,) = found_in(text)
    assert (finding.rule, finding.matched) == (rule, matched)
    assert text[finding.span.start : finding.span.end] == matched
    assert finding.weight == LEXICON.lookalike_weight > 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://www.binance.com/zh-CN/register?ref=1",
        "https://www.binancezh.pro/",
        "见 https://finance.yahoo.com/quote 与 https://kraken.io/docs",
        "https://forum.example/t?next=okx-login.com",
        "okx-login 不是链接",
        "写信到 desk@okx-login.com",
        "https://t.me/okx_login",
    ],
    ids=["empty", "own", "mirror", "others", "in a query", "no link", "mail", "in a path"],
)
def test_no_imitation(text: str) -> None:
    assert found_in(text) == ()


def test_it_names_the_domain_that_is_imitated() -> None:
    assert found_in("https://okx-login.com") == (
        Finding("brand/lookalike:OKX", Span(0, 8, 21), "okx-login.com", "okx.com", LEXICON.lookalike_weight),
    )


def test_repeats_and_lists_of_hosts_are_limited() -> None:
    assert len(found_in(" ".join(["https://okx-login.com"] * 50))) == MAX_REPEATS
    many = " ".join(f"https://h{n}.example" for n in range(MAX_HOSTS))
    assert found_in(f"{many} https://okx-login.com") == ()
    assert len(found_in(f"https://okx-login.com {many} https://okx-login.com")) == 2


def test_a_case_holds_it_as_a_fact_of_its_own() -> None:
    text = "地址 https://okx-login.com/a"
    document = Document("a", "web", "page", "", (Block("body", text),))
    case = open_case(document, whole_of(document), LEXICON)
    assert "brand/lookalike:OKX" in {finding.rule for finding in case.findings}
    facts = case.facts()[0]
    assert "lookalike" in facts
    assert "term" not in facts


def test_facts_tell_an_imitation_from_a_mention() -> None:
    assert rule_names("brand/lookalike:OKX") == ("lookalike",)
    assert rule_names("brand/OKX") == ("brand",)


@given(st.text(st.sampled_from("okx-login.com/ bian ce:h。"), max_size=60))
def test_spans_lie_in_the_text(text: str) -> None:
    for finding in found_in(text):
        assert text[finding.span.start : finding.span.end] == finding.matched
