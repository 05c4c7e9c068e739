"""What verdicts got wrong, row by row, so that people can work through their own errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.explain import deciding_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nlp.analysis import Analysis
    from nlp.training.texts import Labelled

OPENING = 60
"""Characters of a text that stand for it where no words decided."""
MISSED, FALSE_ALARM, CATEGORIES, DIVERSION = "missed", "false alarm", "categories", "diversion"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is, or was taken for."""

    lead: bool
    stance: str
    categories: tuple[str, ...]
    diversion: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One text whose verdict differs from its label.

    ``faults`` say in what: ``missed`` or ``false alarm``; of leads that were found, ``categories`` and
    ``diversion``. ``quote`` are the words that decided, raw; the opening of the text where none did (then
    ``rule`` is empty).
    """

    id: str
    faults: tuple[str, ...]
    label: Verdict
    verdict: Verdict
    score: float
    review: bool
    rule: str
    quote: str
    source: str


def find_faults(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> list[Fault]:
    """Wrong verdicts: missed leads and false alarms first, the surest of them first."""
    found = [
        _fault(text, analysis, faults)
        for text, analysis in zip(texts, analyses, strict=True)
        if (faults := tuple(_differences(text, analysis)))
    ]
    return sorted(found, key=lambda fault: (fault.faults[0] in {CATEGORIES, DIVERSION}, _margin(fault)))


def _margin(fault: Fault) -> float:
    """How near a wrong score is to being right: 0 is the surest mistake."""
    return fault.score if fault.label.lead else 1 - fault.score


def _differences(text: Labelled, analysis: Analysis) -> Iterator[str]:
    if text.lead != analysis.lead:
        yield MISSED if text.lead else FALSE_ALARM
    if text.lead and analysis.lead and set(text.categories) != set(analysis.categories):
        yield CATEGORIES
    if text.diversion != analysis.diversion:
        yield DIVERSION


def _fault(text: Labelled, analysis: Analysis, faults: tuple[str, ...]) -> Fault:
    decided = deciding_finding(analysis)
    return Fault(
        id=text.id,
        faults=faults,
        label=Verdict(text.lead, text.stance, text.categories, text.diversion),
        verdict=Verdict(analysis.lead, analysis.stance, analysis.categories, analysis.diversion),
        score=analysis.score.probability,
        review=analysis.review,
        rule=decided.rule if decided else "",
        quote=decided.matched if decided else text.text[:OPENING],
        source=text.source,
    )
