"""One guarded request outside a crawl: a single page to scan, or a redirect chain to resolve. Blocking.

The connection goes to the address the guard has judged; nothing is taken from the environment (no proxy, no
netrc). A watchdog ends the exchange at its time limit, however slowly the other side drips.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import threading
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import CrawlerError, FetchError
from crawler.guard import Guard
from crawler.page import Hop, Page
from crawler.policy import ROBOTS_BYTES, ROBOTS_REDIRECTS, Robots, robots_for
from crawler.urls import clean_url
from crawler.warc import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.settings import CrawlSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A meta refresh sooner than this takes the reader along before the page can be read.
REFRESH_S = 5.0
_PEEK_BYTES = 65_536
_ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer as they were on the wire; ``body`` before decompression."""

    url: str
    sent: Pairs
    status: int
    headers: Pairs
    body: bytes
    ip: str
    date: str

    @property
    def location(self) -> str:
        """Where a redirect points, made absolute; empty for any other answer."""
        target = self.header("location")
        return clean_url(target, base=self.url) if target and self.status in REDIRECTS else ""

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with its bytes: ``body`` is decoded, ``exchanges`` hold what a WARC needs, hop by hop."""

    page: Page
    body: bytes
    exchanges: tuple[Exchange, ...]

    @property
    def content_type(self) -> str:
        """The Content-Type of the last answer."""
        return self.exchanges[-1].header("content-type")


@dataclass(frozen=True, slots=True)
class Chain:
    """A redirect chain as far as it could be followed; ``reason`` says what stopped it, empty at its end."""

    hops: tuple[Hop, ...]
    reason: str = ""
    error: str = ""

    @property
    def final_url(self) -> str:
        """The last URL that answered or was asked for."""
        return self.hops[-1].url if self.hops else ""


def fetch(url: str, *, settings: CrawlSettings) -> Fetched:
    """Fetch one page, following redirects. An error status is a page too.

    Raises FetchError or GuardError with the reason why there is none.
    """
    guard = Guard(settings.allow_networks)
    exchanges: list[Exchange] = []
    target = clean_url(url)
    while True:
        rules = _robots(target, guard=guard, settings=settings) if settings.obey_robots else None
        if rules is not None and not rules.allows(target):
            raise FetchError(f"robots.txt forbids {target}", reason="robots-forbidden")
        exchange = _ask(target, guard=guard, settings=settings, most=settings.max_body_bytes)
        exchanges.append(exchange)
        if not exchange.location:
            break
        target = exchange.location
        _bound(target, [one.url for one in exchanges], settings)
    body = decoded(exchange.body, exchange.header("content-encoding"), most=settings.max_body_bytes)
    page = Page(
        url=url,
        final_url=exchange.url,
        fetched_at=exchange.date,
        status=exchange.status,
        hops=tuple(_hop(one) for one in exchanges),
        headers=exchange.headers,
        body=hashlib.sha256(body).hexdigest(),
        ip=exchange.ip,
        robots=rules.digest if rules else "",
    )
    return Fetched(page, body, tuple(exchanges))


def follow_redirects(url: str, *, settings: CrawlSettings) -> Chain:
    """Follow a click's chain (redirects and quick meta refreshes) by request, never by click.

    A chain that breaks is returned as far as it went. robots.txt is not asked: this is the one request that a
    reader's click would make, and nothing on the way is kept or followed further.
    """
    guard = Guard(settings.allow_networks)
    hops: list[Hop] = []
    target, asked = url, 0
    try:
        target = clean_url(url)
        while target:
            asked = len(hops)
            exchange = _ask(target, guard=guard, settings=settings, most=_PEEK_BYTES, cut=True)
            hops.append(_hop(exchange, _refresh(exchange)))
            following = clean_url(hops[-1].location, base=exchange.url) if hops[-1].location else ""
            if following:
                _bound(following, [hop.url for hop in hops], settings)
            target = following
    except CrawlerError as error:
        if len(hops) == asked:
            hops.append(Hop(target, 0))
        return Chain(tuple(hops), error.reason, str(error))
    return Chain(tuple(hops))


def refresh_target(text: str, url: str) -> str:
    """Where a page's meta refresh takes the reader at once; an empty string where it does not."""
    from w3lib.html import get_meta_refresh

    seconds, target = get_meta_refresh(text, url)
    if not target or seconds is None or seconds >= REFRESH_S:
        return ""
    try:
        cleaned = clean_url(target)
    except FetchError:
        return ""
    return cleaned if cleaned != url else ""


def _refresh(exchange: Exchange) -> str:
    if "html" not in exchange.header("content-type").lower():
        return ""
    body = decoded(exchange.body, exchange.header("content-encoding"), most=_PEEK_BYTES * 4, cut=True)
    return refresh_target(body.decode("utf-8", "replace"), exchange.url)


def _hop(exchange: Exchange, location: str = "") -> Hop:
    return Hop(exchange.url, exchange.status, exchange.header("location") or location, exchange.ip)


