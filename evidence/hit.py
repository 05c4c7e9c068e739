"""A hit: a document, the verdict on it, and the capture that proves it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.document import Document
from evidence.capture import Capture
from nlp.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Hit:
    """``id`` is the document's id, so the same content at the same place is one hit however often it is seen.

    ``ref`` is the feed's own id. ``basis`` are citation ids (lexicons/basis.yaml) in force on the date of
    conduct. ``seen_at`` is UTC in RFC 3339. ``fetched_url`` is the address asked for; ``document.url`` is
    where it ended.
    """

    id: str
    document: Document
    analysis: Analysis
    seen_at: str
    capture: Capture | None = None
    basis: tuple[str, ...] = ()
    job: str = ""
    ref: str = ""
    fetched_url: str = ""
