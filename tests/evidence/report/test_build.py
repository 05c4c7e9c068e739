"""The report model: every field group is filled or says why not, and claims no guilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.errors import DraftOnly, ReportError
from evidence.leads import update_leads
from evidence.report.build import ReportOptions, build_report
from evidence.report.model import NOT_FOUND, NOT_RECORDED, Report, Reporter
from evidence.review import Step, take
from tests.evidence.samples import TEXT, fixed_clock, make_hit, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.store.protocol import EvidenceStore

DRAFT = ReportOptions(draft=True)


def test_every_group_is_there(report: Report) -> None:
    (lead,) = report.leads
    assert lead.case.id == f"XS-{lead.case.lead_id[:12].upper()}"
    assert lead.case.created.beijing == "2026-11-24T12:00:00+08:00"
    urls = {place.url for place in lead.place.places}
    assert urls == {"https://forum.example/t/1", "https://forum.example/t/2"}
    assert lead.subject.value == "telegram:usdt_desk"
    assert {fact.name for fact in lead.subject.facts if fact.value == NOT_FOUND} >= {"operator", "filing_no"}
    assert lead.conduct.categories == ("payment", "exchange")
    assert lead.evidence.complete
    assert len(lead.evidence.captures) == 2
    assert [entry.action for entry in lead.review.steps] == ["triage", "confirm"]
    assert lead.handling.retain_until == "2029-11-23"
    assert lead.handling.platform_action == NOT_RECORDED
    assert report.reporter is None


def test_the_statement_says_suspected_in_both_languages(report: Report) -> None:
    statement = report.leads[0].conduct.statement
    assert "涉嫌" in statement.zh
    assert "suspected" in statement.en
    assert "涉嫌" in report.wording.zh


def test_citations_are_those_of_the_day_of_the_hit(report: Report) -> None:
    cited = {entry.id: entry for entry in report.leads[0].basis}
    assert "yinfa-2026-42/activities" in cited
    assert "yinfa-2021-237/activities" not in cited
    assert all(entry.article is None for entry in cited.values())
    assert cited["yinfa-2026-42/activities"].hits == 2


def test_quotes_are_the_raw_words_at_their_offsets(report: Report) -> None:
    for exhibit in report.leads[0].conduct.exhibits:
        (quote,) = exhibit.quotes
        assert quote.text[:10] == TEXT[quote.start : quote.start + 10]
        marked = {quote.text[mark.start : mark.end]: mark.kind for mark in quote.marks}
        assert marked == {"承兑": "finding", "@usdt_desk": "contact"}


def test_a_bystanders_number_is_masked(report: Report) -> None:
    quote = report.leads[0].conduct.exhibits[0].quotes[0]
    assert "13912345678" not in quote.text
    assert "139******78" in quote.text


def test_altered_evidence_shows_in_the_report(store: EvidenceStore, blobs: Blobs, lead_id: str) -> None:
    capture = next(store.get_many(store.get_lead(lead_id).hit_ids)).capture  # type: ignore[union-attr]
    assert capture is not None
    entry = capture.file("item.json")
    assert entry is not None
    blobs.delete(entry.sha256)
    with pytest.raises(DraftOnly, match=r"does not verify \(captures/.*item\.json: missing\)"):
        build_report(store, blobs, [lead_id], clock=fixed_clock)
    (lead,) = build_report(store, blobs, [lead_id], clock=fixed_clock, options=DRAFT).leads
    assert not lead.evidence.complete
    assert lead.evidence.problems == (f"captures/{capture.id}/item.json: missing",)
    assert [proof.verified for proof in lead.evidence.captures] == [False, True]


def test_a_hit_without_proof_makes_the_evidence_incomplete(store: EvidenceStore, blobs: Blobs) -> None:
    store.put([make_hit()])
    (lead,) = update_leads(store, [make_hit()])
    (entry,) = build_report(store, blobs, [lead.id], clock=fixed_clock, options=DRAFT).leads
    assert not entry.evidence.complete
    assert entry.conduct.exhibits[0].capture == NOT_FOUND


def test_a_dismissed_lead_is_reported_as_a_draft_only(
    store: EvidenceStore, blobs: Blobs, lead_id: str, report: Report
) -> None:
    assert report.draft is None
    take(store, blobs, Step(lead_id, "dismiss", "ann", "误报"), clock=fixed_clock)
    with pytest.raises(DraftOnly, match="it was dismissed"):
        build_report(store, blobs, [lead_id], clock=fixed_clock)
    draft = build_report(store, blobs, [lead_id], clock=fixed_clock, options=DRAFT)
    assert draft.draft is not None
    assert draft.draft.zh == "草稿，不得提交"
    assert draft.id.startswith("XSR-DRAFT-")


def test_the_reporter_is_added_at_export(store: EvidenceStore, blobs: Blobs, lead_id: str) -> None:
    reporter = Reporter("示例平台", contact="desk@platform.example")
    report = build_report(store, blobs, [lead_id], clock=fixed_clock, options=ReportOptions(reporter))
    assert report.reporter == reporter
    assert reporter.credit_code == NOT_RECORDED
    nobody = Reporter("", credit_code="", contact="")
    options = ReportOptions(nobody)
    assert build_report(store, blobs, [lead_id], clock=fixed_clock, options=options).reporter is None


def test_receipts_and_prior_leads_are_told(store: EvidenceStore, blobs: Blobs, lead_id: str) -> None:
    take(store, blobs, Step(lead_id, "approve", "bob", "同意"), clock=fixed_clock)
    take(store, blobs, Step(lead_id, "submit", "bob", "", "QX-77"), clock=fixed_clock)
    other = sealed_hit(blobs, f"{TEXT} 三", url="https://forum.example/t/1")
    store.put([other])
    update_leads(store, [other])
    assert build_report(store, blobs, [lead_id], clock=fixed_clock).leads[0].handling.receipts == ("QX-77",)


def test_the_same_lead_twice_is_reported_once(store: EvidenceStore, blobs: Blobs, lead_id: str) -> None:
    assert len(build_report(store, blobs, [lead_id, lead_id], clock=fixed_clock).leads) == 1


@pytest.mark.parametrize("lead_ids", [[], ["f" * 32]], ids=["none", "unknown"])
def test_no_lead_no_report(store: EvidenceStore, blobs: Blobs, lead_ids: list[str]) -> None:
    with pytest.raises(ReportError):
        build_report(store, blobs, lead_ids)


def test_the_settings_say_how_long_evidence_is_kept(store: EvidenceStore, blobs: Blobs, lead_id: str) -> None:
    (lead,) = build_report(store, blobs, [lead_id], options=ReportOptions(retention_days=1)).leads
    (kept_long,) = build_report(store, blobs, [lead_id]).leads
    assert lead.handling.retain_until < kept_long.handling.retain_until
