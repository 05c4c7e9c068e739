"""Fetches single pages for app listings and ads and, with a folder, leaves proof of them.

The folder then holds what a crawl job's holds: ``crawl.warc.gz``, ``files/<sha256>``, ``pages.jsonl``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import FetchError
from crawler.warc import Answer, Sent, WarcWriter

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from crawler.fetch import Chain, Exchange, Fetched
    from crawler.job import PageOutcome
    from crawler.page import Page
    from crawler.settings import CrawlSettings


def check_status(page: Page) -> None:
    """Raise FetchError for an error page: it is kept as proof, and is no document."""
    if page.status >= 400:
        raise FetchError(f"the server answered {page.status}", reason=f"http-{page.status}")


def record_exchange(exchange: Exchange, warc: WarcWriter) -> tuple[str, ...]:
    """Write a request and its response as they were on the wire; return both record ids."""
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return warc.exchange(
        exchange.url,
        Sent(f"GET {target}", exchange.sent),
        Answer(
            exchange.status,
            exchange.headers,
            exchange.body,
            "length" if exchange.cut else "",
            _received_head(exchange),
            exchange.connection,
        ),
        ip=exchange.ip,
        date=exchange.date,
    )


def _received_head(exchange: Exchange) -> bytes:
    """The head with the status line as it came."""
    from crawler.warc import http_head

    return http_head(exchange.first_line, exchange.headers) if exchange.first_line else b""


def with_proof(fetched: Fetched) -> tuple[Page, bytes]:
    """The page with the ids of its WARC records, and the ``.warc.gz`` that holds them."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.warc.gz"
        warc = WarcWriter(path)
        records = [record for exchange in fetched.exchanges for record in record_exchange(exchange, warc)]
        warc.close()
        return replace(fetched.page, warc_records=tuple(records)), path.read_bytes()


class Collector:
    """A fetcher that records. Without a folder it only fetches."""

    def __init__(self, settings: CrawlSettings, directory: Path | None = None) -> None:
        from crawler.spiders.spool import Spool

        self._settings = settings
        self._spool = Spool(directory) if directory is not None else None

    def fetch(self, url: str) -> Fetched:
        """The page at ``url`` with its WARC record ids. Raises FetchError or GuardError."""
        from crawler.fetch import fetch

        fetched = fetch(url, settings=self._settings)
        if self._spool is None:
            return fetched
        records = [record for exchange in fetched.exchanges for record in self._record(exchange)]
        body = self._spool.keep(fetched.body)
        return replace(fetched, page=replace(fetched.page, body=body, warc_records=tuple(records)))

    def follow(self, url: str) -> tuple[Chain, tuple[str, ...]]:
        """A click's redirect chain, and the WARC record ids of its exchanges."""
        from crawler.fetch import follow_redirects

        chain = follow_redirects(url, settings=self._settings)
        if self._spool is None:
            return chain, ()
        return chain, tuple(record for exchange in chain.exchanges for record in self._record(exchange))

    def put(self, outcome: PageOutcome) -> PageOutcome:
        """Spool an outcome, and return it."""
        if self._spool is not None:
            self._spool.put(outcome)
        return outcome

    def _record(self, exchange: Exchange) -> tuple[str, ...]:
        assert self._spool is not None
        return record_exchange(exchange, self._spool.warc)

    def __enter__(self) -> Collector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._spool is not None:
            self._spool.close()
