"""What a feed yields: a document, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.document import Document


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One input in input order. ``ref`` is the caller's own id (JSONL ``id``, file name, WARC URI).

    Exactly one of ``document`` and ``error`` is set; ``reason`` is the stable word counted in run totals.
    ``rejected`` says that nothing went wrong: there is nothing here to judge, and trying again helps nothing.
    """

    ref: str
    document: Document | None = None
    error: str = ""
    reason: str = ""
    rejected: bool = False
