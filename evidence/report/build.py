"""Build the report model from the store, the blob store and the audit log, checking the proof on the way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from evidence.clock import Clock, rfc3339, utc_now
from evidence.errors import DraftOnly, ReportError
from evidence.leads import case_id
from evidence.report.conduct import conduct_of
from evidence.report.facts import subject_facts
from evidence.report.model import (
    FORMAT,
    NOT_FOUND,
    NOT_RECORDED,
    Case,
    Cited,
    Handling,
    Lang,
    LeadReport,
    Place,
    Places,
    Report,
    Reporter,
    Reviewed,
    ReviewStep,
    StanceCount,
    SubjectOfLead,
    Text,
)
from evidence.report.proof import lead_proof, moment
from evidence.report.quotes import masked_title
from evidence.report.texts import sentence
from evidence.reported import already_reported
from evidence.retention import RETENTION_DAYS, retain_until
from evidence.review import history, receipt_of
from evidence.seal import own_version
from evidence.subjects import grouping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evidence.blobs import Blobs
    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead
    from evidence.report.cover import Cover, Reason
    from evidence.store.protocol import EvidenceStore
    from nlp.analysis import Stance

NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Who reports, the language shown first (the model holds both), how many days the evidence is kept.

    ``draft`` makes a report for internal use, marked as one: only that may tell of leads that are dismissed
    or whose evidence does not verify.
    """

    reporter: Reporter | None = None
    lang: Lang = "zh"
    retention_days: int = RETENTION_DAYS
    draft: bool = False


def build_report(
    store: EvidenceStore,
    blobs: Blobs,
    lead_ids: Iterable[str],
    *,
    clock: Clock = utc_now,
    options: ReportOptions | None = None,
) -> Report:
    """The report on these leads, in this order, each once.

    Raises ReportError for an unknown lead, or for no lead at all, and DraftOnly for a lead that may not be
    submitted, unless a draft is asked for.
    """
    options = options or ReportOptions()
    now = rfc3339(clock())
    leads = tuple(lead_report(store, blobs, name, now, options) for name in dict.fromkeys(lead_ids))
    if not options.draft:
        for lead in leads:
            _submittable(lead)
    return report_on(leads, now, options)


def report_on(
    leads: tuple[LeadReport, ...], now: str, options: ReportOptions, *, cover: Cover | None = None
) -> Report:
    """The report over leads told already. Raises ReportError where there are none."""
    if not leads:
        raise ReportError("a report needs at least one lead")
    identity = "\x1f".join((now, *(f"{lead.case.lead_id}:{lead.case.version}" for lead in leads)))
    return Report(
        format=FORMAT,
        id=f"XSR-{'DRAFT-' if options.draft else ''}{hashlib.sha256(identity.encode()).hexdigest()[:16]}",
        created=moment(now),
        lang=options.lang,
        wording=sentence("wording" if all(_looked_at(lead) for lead in leads) else "wording_unreviewed"),
        reporter=_known_reporter(options.reporter),
        software=f"xiansuo {own_version()}",
        leads=leads,
        draft=sentence("draft") if options.draft else None,
        cover=cover,
    )


def _looked_at(lead: LeadReport) -> bool:
    """Whether a person has looked at a lead."""
    return lead.case.state != "new"


def refusal(lead: LeadReport) -> tuple[Reason, str] | None:
    """Why a lead may not be submitted, and the first fault of its proof; None where it may."""
    if lead.case.state == "dismissed":
        return "dismissed", ""
    if lead.evidence.complete:
        return None
    problems = lead.evidence.problems
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return "unproven", f"{problems[0] if problems else 'it has no hits'}{more}"


def _submittable(lead: LeadReport) -> None:
    """Raises DraftOnly where a lead may not be submitted, in one sentence."""
    refused = refusal(lead)
    if refused is None:
        return
    reason, detail = refused
    why = "it was dismissed" if reason == "dismissed" else f"its evidence does not verify ({detail})"
    raise DraftOnly(f"lead {lead.case.id} cannot be reported: {why}; only a draft can be made of it")


def _known_reporter(reporter: Reporter | None) -> Reporter | None:
    """The reporter with ``not recorded`` for what was left empty; None where all was."""
    if reporter is None or not (reporter.name or reporter.credit_code or reporter.contact):
        return None
    return Reporter(
        *(value or NOT_RECORDED for value in (reporter.name, reporter.credit_code, reporter.contact))
    )


