"""Scrapy's HTTP connections: a bound on the head of a response, and what passed, byte for byte, for the WARC.

Twisted reads heads without end and hands on headers sorted and spelled its own way.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.web._newclient import HEADER, STATUS

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http.headers import Headers

HEAD_BYTES = 262_144
MOST_NOTED = 1_000
"""Exchanges noted and not yet asked for: of requests that were given up nobody asks."""
WIRE_HEADER = b"X-Xiansuo-Wire"
_noted: dict[str, Wire] = {}
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Wire:
    """One exchange as it passed: both heads byte for byte, TLS version and cipher, certificates (DER)."""

    sent: bytes
    head: bytes
    tls: tuple[str, ...]
    chain: tuple[bytes, ...]


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's handler; a response whose head does not end is cut off."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        bound_heads(self._pool)


def bound_heads(pool: Any) -> None:
    """Make a connection pool build connections that give up on an endless head."""
    usual: Any = pool._factory

    class Bounded(usual):  # type: ignore[misc]
        """Counts what comes before a response's head is complete."""

        def buildProtocol(self, addr: object) -> Any:
            protocol = super().buildProtocol(addr)
            watch = _Watch(protocol)
            protocol.dataReceived, protocol.request = watch.receive, watch.request
            return protocol

    pool._factory = Bounded


class _Watch:
    """Stands before one connection: bounds the heads of responses, and notes what passes."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._receive, self._request = protocol.dataReceived, protocol.request
        self._sent: list[bytes] = []
        self._head: list[bytes] = []
        self._seen = 0

    def receive(self, data: bytes) -> None:
        """Count what comes before a response's head is complete."""
        parser = self._protocol._parser
        heading = parser is not None and parser.state in (STATUS, HEADER)
        self._seen = self._seen + len(data) if heading else 0
        if self._seen > HEAD_BYTES:
            self._protocol.transport.abortConnection()
            return
        if heading:
            self._head.append(data)
        self._receive(data)

    def request(self, request: Any) -> Any:
        """Send a request; its response carries the number under which :func:`seen_on_wire` has the heads."""
        self._sent, self._head = [], []
        write, sent = request._writeHeaders, self._sent

        class Tee:
            """Notes what it passes on."""

            def __init__(self, transport: Any) -> None:
                self._transport = transport

            def writeSequence(self, lines: list[bytes]) -> None:
                sent.append(b"".join(lines))
                self._transport.writeSequence(lines)

        request._writeHeaders = lambda transport, length: write(Tee(transport), length)
        return self._request(request).addCallback(self._note)

    def _note(self, response: Any) -> Any:
        tls, chain = _tls(self._protocol.transport)
        wire = Wire(b"".join(self._sent), _last_head(b"".join(self._head)), tls, chain)
        self._head = []
        number = str(next(_numbers))
        if len(_noted) >= MOST_NOTED:
            del _noted[next(iter(_noted))]
        _noted[number] = wire
        # Scrapy passes nothing on of a response but its headers; this one replaces any that a server sent
        response.headers.setRawHeaders(WIRE_HEADER, [number.encode()])
        return response


def seen_on_wire(headers: Headers) -> Wire | None:
    """What was noted of a response's exchange, once; its mark is taken off the headers."""
    number = headers.pop(WIRE_HEADER, None)
    value = number[-1] if isinstance(number, list) else number
    return _noted.pop((value or b"").decode("latin-1"), None)


def _last_head(raw: bytes) -> bytes:
    """The head of the final response: interim ones (1xx) come before it, its body may have begun."""
    while True:
        head, found, rest = raw.partition(b"\r\n\r\n")
        if not found or head[9:10] != b"1":
            return head + found
        raw = rest


def _tls(transport: Any) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
    """TLS version and cipher, and the peer's certificates (DER); nothing of a plain connection."""
    handle: Any = getattr(transport, "getHandle", lambda: None)()
    if not hasattr(handle, "get_peer_cert_chain"):
        return (), ()
    told = tuple(filter(None, (handle.get_protocol_version_name(), handle.get_cipher_name() or "")))
    chain = handle.get_peer_cert_chain(as_cryptography=True) or ()
    return told, tuple(one.public_bytes(Encoding.DER) for one in chain)