def _bound(target: str, visited: list[str], settings: CrawlSettings) -> None:
    if visited.count(target) > 1:
        raise FetchError(f"redirected in a circle to {target}", reason="redirect-loop")
    if len(visited) > settings.max_redirects:
        raise FetchError(f"more than {settings.max_redirects} redirects", reason="too-many-redirects")


def _robots(url: str, *, guard: Guard, settings: CrawlSettings) -> Robots:
    parts = urlsplit(url)
    target = f"{parts.scheme}://{parts.netloc}/robots.txt"
    for _ in range(ROBOTS_REDIRECTS + 1):
        exchange = _ask(target, guard=guard, settings=settings, most=ROBOTS_BYTES, cut=True)
        if not exchange.location:
            break
        target = exchange.location
    body = decoded(exchange.body, exchange.header("content-encoding"), most=ROBOTS_BYTES, cut=True)
    rules = robots_for(exchange.status, body, agent=settings.user_agent)
    if rules is None:
        raise FetchError(f"robots.txt answered {exchange.status}", reason="robots-unavailable")
    return rules


def _ask(url: str, *, guard: Guard, settings: CrawlSettings, most: int, cut: bool = False) -> Exchange:
    """One request. A body longer than ``most`` is an error, or with ``cut`` ends there."""
    guard.check_url(url)
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, port = str(parts.hostname), parts.port or (443 if tls else 80)
    sent = (
        ("Host", parts.netloc),
        ("User-Agent", settings.user_agent),
        ("Accept", _ACCEPT),
        ("Accept-Encoding", "gzip, deflate"),
        ("Connection", "close"),
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _named_errors(url), _connected(host, port, tls=tls, guard=guard, settings=settings) as wire:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = wire
        connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent:
            connection.putheader(name, value)
        connection.endheaders()
        ip = str(wire.getpeername()[0])
        with closing(connection.getresponse()) as response:
            body = response.read(most + 1)
            missing = response.length or 0
            headers = tuple((name, str(value)) for name, value in response.getheaders())
        if len(body) > most and not cut:
            raise FetchError(f"{url} is larger than {most} bytes", reason="too-large")
        if missing and len(body) <= most:
            raise FetchError(f"{url}: {missing} bytes are missing at the end", reason="broken-off")
        return Exchange(url, sent, response.status, headers, body[:most], ip, utc_now())


@contextmanager
def _connected(
    host: str, port: int, *, tls: bool, guard: Guard, settings: CrawlSettings
) -> Iterator[socket.socket]:
    """A connection to a permitted address of the host, cut off when the time is over."""
    wire = _connect(guard.resolve(host, port), port, timeout_s=settings.timeout_s)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        try:
            wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            wire.close()

    watchdog = threading.Timer(settings.timeout_s, expire)
    watchdog.daemon = True
    watchdog.start()
    try:
        if tls:
            wire = _tls_context(settings.verify_tls).wrap_socket(wire, server_hostname=host)
        yield wire
    except (OSError, http.client.HTTPException, FetchError) as error:
        if expired.is_set():
            raise FetchError(f"{host} took longer than {settings.timeout_s} s", reason="timeout") from error
        raise
    finally:
        watchdog.cancel()
        wire.close()
    if expired.is_set():
        raise FetchError(f"{host} took longer than {settings.timeout_s} s", reason="timeout")


def _connect(addresses: list[str], port: int, *, timeout_s: float) -> socket.socket:
    failure: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=timeout_s)
        except OSError as error:
            failure = error
    raise failure or OSError("no address to connect to")


def _tls_context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _named_errors(url: str) -> Iterator[None]:
    """Turn the libraries' errors into ours."""
    try:
        yield
    except ssl.SSLError as error:
        raise FetchError(f"{url}: {error}", reason="tls-error") from error
    except TimeoutError as error:
        raise FetchError(f"{url}: {error}", reason="timeout") from error
    except http.client.IncompleteRead as error:
        raise FetchError(f"{url}: the answer broke off", reason="broken-off") from error
    except (http.client.HTTPException, ValueError) as error:
        raise FetchError(f"{url}: {error!r}", reason="bad-response") from error
    except OSError as error:
        raise FetchError(f"{url}: {error}", reason="connect-failed") from error


def decoded(body: bytes, encoding: str, *, most: int, cut: bool = False) -> bytes:
    """Undo gzip or deflate. Raises FetchError (``too-large``, ``bad-encoding``)."""
    kind = encoding.strip().lower()
    if kind not in ("gzip", "x-gzip", "deflate") or not body:
        return body
    raw_deflate = kind == "deflate" and body[0] & 0x0F != 8
    unpack = zlib.decompressobj(-zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS + 32)
    try:
        plain = unpack.decompress(body, most + 1)
    except zlib.error as error:
        raise FetchError(f"the body is not {kind}: {error}", reason="bad-encoding") from error
    if len(plain) > most and not cut:
        raise FetchError(f"larger than {most} bytes once decompressed", reason="too-large")
    return plain[:most]
