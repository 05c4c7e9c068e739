"""The way of the data, read top to bottom, and the counts at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.clock import BEIJING, rfc3339, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from workers.judge import Judged


@dataclass(frozen=True, slots=True)
class Totals:
    """``fetched = indexed + rejected + failed``. Without an index, ``indexed`` counts leads alone."""

    fetched: int
    indexed: int
    rejected: int
    failed: int
    leads: int
    review: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass
class Tally:
    """Counts what passes; what the index refused comes as failed. ``saving``: hits for review count, too."""

    fetched: int = 0
    indexed: int = 0
    failed: int = 0
    leads: int = 0
    review: int = 0
    saving: bool = False
    reasons: Counter[str] = field(default_factory=Counter)

    def add_all(self, run: Iterable[Judged]) -> None:
        """Count a run's outcomes."""
        for judged in run:
            self.add(judged)

    def lost(self, run: Sequence[Judged]) -> None:
        """Count outcomes that could not be written down: they failed."""
        self.fetched += len(run)
        self.failed += len(run)
        self.reasons["not-written"] += len(run)

    def add(self, judged: Judged) -> None:
        """Count one outcome."""
        self.fetched += 1
        if judged.analysis is None:
            self.failed += 1
            self.reasons[judged.item.reason or "failed"] += 1
            return
        self.leads += judged.analysis.lead
        self.review += judged.analysis.review and not judged.analysis.lead
        self.indexed += judged.analysis.lead or (self.saving and judged.analysis.review)

    @property
    def totals(self) -> Totals:
        """The counts so far."""
        return Totals(
            fetched=self.fetched,
            indexed=self.indexed,
            rejected=self.fetched - self.indexed - self.failed,
            failed=self.failed,
            leads=self.leads,
            review=self.review,
            reasons=tuple(self.reasons.most_common()),
        )


def now() -> str:
    """The present in UTC, RFC 3339 to the second."""
    return rfc3339(utc_now())


def today() -> date:
    """The date in Beijing, by which rules come into force."""
    return utc_now().astimezone(BEIJING).date()
