"""The index form of an address is that of other tools."""

from __future__ import annotations

import pytest

from crawler.surt import surt

reference = pytest.importorskip("surt")

ADDRESSES = [
    "http://127.0.0.1:8080/",
    "https://www.b.example:8080/P?b=1&a=2",
    "https://www2.a.example/a//b/",
    "http://a.example",
    "https://a.example/?",
    "https://[::1]:8/",
    "https://a.example/%E8%B7%AF?x=%20y",
    "https://xn--fsqu00a.cn/路径?问=1",
    "https://a.example/a;b=3?x",
    "urn:screenshot:https://a.example/X",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_it_is_what_the_reference_makes(url: str) -> None:
    assert surt(url) == reference.surt(url)


def test_what_is_no_address_stays() -> None:
    assert surt("http://[x/ y") == "http://[x/%20y"
