"""One report over all leads of a period, with a cover sheet whose totals add up.

A lead belongs to the day, in Beijing, on which it came to stand in the state asked for (new ones: was first
seen). So each is in exactly one of a row of periods: nothing is submitted twice, nothing lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from evidence.audit import standing_steps
from evidence.clock import Clock, beijing_date, rfc3339, utc_now
from evidence.errors import DraftOnly, ReportError
from evidence.lead import State
from evidence.report.build import ReportOptions, lead_report, refusal, report_on
from evidence.report.cover import Count, Cover, LeftOut
from evidence.review import history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from evidence.blobs import Blobs
    from evidence.lead import Lead
    from evidence.report.model import LeadReport, Report
    from evidence.store.protocol import EvidenceStore


@dataclass(frozen=True, slots=True)
class Period:
    """Beijing days, both included, and the state that leads came to stand in; None is no bound."""

    since: date | None = None
    until: date | None = None
    state: State = "approved"

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in the period; an unknown day lies in one without bounds alone."""
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def build_batch(
    store: EvidenceStore,
    blobs: Blobs,
    period: Period,
    *,
    clock: Clock = utc_now,
    options: ReportOptions | None = None,
) -> Report:
    """The report on the period's leads. Those that may not be submitted stay out and are named on the cover.

    A draft tells of all of them. Raises ReportError where the period has no leads, DraftOnly where none may
    be submitted.
    """
    options = options or ReportOptions()
    now = rfc3339(clock())
    told: list[LeadReport] = []
    left_out: list[LeftOut] = []
    for lead in leads_of(store, period):
        one = lead_report(store, blobs, lead.id, now, options)
        refused = None if options.draft else refusal(one)
        if refused:
            left_out.append(LeftOut(one.case.id, lead.id, *refused))
        else:
            told.append(one)
    if not told and left_out:
        first = left_out[0]
        raise DraftOnly(f"none of {len(left_out)} leads may be submitted ({first.case_id}: {first.reason})")
    if not told:
        raise ReportError(f"no lead came to be {period.state} in the period")
    return report_on(tuple(told), now, options, cover=cover_of(period, told, left_out))


def leads_of(store: EvidenceStore, period: Period) -> Iterator[Lead]:
    """The period's leads, strongest first; those merged into another are told of with that one."""
    for lead in store.leads(state=period.state):
        if not lead.into and period.holds(beijing_date(_reached(store, lead))):
            yield lead


def _reached(store: EvidenceStore, lead: Lead) -> str:
    """When a lead came to stand in its state."""
    steps = [step for step in standing_steps(history(store, lead.id)) if step.after == lead.state]
    return steps[-1].at if steps else lead.first_seen


def cover_of(period: Period, leads: Iterable[LeadReport], left_out: Iterable[LeftOut]) -> Cover:
    """The totals of a batch."""
    leads, left_out = tuple(leads), tuple(left_out)
    exhibits = [exhibit.hit_id for lead in leads for exhibit in lead.conduct.exhibits]
    proofs = {proof.id: proof for lead in leads for proof in lead.evidence.captures}
    return Cover(
        since=period.since.isoformat() if period.since else "",
        until=period.until.isoformat() if period.until else "",
        state=period.state,
        found=len(leads) + len(left_out),
        leads=len(leads),
        listed=len(exhibits),
        hits=len(set(exhibits)),
        captures=len(proofs),
        files=sum(len(proof.files) for proof in proofs.values()),
        by_subject=_counts(leads, lambda lead: lead.subject.kind),
        by_category=_counts(leads, lambda lead: next(iter(lead.conduct.categories), "none")),
        by_urgency=_counts(leads, lambda lead: lead.case.urgency),
        left_out=left_out,
    )


def _counts(leads: Iterable[LeadReport], code_of: Callable[[LeadReport], str]) -> tuple[Count, ...]:
    """Leads and their hits by a code, the most frequent first."""
    found: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for lead in leads:
        found[code_of(lead)] += 1
        hits[code_of(lead)] += len(lead.conduct.exhibits)
    return tuple(
        Count(code, found[code], hits[code]) for code in sorted(found, key=lambda code: (-found[code], code))
    )
