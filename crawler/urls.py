"""URLs: one canonical form for de-duplication, the registrable domain, and what a scope compares.

The canonical form is a key, never what is requested: a server may care for the order of its parameters.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from crawler.errors import FetchError

Scope = Literal["host", "domain", "any"]

DEFAULT_PORTS = {"http": 80, "https": 443}
# Reserved characters that keep their meaning in a path, and so their written form (RFC 3986, 3.3).
_PATH_SAFE = "!$&'()*+,;=:@/~-._"
_BLANKS = re.compile(r"[\t\r\n]")

# RFC 1035 2.3.4, and what host names of the web hold: letters, digits, hyphens and, against RFC 952, "_".
LONGEST_HOST = 253
_NAME = re.compile(r"(?:[0-9a-z_-]{1,63}\.)*[0-9a-z_-]{1,63}\.?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@cache
def _tracking_parameters() -> tuple[frozenset[str], tuple[str, ...]]:
    lines = (files("crawler") / "data" / "tracking_parameters.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    exact = frozenset(name for name in names if not name.endswith("*"))
    return exact, tuple(name[:-1] for name in names if name.endswith("*"))


def _is_tracking(name: str) -> bool:
    exact, prefixes = _tracking_parameters()
    lowered = name.lower()
    return lowered in exact or lowered.startswith(prefixes)


def clean_url(url: str, *, base: str = "") -> str:
    """The absolute URL to request: joined with ``base``, without fragment and stray blanks.

    Raises FetchError (``bad-url``) where there is no http or https URL to be made of it.
    """
    try:
        text = _BLANKS.sub("", url.strip())
        parts = urlsplit(urljoin(base, text) if base else text)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"not a URL: {url[:200]!r}: {error}", reason="bad-url") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise FetchError(f"not an http or https URL: {url[:200]!r}", reason="bad-url")
    host = host_text(parts.netloc)
    if port == 0:
        raise FetchError(f"no port has the number 0: {url[:200]!r}", reason="bad-url")
    netloc = host if port is None or port == DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
    path = quote(parts.path, safe=_PATH_SAFE + "%") or "/"
    query = quote(parts.query, safe=_PATH_SAFE + "%?[]|")
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def host_text(netloc: str) -> str:
    """The host of a URL's authority in its one form: lower case, ASCII, addresses as usually written.

    User names and ports are left out; IPv6 addresses keep their brackets. What browsers and resolvers would
    take apart differently (percent signs, backslashes, blanks, NULs, empty labels) is no host name. Raises
    FetchError (``bad-url``).
    """
    host = urlsplit(f"//{netloc}").hostname or ""
    if "[" in netloc or ":" in host:
        literal = literal_address(host)
        if literal is None or literal.version == 4 or "%" in host:
            raise FetchError(f"not an address: {netloc[:200]!r}", reason="bad-url")
        return f"[{literal}]"
    name = host if host.isascii() else _ascii_name(host)
    if not _NAME.fullmatch(name) or len(name.rstrip(".")) > LONGEST_HOST:
        raise FetchError(f"not a host name: {host[:200]!r}", reason="bad-url")
    return name if (literal := literal_address(name)) is None else str(literal)


def _ascii_name(host: str) -> str:
    """The ASCII form of a name in another script; an empty text where there is none."""
    try:
        return host.encode("idna").decode("ascii").lower() if len(host) <= LONGEST_HOST else ""
    except UnicodeError:
        return ""


def literal_address(host: str) -> Address | None:
    """The address a host text spells, also as one decimal number, in octal or in hexadecimal; else None."""
    text = host.strip("[]").partition("%")[0].rstrip(".")
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    if not text.isascii() or not all(part[:1].isdigit() for part in text.split(".")):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except (OSError, ValueError):  # no address, or a NUL in it
        return None


def canonical_url(url: str) -> str:
    """The key under which a URL is known: two URLs with one key are one page. Idempotent."""
    parts = urlsplit(clean_url(url))
    path = quote(
        unquote(_without_dots(parts.path), "utf-8", "surrogateescape"),
        safe=_PATH_SAFE,
        errors="surrogateescape",
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not _is_tracking(name))
    query = urlencode(kept, errors="surrogateescape")
    return urlunsplit((parts.scheme, parts.netloc.rstrip("."), path, query, ""))


def _without_dots(path: str) -> str:
    """Remove ``.`` and ``..`` segments and repeated slashes."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if path.endswith(("/", "/.", "/..")) and kept else ""
    return "/" + "/".join(kept) + tail


def host_of(url: str) -> str:
    """Lower-case host name of a URL, or an empty string."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


@cache
def _suffixes():  # type: ignore[no-untyped-def]
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def registrable_domain(url_or_host: str) -> str:
    """The domain someone registered: ``a.b.example.com.cn`` gives ``example.com.cn``; an address itself."""
    host = host_of(url_or_host) if "//" in url_or_host else url_or_host.lower().rstrip(".")
    if not host:
        return ""
    return _registrable(host)


def _private_suffix(host: str) -> str:
    try:
        return str(_suffixes().privatesuffix(host) or host)
    except (ValueError, IndexError):  # a host that is no domain name at all
        return host


@lru_cache(4096)
def _registrable(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return _private_suffix(host)


def home_of(url: str, *, scope: Scope = "domain") -> str:
    """What a URL must have in common with a seed to be in scope; with scope ``any`` that is being a URL."""
    if scope == "any":
        return "any" if host_of(url) else ""
    return host_of(url) if scope == "host" else registrable_domain(url)
