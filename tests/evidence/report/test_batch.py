"""One report over a period: each lead in one period, totals that add up, the cover in every form."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from docx import Document
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from evidence.errors import DraftOnly, ReportError
from evidence.leads import update_leads
from evidence.report.batch import Period, build_batch, leads_of
from evidence.report.build import ReportOptions
from evidence.report.docx import render_docx
from evidence.report.html import render_html
from evidence.report.json import read_report, render_json
from evidence.report.misp import render_misp
from evidence.report.stix import render_stix
from evidence.report.texts import sentence, text
from evidence.report.workbook import render_xlsx
from evidence.review import Step, take
from tests.evidence.samples import fixed_clock, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.lead import Lead
    from evidence.report.model import Lang, Report
    from evidence.store.protocol import EvidenceStore

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
STEPS = (("triage", "ann"), ("confirm", "ann"), ("approve", "bob"))


def approved(store: EvidenceStore, blobs: Blobs, name: str, at: datetime) -> Lead:
    """A lead of two hits, approved at a moment."""
    said = f"U商长期承兑，加飞机 @{name} 备注来意"
    bare = [sealed_hit(blobs, said + extra, url=f"https://{name}.example/{extra}") for extra in ("", "2")]
    hits = []
    for hit in bare:
        contact = (
            replace(hit.analysis.contacts[0], handle=name, raw=f"@{name}") if hit.analysis.contacts else None
        )
        hits.append(replace(hit, analysis=replace(hit.analysis, contacts=(contact,) if contact else ())))
    store.put(hits)
    leads = update_leads(store, hits)
    for lead in leads:
        for action, who in STEPS:
            take(store, blobs, Step(lead.id, action, who, "原文属实"), clock=lambda: at)
    return leads[0]


@pytest.fixture
def approved_ids(store: EvidenceStore, blobs: Blobs) -> list[str]:
    """Leads approved on two days of Beijing, the second an hour after midnight there."""
    for name, at in (
        ("desk_one", datetime(2026, 11, 20, 4, tzinfo=UTC)),
        ("desk_two", datetime(2026, 11, 20, 17, tzinfo=UTC)),
    ):
        approved(store, blobs, name, at)
    return [lead.id for lead in store.leads(state="approved")]


def batch(store: EvidenceStore, blobs: Blobs, period: Period, **options: bool) -> Report:
    return build_batch(store, blobs, period, clock=fixed_clock, options=ReportOptions(**options))  # type: ignore[arg-type]


def test_each_lead_is_in_one_of_a_row_of_periods(
    store: EvidenceStore, blobs: Blobs, approved_ids: list[str]
) -> None:
    days = [
        [lead.id for lead in leads_of(store, Period(since, until))]
        for since, until in ((None, FIRST), (SECOND, SECOND), (date(2026, 11, 22), None))
    ]
    assert sorted(name for day in days for name in day) == sorted(approved_ids)
    assert days[0]
    assert days[1]
    assert not days[2]


def test_a_lead_sent_back_is_no_longer_of_the_period(
    store: EvidenceStore, blobs: Blobs, approved_ids: list[str]
) -> None:
    take(store, blobs, Step(approved_ids[0], "undo", "bob", "再查"), clock=fixed_clock)
    assert approved_ids[0] not in [lead.id for lead in leads_of(store, Period())]
    assert approved_ids[0] in [lead.id for lead in leads_of(store, Period(state="confirmed"))]


def test_a_lead_merged_into_another_is_not_told_of_twice(
    store: EvidenceStore, blobs: Blobs, approved_ids: list[str]
) -> None:
    lead = store.get_lead(approved_ids[0])
    assert lead is not None
    store.save_lead(replace(lead, into=approved_ids[1], hit_ids=()), expect=lead.version)
    assert [one.id for one in leads_of(store, Period())] == approved_ids[1:]


def test_totals_add_up(store: EvidenceStore, blobs: Blobs, approved_ids: list[str]) -> None:
    report = batch(store, blobs, Period(FIRST, SECOND))
    cover = report.cover
    assert cover is not None
    assert cover.found == cover.leads + len(cover.left_out) == len(approved_ids)
    for counts in (cover.by_subject, cover.by_category, cover.by_urgency):
        assert sum(one.leads for one in counts) == cover.leads == len(report.leads)
        assert sum(one.hits for one in counts) == cover.listed
    exhibits = [one for lead in report.leads for one in lead.conduct.exhibits]
    assert cover.listed == len(exhibits) >= cover.hits == len({one.hit_id for one in exhibits})
    assert read_report(render_json(report)) == report


def test_what_may_not_be_submitted_stays_out_and_is_named(
    store: EvidenceStore, blobs: Blobs, approved_ids: list[str]
) -> None:
    lead = store.get_lead(approved_ids[0])
    assert lead is not None
    hit = store.get(lead.hit_ids[0])
    assert hit is not None
    store.put([replace(hit, capture=None)])
    report = batch(store, blobs, Period())
    assert report.cover is not None
    (kept,) = report.cover.left_out
    assert (kept.lead_id, kept.reason) == (lead.id, "unproven")
    assert lead.id not in [one.case.lead_id for one in report.leads]
    assert kept.case_id in render_html(report).decode()
    draft = batch(store, blobs, Period(), draft=True)
    assert draft.cover is not None
    assert not draft.cover.left_out
    assert len(draft.leads) == len(approved_ids)


def test_nothing_to_report_is_said(store: EvidenceStore, blobs: Blobs, approved_ids: list[str]) -> None:
    with pytest.raises(ReportError, match="no lead came to be submitted"):
        batch(store, blobs, Period(state="submitted"))
    take(store, blobs, Step(approved_ids[0], "dismiss", "ann", "误报"), clock=fixed_clock)
    with pytest.raises(DraftOnly, match="none of 1 leads"):
        batch(store, blobs, Period(state="dismissed"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_form_but_the_table_has_the_cover(
    store: EvidenceStore, blobs: Blobs, approved_ids: list[str], lang: Lang
) -> None:
    report = replace(batch(store, blobs, Period(FIRST, SECOND)), lang=lang, draft=sentence("draft"))
    words = text("labels", "kept_back")
    said = words.zh if lang == "zh" else words.en
    page = LexborHTMLParser(render_html(report).decode()).css_first("section.cover")
    assert page is not None
    assert said in page.text()
    assert all(lead.case.id in page.text() for lead in report.leads)
    assert said in json.loads(render_stix(report))["objects"][-1]["content"]
    assert said in render_misp(report).decode()
    document = Document(io.BytesIO(render_docx(report)))
    assert said in "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert len(document.tables[3].rows) == 2 + len(report.leads) == 2 + len(approved_ids)
    book = load_workbook(io.BytesIO(render_xlsx(report)))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell]
    assert said in cells
    assert book.worksheets[0].title == (text("sheets", "cover").zh if lang == "zh" else "Cover")
