"""The Word document reads back as what the report says; it holds text and pictures and nothing that acts."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.shared import Cm
from hypothesis import given
from hypothesis import strategies as st

from evidence.leads import update_leads
from evidence.report.build import ReportOptions, build_report
from evidence.report.docx import render_docx
from evidence.report.model import Mark, Quote
from evidence.report.paper import Paper
from evidence.report.texts import sentence, text
from evidence.seal import Sealing, seal
from tests.evidence.report.test_html import picture
from tests.evidence.samples import sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Lang, Report
    from evidence.store.protocol import EvidenceStore

HOSTILE = "\x00<w:p>\x1f &amp; \u202egnp.exe\uffff\ud800 http://evil.example/ =1+1"


def words(made: bytes) -> str:
    """All words of a document, tables included, in the order they stand."""
    document = Document(io.BytesIO(made))
    return "\n".join("".join(node.itertext()) for node in document.element.body)


def pdf_like(made: bytes) -> Any:
    return Document(io.BytesIO(made))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_says_what_the_report_says(report: Report, lang: Lang) -> None:
    made = render_docx(report, lang=lang)
    shown, lead = words(made), report.leads[0]
    statement = lead.conduct.statement.zh if lang == "zh" else lead.conduct.statement.en
    suspected = {"zh": "涉嫌", "en": "suspected"}[lang]
    missing = text("values", "not found")
    for part in (
        report.id,
        lead.case.id,
        statement,
        lead.evidence.captures[0].manifest_sha256,
        lead.evidence.captures[0].files[0].sm3,
        lead.evidence.verify_command,
        (missing.zh if lang == "zh" else missing.en),
        suspected,
        "原文属实",
    ):
        assert part in shown
    styles = {paragraph.style.name for paragraph in Document(io.BytesIO(made)).paragraphs if paragraph.style}
    assert {"Title", "Heading 1", "Heading 2", "Heading 3"} <= styles


def test_each_quote_stands_with_its_marked_words(report: Report) -> None:
    exhibit = report.leads[0].conduct.exhibits[0]
    runs = [run for paragraph in pdf_like(render_docx(report)).paragraphs for run in paragraph.runs]
    shaded = {run.text for run in runs if run._r.xpath("./w:rPr/w:shd")}
    quote = exhibit.quotes[0]
    assert {quote.text[mark.start : mark.end] for mark in quote.marks} == shaded
    assert quote.text in words(render_docx(report))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_draft_says_so_at_the_head_of_each_page(report: Report, lang: Lang) -> None:
    mark = sentence("draft")
    said = mark.zh if lang == "zh" else mark.en
    document = pdf_like(render_docx(replace(report, draft=mark, lang=lang)))
    assert document.sections[0].header.paragraphs[0].text == said
    assert [paragraph.text for paragraph in document.paragraphs].count(said) == 2
    assert mark.zh not in words(render_docx(report))


def test_nothing_in_it_links_or_acts(report: Report) -> None:
    lead = report.leads[0]
    quote = Quote(
        0, "body", HOSTILE, True, 0, len(HOSTILE), HOSTILE, (Mark(0, 9, "finding", "a/b", HOSTILE),)
    )
    exhibits = tuple(replace(one, title=HOSTILE, quotes=(quote,)) for one in lead.conduct.exhibits)
    places = tuple(replace(one, url=HOSTILE, final_url=HOSTILE) for one in lead.place.places)
    hostile = replace(
        lead,
        conduct=replace(lead.conduct, exhibits=exhibits),
        place=replace(lead.place, places=places),
        case=replace(lead.case, title=HOSTILE),
    )
    made = render_docx(replace(report, leads=(hostile,)))
    with ZipFile(io.BytesIO(made)) as package:
        names = package.namelist()
        parts = b"".join(package.read(name) for name in names if name.endswith((".xml", ".rels")))
    assert not [name for name in names if "vba" in name.lower() or "embed" in name or "activeX" in name]
    assert b"TargetMode" not in parts
    for act in (b"<w:hyperlink", b"<w:instrText", b"<w:fldSimple", b"<w:object", b"w:altChunk"):
        assert act not in parts
    assert "[U+202E]gnp.exe[U+FFFF][U+D800] http://evil.example/ =1+1" in words(made)


def test_the_screenshot_is_no_wider_than_the_text(store: EvidenceStore, blobs: Blobs) -> None:
    bare = sealed_hit(blobs)
    (capture,) = seal(
        [Sealing({"screenshot.png": picture(1280, 5000)}, "u", "u", bare.seen_at, {})], blobs=blobs
    )
    store.put([replace(bare, capture=capture)])
    (lead,) = update_leads(store, [replace(bare, capture=capture)])
    report = build_report(store, blobs, [lead.id], options=ReportOptions(draft=True))
    (shape,) = pdf_like(render_docx(report, blobs=blobs)).inline_shapes
    assert shape.width == Cm(15)
    assert not list(pdf_like(render_docx(report)).inline_shapes)


@given(st.text(max_size=30))
def test_any_words_make_a_document(value: str) -> None:
    paper = Paper(title="t", remark="r", created="2026-11-24T04:00:00Z")
    paper.heading(value, 1)
    paper.facts([(value, value)])
    paper.table(["#"], [[value]])
    Document(io.BytesIO(paper.finished()))
