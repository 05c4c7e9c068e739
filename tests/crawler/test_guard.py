"""What the guard refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import FetchError, GuardError
from crawler.guard import Guard

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
    forms = [f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::"]
    for form in forms:
        with pytest.raises(GuardError):
            Guard().check_ip(form)
