"""One guarded HTTP request over a socket of our own. Blocking; see :mod:`crawler.fetch` for whole pages.

The connection goes to the address the guard has judged; nothing is taken from the environment (no proxy, no
netrc). A watchdog ends the exchange at its time limit, however slowly the other side drips.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.connection import Connection, socket_chain
from crawler.errors import FetchError
from crawler.sentences import sentence
from crawler.urls import clean_url, literal_address
from crawler.warc import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.guard import Guard
    from crawler.settings import CrawlSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer as they were on the wire; ``body`` before decompression.

    ``cut`` says that the body was longer and has been cut off; ``first_line`` is the status line.
    """

    url: str
    sent: Pairs
    status: int
    headers: Pairs
    body: bytes
    ip: str
    date: str
    cut: bool = False
    first_line: str = ""
    connection: Connection | None = None

    @property
    def location(self) -> str:
        """Where a redirect points, made absolute; empty for any other answer."""
        target = self.header("location")
        return clean_url(target, base=self.url) if target and self.status in REDIRECTS else ""

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def ask(url: str, *, guard: Guard, settings: CrawlSettings, most: int, cut: bool = False) -> Exchange:
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
    with (
        _named_errors(host),
        _connected(host, port, tls=tls, guard=guard, settings=settings) as (wire, found),
    ):
        connection = http.client.HTTPConnection(host, port)
        connection.sock = wire
        connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent:
            connection.putheader(name, value)
        connection.endheaders()
        ip = str(wire.getpeername()[0])
        tls_facts, chain = socket_chain(wire)
        with closing(connection.getresponse()) as response:
            body = response.read(most + 1)
            missing = response.length or 0
            headers = tuple((name, str(value)) for name, value in response.getheaders())
        if len(body) > most and not cut:
            raise _fetch_error("too-large", host, f"{most} bytes")
        if missing and len(body) <= most:
            raise _fetch_error("broken-off", host, f"{missing} bytes are missing")
        return Exchange(
            url,
            sent,
            response.status,
            headers,
            body[:most],
            ip,
            instant(),
            len(body) > most,
            _first_line(response),
            replace(found, ip=ip, tls=tls_facts, chain=chain),
        )


def _first_line(response: http.client.HTTPResponse) -> str:
    version = f"{response.version // 10}.{response.version % 10}"
    return f"HTTP/{version} {response.status} {response.reason}".rstrip()


@contextmanager
def _connected(
    host: str, port: int, *, tls: bool, guard: Guard, settings: CrawlSettings
) -> Iterator[tuple[socket.socket, Connection]]:
    """A connection to a permitted address of the host, cut off when the time is over; how it was found."""
    permitted, refused = guard.resolved(host, port)
    named = literal_address(host) is None
    found = Connection(
        host, addresses=permitted if named else (), refused=refused, resolved_at=instant() if named else ""
    )
    wire = _connect(permitted, port, timeout_s=settings.timeout_s)
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
        yield wire, found
    except (OSError, http.client.HTTPException, FetchError) as error:
        if expired.is_set():
            raise _fetch_error("timeout", host, f"{settings.timeout_s:g} s") from error
        raise
    finally:
        watchdog.cancel()
        wire.close()
    if expired.is_set():
        raise _fetch_error("timeout", host, f"{settings.timeout_s:g} s")


def _connect(addresses: tuple[str, ...], port: int, *, timeout_s: float) -> socket.socket:
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
def _named_errors(host: str) -> Iterator[None]:
    """Turn the libraries' errors into ours."""
    try:
        yield
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or (error.reason or "").replace("_", " ").lower()
        raise _fetch_error("tls-error", host, why) from error
    except TimeoutError as error:
        raise _fetch_error("timeout", host) from error
    except http.client.IncompleteRead as error:
        raise _fetch_error("broken-off", host) from error
    except (http.client.HTTPException, ValueError) as error:
        raise _fetch_error("bad-response", host) from error
    except ConnectionRefusedError as error:
        raise _fetch_error("connect-failed", host, "it refuses connections") from error
    except OSError as error:
        raise _fetch_error("connect-failed", host, (error.strerror or "").lower()) from error


def _fetch_error(reason: str, host: str, detail: str = "") -> FetchError:
    return FetchError(sentence(reason, host=host, detail=detail), reason=reason)


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
        raise FetchError(f"the body is not {kind}, as its header says", reason="bad-encoding") from error
    if len(plain) > most and not cut:
        raise FetchError(f"larger than {most} bytes once decompressed", reason="too-large")
    return plain[:most]
