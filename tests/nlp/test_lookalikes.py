"""Links whose host imitates a brand are findings; a brand's own hosts and other people's are none."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Block, Document, Link, make_document
from nlp.analyse import analyse, load_engine
from nlp.analysis import Finding, Span
from nlp.case import open_case
from nlp.detectors.lookalikes import MAX_HOSTS, find_lookalikes, linked_lookalikes
from nlp.detectors.terms import MAX_REPEATS
from nlp.facts import rule_names
from nlp.lexicon import load_lexicon
from nlp.normalise import normalise
from nlp.pieces import whole_of
from nlp.settings import DetectionSettings

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


LURE = "https://okx-login.com/join"


def page(*blocks: Block, links: tuple[Link, ...] = (), url: str = "https://a.example/") -> Document:
    return dataclasses.replace(make_document(source="web", blocks=blocks, url=url), links=links)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        pytest.param(Link(LURE, "点这里领取", block=1), "点这里领取", id="harmless words"),
        pytest.param(
            Link("https://USER:x@OKX-Login.com:443/", "点这里领取", block=1), "点这里领取", id="case and port"
        ),
        pytest.param(Link(LURE, "图 文", block=1), "今天天气好，点这里领取", id="words written otherwise"),
        pytest.param(Link(LURE, "", block=-1), "小区通知", id="a picture"),
    ],
)
def test_a_host_behind_words_is_found_on_them(link: Link, words: str) -> None:
    source = page(Block("title", "小区通知"), Block("body", "今天天气好，点这里领取"), links=(link,))
    (finding,) = linked_lookalikes(source, LEXICON)
    assert (finding.rule, finding.matched, finding.normal) == ("brand/lookalike:OKX", words, "okx.com")
    span = finding.span
    assert source.blocks[span.block].text[span.start : span.end] == words


def test_what_stands_in_the_text_or_is_harmless_is_left() -> None:
    shown = Block("body", "登录 okx-login.com 领取")
    links = (
        Link(LURE, "领取", block=0),
        Link("https://www.okx.com/", "官网", block=0),
        Link("mailto:x", "x"),
    )
    assert linked_lookalikes(page(shown, links=links), LEXICON) == ()
    assert linked_lookalikes(page(links=(Link(LURE, "x"),)), LEXICON) == ()  # a page without a word


def test_a_site_that_imitates_is_found_once() -> None:
    links = tuple(Link(f"{LURE}/{n}", "更多", block=0) for n in range(50))
    (finding,) = linked_lookalikes(page(Block("body", "更多"), links=links, url=LURE), LEXICON)
    assert finding.rule == "brand/lookalike:OKX"


def test_a_page_that_only_links_to_an_imitation_is_read_in_full() -> None:
    engine = load_engine(DetectionSettings())
    text = "孩子们在草地上放风筝，" * 40
    blocks = [Block("title", "公园"), *[Block("body", text)] * 9, Block("body", "更多精彩")]
    found = analyse(page(*blocks, links=(Link(LURE, "更多精彩", block=10),)), engine)
    lures = [one for one in found.findings if one.rule == "brand/lookalike:OKX"]
    assert [(one.span, one.matched) for one in lures] == [(Span(10, 0, 4), "更多精彩")]
