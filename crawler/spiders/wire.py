"""Scrapy's HTTP connections with a bound on the head of a response, which Twisted reads without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.web._newclient import HEADER, STATUS

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

HEAD_BYTES = 262_144


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
            receive, seen = protocol.dataReceived, 0

            def count(data: bytes) -> None:
                nonlocal seen
                parser = protocol._parser
                heading = parser is not None and parser.state in (STATUS, HEADER)
                seen = seen + len(data) if heading else 0
                if seen > HEAD_BYTES:
                    protocol.transport.abortConnection()
                    return
                receive(data)

            protocol.dataReceived = count
            return protocol

    pool._factory = Bounded