def lead_report(
    store: EvidenceStore, blobs: Blobs, lead_id: str, now: str, options: ReportOptions
) -> LeadReport:
    """Everything about one lead, its proof checked. Raises ReportError for an unknown one."""
    lead = store.get_lead(lead_id)
    if lead is None:
        raise ReportError(f"there is no lead {lead_id}")
    hits = tuple(store.get_many(lead.hit_ids))
    steps = history(store, lead_id)
    case = _case(store, lead, hits, now)
    return LeadReport(
        case=case,
        place=_places(lead, hits),
        subject=SubjectOfLead(lead.subject.kind, lead.subject.value, subject_facts(lead, hits)),
        conduct=conduct_of(lead, hits),
        basis=_basis(hits),
        evidence=lead_proof(lead, hits, blobs, case.id),
        review=_reviewed(lead, hits, steps),
        handling=_handling(lead, steps, retention_days=options.retention_days),
    )


def _case(store: EvidenceStore, lead: Lead, hits: Sequence[Hit], now: str) -> Case:
    rules = grouping()
    urgent, minor = lead.score >= rules.urgent_from, lead.score < rules.minor_below
    prior = [other.id for other in already_reported(store, lead, hits) if other.id != lead.id]
    return Case(
        id=case_id(lead.id),
        lead_id=lead.id,
        version=lead.version,
        state=lead.state,
        created=moment(now),
        title=masked_title(hits[0], lead.title) if hits else lead.title,
        priority=lead.score,
        urgency="high" if urgent else "low" if minor else "normal",
        prior=tuple(sorted(map(case_id, prior))),
    )


def _places(lead: Lead, hits: Sequence[Hit]) -> Places:
    return Places(
        first_seen=moment(lead.first_seen),
        last_seen=moment(lead.last_seen),
        still_live=NOT_CHECKED,
        places=tuple(_place(hit) for hit in hits),
    )


def _place(hit: Hit) -> Place:
    document, capture = hit.document, hit.capture
    return Place(
        hit_id=hit.id,
        url=hit.fetched_url or document.url or NOT_FOUND,
        final_url=(capture.final_url if capture else "") or document.url or NOT_FOUND,
        redirects=(capture.record.get("hops", "") if capture else "") or NOT_RECORDED,
        ad_hops=tuple(hop for slot in document.ad_slots for hop in slot.hops),
        source=document.source,
        surface=document.surface,
        reference=_reference(hit),
        seen=moment(hit.seen_at),
    )


def _reference(hit: Hit) -> str:
    """The feed's, store's or account's own id; a crawled page's is its address, which stands elsewhere."""
    listing = hit.document.listing
    own = hit.ref if hit.ref not in (hit.fetched_url, hit.document.url) else ""
    return own or (listing.app_id if listing else "") or NOT_FOUND


def _basis(hits: Sequence[Hit]) -> tuple[Cited, ...]:
    from evidence.basis import citations

    counts: dict[str, int] = {}
    for hit in hits:
        for name in hit.basis:
            counts[name] = counts.get(name, 0) + 1
    return tuple(
        Cited(
            id=entry.id,
            title=Text(entry.title_zh, entry.title_en),
            clause=Text(entry.clause_zh, entry.clause_en),
            number=entry.number,
            article=entry.article,
            effective=entry.effective.isoformat(),
            repealed=entry.repealed.isoformat() if entry.repealed else "",
            rank=entry.rank,
            status=entry.status,
            hits=counts[entry.id],
        )
        for entry in citations(counts)
    )


def _reviewed(lead: Lead, hits: Sequence[Hit], steps: Sequence[AuditEntry]) -> Reviewed:
    stances: dict[str, int] = {}
    for hit in hits:
        stances[hit.analysis.stance] = stances.get(hit.analysis.stance, 0) + 1
    return Reviewed(
        reviewers=lead.reviewers,
        steps=tuple(
            ReviewStep(moment(e.at), e.actor, e.action, e.before, e.after, e.reason, e.digest, e.identified)
            for e in steps
        ),
        stances=tuple(StanceCount(cast("Stance", name), count) for name, count in sorted(stances.items())),
    )


def _handling(lead: Lead, steps: Sequence[AuditEntry], *, retention_days: int) -> Handling:
    until = retain_until(lead.last_seen, days=retention_days)
    return Handling(
        platform_action=NOT_RECORDED,
        retain_until=until.isoformat() if until else NOT_RECORDED,
        receipts=tuple(filter(None, map(receipt_of, steps))),
    )
