"""Whose domain a host is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.lexicon import load_lexicon
from nlp.lookalike import edits

LEXICON = load_lexicon()

HOSTS = {
    "own": ("binance.com", "Binance", "own"),
    "own below": ("accounts.binance.com", "Binance", "own"),
    "case, port and dot": ("WWW.OKX.COM.:443", "OKX", "own"),
    "mirror": ("www.binancezh.pro", "Binance", "mirror"),
    "one letter more": ("binnance.com", "Binance", "lookalike"),
    "letters swapped": ("biannce.com", "Binance", "lookalike"),
    "digit for letter": ("b1nance.top", "Binance", "lookalike"),
    "rn for m": ("coinrnarketcap.com", "CoinMarketCap", "lookalike"),
    "cyrillic": ("xn--bnance-pvf.com", "Binance", "lookalike"),
    "lure": ("okx-login.com", "OKX", "lookalike"),
    "lure before": ("app-imtoken.org", "imToken", "lookalike"),
    "other top level": ("bitget.vip", "Bitget", "lookalike"),
    "a word beside a lure": ("kraken-login.com", "Kraken", "lookalike"),
    "a wallet's other top level": ("tonkeeper.top", "Tonkeeper", "lookalike"),
    "a pool, swapped letters": ("nanopolo.org", "Nanopool", "lookalike"),
    "a platform of shares": ("stablestock-claim.com", "StableStock", "lookalike"),
    "in a lower label": ("binance.evil-host.cn", "Binance", "lookalike"),
}


@pytest.mark.parametrize(("host", "brand", "how"), HOSTS.values(), ids=HOSTS.keys())
def test_known(host: str, brand: str, how: str) -> None:
    found = LEXICON.brand_of_host(host)
    assert found is not None
    rule = f"brand/lookalike:{brand}" if how == "lookalike" else f"brand/{brand}"
    assert (found.brand.term, found.how, found.rule) == (brand, how, rule)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "example.com",
        "finance.yahoo.com",
        "balance.org",
        "gate.example.cn",
        "ledgers.net",
        "people.com.cn",
        "bitbucket.org",
        "okta.com",
        "taobao.com",
        "circleci.com",
        "gemini.google.com",
        "sandbox.paypal.com",
        "element.eleme.cn",
        "kraken.io",
        "crypto.stanford.edu",
        "zhouyi.org",
        "goldfish.net",
        "landscape.example.com",
        "zookeeper.apache.org",
        "hashnode.dev",
        "x" * 300 + ".com",
        "xn--\udcff.com",
    ],
)
def test_unknown(host: str) -> None:
    assert LEXICON.brand_of_host(host) is None


@given(st.text(max_size=60))
def test_any_host_is_taken(host: str) -> None:
    LEXICON.brand_of_host(host)


@pytest.mark.parametrize(
    ("left", "right", "number"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abcdef", "uvwxyz", 3)],
)
def test_edits(left: str, right: str, number: int) -> None:
    assert edits(left, right, 2) == number
