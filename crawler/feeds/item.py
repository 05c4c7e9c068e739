"""What a feed yields: a document, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.document import Document
from crawler.page import Page


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One input in input order. ``ref`` is the caller's own id (JSONL ``id``, file name, WARC URI).

    Exactly one of ``document`` and ``error`` is set; ``reason`` is the stable word counted in run totals.
    ``rejected`` says that nothing went wrong: there is nothing here to judge, and trying again helps nothing.
    ``page`` and ``warc`` are of an item that was fetched by its address: what was asked and answered, and
    the ``.warc.gz`` with the records that the page names.
    """

    ref: str
    document: Document | None = None
    error: str = ""
    reason: str = ""
    rejected: bool = False
    page: Page | None = None
    warc: bytes = b""
