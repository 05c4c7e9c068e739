"""Names of apps that imitate a brand's are findings where they stand; own names and others' are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.apps import listing_document
from crawler.document import Block, Document, Listing, make_document
from nlp.analyse import Engine, analyse
from nlp.detectors.app_names import app_name_lookalikes, lures_of
from nlp.facts import rule_names
from nlp.lexicon import load_lexicon

LEXICON = load_lexicon()


def app(name: str, description: str = "") -> Document:
    page = make_document(source="app", surface="app_listing", blocks=())
    return listing_document(Listing("xiaomi", "1", name, description=description), page)


@pytest.mark.parametrize(
    ("name", "brand", "matched"),
    [
        ("Binence Wallet", "Binance", "Binence"),
        ("B1nance", "Binance", "B1nance"),
        ("币圈 imT0ken钱包", "imToken", "imT0ken"),
        ("MetaMаsk", "MetaMask", "MetaMаsk"),  # a Cyrillic а
        ("TokenPoket - 安全钱包", "TokenPocket", "TokenPoket"),
        ("Trust Wallte", "Trust Wallet", "Trust Wallte"),
    ],
    ids=["one letter", "digit for letter", "between Han", "Cyrillic", "a letter left out", "two words"],
)
def test_imitated_names(name: str, brand: str, matched: str) -> None:
    document = app(name)
    (finding,) = app_name_lookalikes(document, LEXICON)
    assert (finding.rule, finding.matched) == (f"brand/lookalike:{brand}", matched)
    span = finding.span
    assert document.blocks[span.block].text[span.start : span.end] == matched
    assert finding.weight == LEXICON.lookalike_weight > 0


@pytest.mark.parametrize(
    "name",
    [
        "Binance",
        "imToken",
        "OKX",
        "MetaMask",
        "Trust Wallet",
        "TokenPocket",
        "币安",
        "欧易",
        "Finance",
        "WeChat",
        *[
            "Balance Notes",
            "青禾记账",
            "Notes",
            "My Finance 2026",
            "Gateway",
            "Metronome",
            "2048",
            "Bilibili",
            "Tinder",
            "Ledge",
            "Token",
            "Balancer",
            "",
        ],
    ],
)
def test_own_and_other_names(name: str) -> None:
    assert app_name_lookalikes(app(name, "说明"), LEXICON) == ()


def test_only_names_of_listings_are_asked() -> None:
    page = make_document(source="web", blocks=(Block("title", "Binence Wallet"),))
    assert lures_of(page, LEXICON) == ()


def test_an_imitation_is_a_finding_of_the_verdict(engine: Engine) -> None:
    analysis = analyse(app("Binence", "安全好用。"), engine)
    assert "brand/lookalike:Binance" in {finding.rule for finding in analysis.findings}
    assert rule_names("brand/lookalike:Binance")


@given(st.text(max_size=80))
def test_spans_hold_what_was_matched(name: str) -> None:
    document = app(name)
    for finding in app_name_lookalikes(document, LEXICON):
        span = finding.span
        assert document.blocks[span.block].text[span.start : span.end] == finding.matched
