"""Text cut into marked and unmarked pieces for a template. Pieces join to the source text exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.report.runs import runs, strongest
from workers.verdict import shown_contacts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.hit import Hit


@dataclass(frozen=True, slots=True)
class Mark:
    """A range to show, why, and how: ``finding``, ``counter`` (it speaks against), ``contact``, ``match``."""

    start: int
    end: int
    kind: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the marks that cover it and their rules; no marks is plain text."""

    text: str
    kind: str = ""
    why: tuple[str, ...] = ()


def pieces(text: str, marks: Iterable[Mark]) -> tuple[Piece, ...]:
    """``text`` in runs; where marks overlap, a run carries the strongest kind and every reason."""
    return tuple(
        Piece(text[start:end], strongest(over), tuple(dict.fromkeys(mark.why for mark in over if mark.why)))
        for start, end, over in runs(marks, len(text))
    )


def hit_marks(hit: Hit, block: int) -> list[Mark]:
    """Findings and contacts of one block as marks."""
    found = [
        Mark(
            finding.span.start,
            finding.span.end,
            "counter" if finding.against else "finding",
            finding.rule,
        )
        for finding in hit.analysis.findings
        if finding.span.block == block
    ]
    found += [
        Mark(contact.span.start, contact.span.end, "contact", f"contact/{contact.platform}")
        for contact in shown_contacts(hit.analysis)
        if contact.span.block == block
    ]
    return found


def window(text: str, marks: Iterable[Mark], around: int = 60) -> tuple[Piece, ...]:
    """The part of ``text`` around its first mark (its beginning where there is none), in pieces."""
    kept = sorted(marks, key=lambda mark: mark.start)
    first = kept[0].start if kept else 0
    start, end = max(0, first - around), min(len(text), first + 3 * around)
    moved = [
        Mark(max(mark.start, start) - start, min(mark.end, end) - start, mark.kind, mark.why)
        for mark in kept
        if mark.start < end and mark.end > start
    ]
    return pieces(text[start:end], moved)
