"""What the guard refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import FetchError, GuardError
from crawler.guard import Guard
from crawler.urls import clean_url, host_of

if TYPE_CHECKING:
    import ipaddress

REFUSED = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "ff02::1",
    "not-an-address",
]


@pytest.mark.parametrize("ip", REFUSED)
def test_addresses_that_are_not_public_are_refused(ip: str) -> None:
    with pytest.raises(GuardError) as caught:
        Guard().check_ip(ip)
    assert caught.value.reason == "private-address"


@pytest.mark.parametrize("ip", ["1.1.1.1", "114.114.114.114", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_pass(ip: str) -> None:
    Guard().check_ip(ip)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "127.0.0.1.",
        "017700000001",
        "00177.1",
        "0x7f.0.0x1",
        "[::ffff:0:127.0.0.1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "127。0。0。1",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127.0.\u200b0.1",
        "good.example@127.0.0.1",
        "good.example:80@127.1",
        "good.example@other.example@127.0.0.1",
        "good.example\\@127.0.0.1",
    ],
)
def test_loopback_is_seen_however_it_is_spelled(host: str) -> None:
    with pytest.raises(GuardError):
        Guard().check_url(f"http://{host}/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "scheme-refused"),
        ("gopher://example.com/", "scheme-refused"),
        ("javascript:1", "scheme-refused"),
        ("http:///x", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://\ud800/", "bad-url"),
        ("http://1.\udfff.1/", "bad-url"),
        ("http://0\x00/", "bad-url"),
        ("http://127.0.0.1\x00.example.com/", "bad-url"),
        ("http://127.0.0.1%00.example.com/", "bad-url"),
        ("http://%31%32%37.0.0.1/", "bad-url"),
        ("http://127.0.0.1\\.example.com/", "bad-url"),
        ("http://127.0.0.1 x/", "bad-url"),
        ("http://127.0.0.1\u00a0/", "bad-url"),
        ("http://\u202e.com/", "bad-url"),
        ("http://a..com/", "bad-url"),
        ("http://.com/", "bad-url"),
        ("http://127.0.0.1../", "bad-url"),
        ("http://" + "a" * 10_000 + ".com/", "bad-url"),
        ("http://" + "线" * 10_000 + ".com/", "bad-url"),
        ("http://" + "a." * 5_000 + "com/", "bad-url"),
        ("http://" + "9" * 10_000 + "/", "bad-url"),
        ("http://xn--" + "a" * 70 + ".com/", "bad-url"),
        ("http://example.com:0/", "bad-url"),
        ("http://example.com:65536/", "bad-url"),
        ("http://example.com:-1/", "bad-url"),
        ("http://example.com:٣/", "bad-url"),
        ("http://example.com:80:80/", "bad-url"),
        ("http://[v1.a]/", "bad-url"),
        ("http://[127.0.0.1]/", "bad-url"),
        ("http://[fe80::1%25eth0]/", "bad-url"),
        ("http://[3fff::1]/", "private-address"),
        ("http://[5f00::1]/", "private-address"),
    ],
)
def test_only_web_addresses_pass(url: str, reason: str) -> None:
    with pytest.raises(GuardError) as caught:
        Guard().check_url(url)
    assert caught.value.reason == reason


def test_allow_networks_opens_what_it_names_and_nothing_else() -> None:
    guard = Guard(("127.0.0.0/8",))
    guard.check_url("http://2130706433/")
    guard.check_ip("::ffff:127.0.0.1")
    with pytest.raises(GuardError):
        guard.check_ip("10.0.0.1")


def test_a_name_is_judged_by_its_addresses() -> None:
    with pytest.raises(GuardError):
        Guard().resolve("localhost", 80)
    assert "127.0.0.1" in Guard(("127.0.0.0/8", "::1")).resolve("localhost", 80)
    assert Guard().choose("mixed.example", ["10.0.0.1", "1.1.1.1", "1.1.1.1"]) == ["1.1.1.1"]


def test_a_name_without_address_is_a_dns_failure() -> None:
    with pytest.raises(FetchError) as caught:
        Guard().resolve("no-such-host.invalid", 80)
    assert caught.value.reason == "dns-failed"


@given(st.ip_addresses(network="127.0.0.0/8"))
def test_no_embedding_hides_loopback(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    forms = [
        f"::ffff:{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::",
    ]
    for form in forms:
        with pytest.raises(GuardError):
            Guard().check_ip(form)


_ODD = st.sampled_from("0123456789.:[]@%\\/#?xX-_。①\u200b\ud800\udfff\x00 ~")


@given(st.text(st.one_of(_ODD, st.characters()), max_size=30), st.sampled_from(["", "/", ":80/", "/a?b=c"]))
def test_any_text_is_judged_and_what_passes_is_requested_as_it_was_judged(host: str, rest: str) -> None:
    """Any error is ours; an authority that passes means the same after cleaning."""
    url = f"http://{host}{rest}"
    guard = Guard()
    try:
        guard.check_url(url)
    except GuardError:
        return
    cleaned = clean_url(url)
    guard.check_url(cleaned)
    assert clean_url(cleaned) == cleaned
    assert host_of(cleaned).isascii()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.9", "127.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3/32"),
        ("::1", "::1/128"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
    ],
)
def test_a_refusal_says_which_setting_opens_the_network(address: str, network: str) -> None:
    with pytest.raises(GuardError, match=r"crawl\.allow_networks") as caught:
        Guard().check_ip(address)
    assert f"XIANSUO_CRAWL__ALLOW_NETWORKS='[\"{network}\"]'" in str(caught.value)
    Guard([network]).check_ip(address)
