"""The safety guard: which URLs and addresses may be requested at all.

Names are judged after they are resolved, and the connection is made to the address that was judged, so a name
that changes its answer (DNS rebinding) gains nothing. Sources: the IANA special-purpose address registries as
kept by Python's :mod:`ipaddress`; RFC 4291 (mapped), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 6052 (NAT64).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import FetchError, GuardError
from crawler.sentences import sentence
from crawler.urls import Address, host_text, literal_address

if TYPE_CHECKING:
    from collections.abc import Iterable

# Cloud metadata services that answer on addresses which count as public or as ordinary private ones.
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("168.63.129.16", "100.100.100.200", "169.254.169.254", "fd00:ec2::254")
)
# Special-purpose blocks that ipaddress counts as global in some Python versions.
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "fec0::/10",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
    )
)
# Prefixes before an IPv4 address: NAT64, and IPv4-translated addresses (RFC 2765).
_PREFIXES = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "::ffff:0:0:0/96"))


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, translated, 6to4, Teredo, NAT64), or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    compatible = int(address) >> 32 == 0 and int(address) > 0xFFFF
    if compatible or any(address in prefix for prefix in _PREFIXES):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class Guard:
    """Refuses what a crawler must not touch; ``allow_networks`` opens named networks (CIDR) again."""

    def __init__(self, allow_networks: Iterable[str] = ()) -> None:
        self._allowed = tuple(ipaddress.ip_network(text, strict=False) for text in allow_networks)

    def check_ip(self, ip: str) -> None:
        """Raise GuardError (``private-address``) unless the address is public or opened."""
        try:
            address = ipaddress.ip_address(ip.partition("%")[0])
        except ValueError as error:
            raise GuardError(f"not an IP address: {ip!r}", reason="private-address") from error
        inner = embedded(address)
        if any(inner in network or address in network for network in self._allowed):
            return
        special = inner in METADATA or any(inner in network for network in SPECIAL)
        if special or not inner.is_global or inner.is_multicast:
            raise GuardError(f"{ip} is not a public address; {opened_by(ip)}", reason="private-address")

    def check_url(self, url: str) -> None:
        """Raise GuardError unless the URL is http(s) with a host that is not a refused address literal."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise GuardError(f"not a URL: {url[:200]!r}", reason="bad-url") from error
        if parts.scheme not in ("http", "https"):
            raise GuardError(f"scheme {parts.scheme[:20]!r} is refused", reason="scheme-refused")
        if port == 0:
            raise GuardError(f"no port has the number 0: {url[:200]!r}", reason="bad-url")
        try:
            host = host_text(parts.netloc)
        except FetchError as error:
            raise GuardError(str(error), reason=error.reason) from error
        literal = literal_address(host)
        if literal is not None:
            self.check_ip(str(literal))

    def permitted(self, addresses: Iterable[str]) -> list[str]:
        """Those addresses that may be connected to, in their order, each once."""
        kept: dict[str, None] = {}
        for ip in addresses:
            try:
                self.check_ip(ip)
            except GuardError:
                continue
            kept[ip] = None
        return list(kept)

    def resolve(self, host: str, port: int) -> list[str]:
        """Resolve a name (blocking) and return the permitted addresses. Raises as :meth:`resolved` does."""
        return list(self.resolved(host, port)[0])

    def resolved(self, host: str, port: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The permitted addresses of a name (blocking), and those that were refused.

        Raises FetchError (``dns-failed``) where the name has no address, GuardError where none is permitted.
        """
        literal = literal_address(host)
        if literal is not None:
            self.check_ip(str(literal))
            return (str(literal),), ()
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:
            raise FetchError(sentence("dns-failed", host=host), reason="dns-failed") from error
        found = dict.fromkeys(str(answer[4][0]) for answer in answers)
        kept = self.choose(host, found)
        return tuple(kept), tuple(ip for ip in found if ip not in kept)

    def choose(self, host: str, addresses: Iterable[str]) -> list[str]:
        """The permitted ones of a name's addresses; GuardError where there is none."""
        found = list(addresses)
        kept = self.permitted(found)
        if not kept:
            raise GuardError(
                f"{host} resolves to {', '.join(found) or 'nothing'}: refused; {opened_by(*found)}",
                reason="private-address",
            )
        return kept


def opened_by(*addresses: str) -> str:
    """How networks of one's own are opened to requests."""
    networks = dict.fromkeys(_network(ip) for ip in addresses)
    named = ", ".join(f'"{network}"' for network in networks if network) or '"10.0.0.0/8"'
    return f"crawl.allow_networks opens networks: XIANSUO_CRAWL__ALLOW_NETWORKS='[{named}]'"


def _network(ip: str) -> str:
    try:
        address = embedded(ipaddress.ip_address(ip.partition("%")[0]))
    except ValueError:
        return ""
    return (
        "127.0.0.0/8" if address.is_loopback and address.version == 4 else str(ipaddress.ip_network(address))
    )
