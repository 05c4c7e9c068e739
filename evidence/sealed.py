"""Compare a hit in the index with what was sealed: the document and the verdict have to be the very same.

A capture holds the document as ``item.json`` (a feed's item) or ``document.json`` (extracted from a page),
and the verdict as ``verdict.json`` in the form that ``scan`` prints.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.document import Document
from evidence.check import Problem
from evidence.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.blobs import Blobs
    from evidence.capture import Capture
    from evidence.hit import Hit
    from nlp.analysis import Analysis, Span

DOCUMENT_FILES = ("item.json", "document.json")
VERDICT_FILE = "verdict.json"
_SCORE_DIGITS = 6


def check_sealed(hit: Hit, capture: Capture, blobs: Blobs) -> Iterator[Problem]:
    """Where the index tells another document or verdict than the capture (altered files apart)."""
    names = [entry.name for entry in capture.files]
    document = next((name for name in DOCUMENT_FILES if name in names), None)
    if document is None:
        yield Problem(DOCUMENT_FILES[1], "not among the sealed files", capture.id)
    elif not _same_document(hit, _read(capture, document, blobs)):
        yield Problem(document, "differs from the document in the index", capture.id)
    if VERDICT_FILE not in names:
        yield Problem(VERDICT_FILE, "not among the sealed files", capture.id)
    elif not _same_verdict(hit.analysis, _read(capture, VERDICT_FILE, blobs)):
        yield Problem(VERDICT_FILE, "differs from the verdict in the index", capture.id)


def _read(capture: Capture, name: str, blobs: Blobs) -> bytes | None:
    """A sealed file, or None where it is missing or altered: the check of the capture says so."""
    entry = capture.file(name)
    try:
        return blobs.get(entry.sha256) if entry else None
    except IntegrityError:
        return None


def _same_document(hit: Hit, data: bytes | None) -> bool:
    if data is None:
        return True
    try:
        sealed = msgspec.json.decode(data, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return sealed == hit.document and hit.id == hit.document.id


def _same_verdict(analysis: Analysis, data: bytes | None) -> bool:
    if data is None:
        return True
    try:
        sealed = json.loads(data)
        return _comparable(sealed) == _told(analysis)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _comparable(sealed: dict[str, Any]) -> dict[str, Any]:
    """What of a sealed verdict can be compared with an analysis."""
    plain = ("lead", "review", "stance", "categories", "diversion", "tier", "versions")
    return {
        **{name: sealed[name] for name in plain},
        "score": round(sealed["score"], _SCORE_DIGITS),
        "findings": [(entry["rule"], entry["matched"], *_range(entry)) for entry in sealed["findings"]],
        "contacts": [(entry["platform"], entry["handle"], *_range(entry)) for entry in sealed["contacts"]],
    }


def _told(analysis: Analysis) -> dict[str, Any]:
    """The same of the analysis in the index."""
    return {
        "lead": analysis.lead,
        "review": analysis.review,
        "stance": analysis.stance,
        "categories": list(analysis.categories),
        "diversion": analysis.diversion,
        "tier": analysis.tier,
        "versions": msgspec.to_builtins(analysis.versions),
        "score": round(analysis.score.probability, _SCORE_DIGITS),
        "findings": [(entry.rule, entry.matched, *_of_span(entry.span)) for entry in analysis.findings],
        "contacts": [(entry.platform, entry.handle, *_of_span(entry.span)) for entry in analysis.contacts],
    }


def _range(entry: dict[str, Any]) -> tuple[int, int, int]:
    return entry["block"], entry["start"], entry["end"]


def _of_span(span: Span) -> tuple[int, int, int]:
    return span.block, span.start, span.end
