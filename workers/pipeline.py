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
    """``fetched = indexed + rejected + failed``. Without an index, ``indexed`` counts leads alone.

    ``reasons`` say why inputs failed, ``unread`` why some of the rejected have no verdict.
    """

    fetched: int = 0
    indexed: int = 0
    rejected: int = 0
    failed: int = 0
    leads: int = 0
    review: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    unread: tuple[tuple[str, int], ...] = ()

    def plus(self, other: Totals) -> Totals:
        """Both counts together."""
        return Totals(
            fetched=self.fetched + other.fetched,
            indexed=self.indexed + other.indexed,
            rejected=self.rejected + other.rejected,
            failed=self.failed + other.failed,
            leads=self.leads + other.leads,
            review=self.review + other.review,
            reasons=_most(Counter(dict(self.reasons)) + Counter(dict(other.reasons))),
            unread=_most(Counter(dict(self.unread)) + Counter(dict(other.unread))),
        )


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
    unread: Counter[str] = field(default_factory=Counter)

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
        if judged.item.rejected:
            self.unread[judged.item.reason] += 1
            return
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
            reasons=_most(self.reasons),
            unread=_most(self.unread),
        )


def _most(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(counted.most_common())


def now() -> str:
    """The present in UTC, RFC 3339 to the second."""
    return rfc3339(utc_now())


def today() -> date:
    """The date in Beijing, by which rules come into force."""
    return utc_now().astimezone(BEIJING).date()
