"""Text cut into marked and unmarked pieces for a template. Pieces join to the source text exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from workers.verdict import shown_contacts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.hit import Hit

KINDS = ("match", "contact", "finding", "counter")
"""From the strongest to the weakest."""


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
    usable = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    cuts = sorted({0, len(text), *(mark.start for mark in usable), *(mark.end for mark in usable)})
    found = []
    for start, end in pairwise(cuts):
        over = [mark for mark in usable if mark.start <= start and end <= mark.end]
        kinds = {mark.kind for mark in over}
        kind = next((name for name in KINDS if name in kinds), "")
        found.append(
            Piece(text[start:end], kind, tuple(dict.fromkeys(mark.why for mark in over if mark.why)))
        )
    return tuple(found)


def hit_marks(hit: Hit, block: int) -> list[Mark]:
    """Findings and contacts of one block as marks."""
    found = [
        Mark(
            finding.span.start,
            finding.span.end,
            "counter" if finding.weight < 0 else "finding",
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
