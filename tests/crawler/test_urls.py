"""Canonical URLs, registrable domains, scope."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.errors import FetchError
from crawler.urls import Scope, canonical_url, clean_url, home_of, registrable_domain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.COM:80/a/../b/./c", "http://example.com/b/c"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com:8443/#top", "https://example.com:8443/"),
        ("https://example.com/?b=2&a=1", "https://example.com/?a=1&b=2"),
        ("https://example.com/?utm_source=x&id=7&gclid=y", "https://example.com/?id=7"),
        ("https://例子.中国/路径", "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF%E5%BE%84"),
        ("https://example.com/%7Ea", "https://example.com/~a"),
        ("https://example.com//a//b/", "https://example.com/a/b/"),
        ("https://example.com./a", "https://example.com/a"),
    ],
    ids=["case", "port", "fragment", "order", "tracking", "idna", "percent", "slashes", "root-dot"],
)
def test_canonical_url(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize("name", ["ref", "invite", "code", "inviteCode", "channel"])
def test_a_code_stays_in_the_canonical_url(name: str) -> None:
    assert canonical_url(f"https://example.com/?{name}=A1") != canonical_url(
        f"https://example.com/?{name}=B2"
    )


@given(
    st.builds(
        "http://{}/{}?{}".format,
        st.sampled_from(["example.com", "EXAMPLE.com:80", "[::1]:8080", "例子.com", "1.2.3.4"]),
        st.text(max_size=30),
        st.text(max_size=30),
    )
)
def test_canonical_url_is_idempotent(url: str) -> None:
    try:
        once = canonical_url(url)
    except FetchError:
        assume(False)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "mailto:a@b.c", "http://", "ftp://a/", "http://a:99999/", "x"]
)
def test_what_is_no_web_page_is_a_bad_url(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        clean_url(url)
    assert caught.value.reason == "bad-url"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.b.example.com.cn/x", "example.com.cn"),
        ("https://127.0.0.1:80/", "127.0.0.1"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("sub.example.io", "example.io"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_registrable_domain(url: str, expected: str) -> None:
    assert registrable_domain(url) == expected


@pytest.mark.parametrize(
    ("url", "scope", "expected"),
    [
        ("https://m.example.com/", "domain", True),
        ("https://m.example.com/", "host", False),
        ("https://example.org/", "domain", False),
        ("https://example.org/", "any", True),
    ],
)
def test_scope_compares_homes(url: str, scope: Scope, expected: bool) -> None:
    assert (home_of(url, scope=scope) == home_of("https://www.example.com/", scope=scope)) is expected
