"""Writes every exchange to the WARC as it was on the wire, before decompression."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.spiders.gate import resolved_name
from crawler.spiders.wire import seen_on_wire
from crawler.urls import host_of
from crawler.warc import Answer, Sent

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.http.headers import Headers


class WarcRecorder:
    """Records request and response, error pages and robots.txt too; leaves the record ids in ``meta``."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._warc = spider.spool.warc

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WarcRecorder:
        """Scrapy's way in."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the pair, pass the response on."""
        if "playwright" in response.flags:
            return response
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = [("Host", parts.netloc), *header_pairs(request.headers)]
        wire = seen_on_wire(response.headers)
        ip, host = str(response.ip_address or ""), host_of(request.url)
        connection = replace(resolved_name(host), ip=ip)
        if wire is not None:
            connection = replace(connection, tls=wire.tls, chain=wire.chain)
        broken_off = "disconnect" if "dataloss" in response.flags else ""
        ids = self._warc.exchange(
            request.url,
            Sent(f"{request.method} {target}", sent, request.body, wire.sent if wire else b""),
            Answer(
                response.status,
                header_pairs(response.headers),
                response.body,
                broken_off,
                wire.head if wire else b"",
                connection,
            ),
            ip=ip,
        )
        request.meta.setdefault("records", []).extend(ids)
        return response


def header_pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Scrapy's headers as name and value pairs; bytes that are no UTF-8 are kept as Latin-1 characters."""
    return tuple(
        (_text(name), _text(value))
        for name, values in headers.items()
        for value in values
        if value is not None
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
