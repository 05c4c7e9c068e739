"""The HTML stands alone, shows what the report says, and runs nothing that was crawled."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from evidence.leads import update_leads
from evidence.report.build import ReportOptions, build_report
from evidence.report.html import quoted, render_html, visible
from evidence.report.model import Mark, Quote
from evidence.report.pictures import Scale, scaled_jpeg
from evidence.seal import Sealing, seal
from tests.evidence.samples import TEXT, fixed_clock, make_hit, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Report
    from evidence.store.protocol import EvidenceStore

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'承兑 @usdt_desk \u202egnp.exe"


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#c0392b").save(out, "PNG")
    return out.getvalue()


def test_it_needs_nothing_from_elsewhere(report: Report) -> None:
    page = render_html(report).decode()
    tree = LexborHTMLParser(page)
    assert not tree.css("script, link, iframe, object, embed, form")
    assert {node.attributes.get("href", "")[:1] for node in tree.css("a")} <= {"#"}  # type: ignore[index]
    assert not re.search(r"url\(|@import", page)


def test_the_policy_allows_the_style_by_its_digest_alone(report: Report) -> None:
    tree = LexborHTMLParser(render_html(report).decode())
    style = tree.css_first("style")
    meta = tree.css_first("meta[http-equiv]")
    assert style is not None
    assert meta is not None
    digest = base64.b64encode(hashlib.sha256(style.text().encode()).digest()).decode()
    assert meta.attributes["content"] == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_a_saturated_probability_is_not_certainty(report: Report) -> None:
    lead = report.leads[0]
    exhibits = tuple(replace(exhibit, probability=1.0) for exhibit in lead.conduct.exhibits)
    sure = replace(lead, conduct=replace(lead.conduct, exhibits=exhibits))
    shown = LexborHTMLParser(render_html(replace(report, leads=(sure,))).decode()).body
    assert shown is not None
    assert "> 99 %" in shown.text()
    assert "高于 99 %" in shown.text()
    assert "100.0" not in shown.text()


def test_words_are_marked_and_both_languages_are_there(report: Report) -> None:
    tree = LexborHTMLParser(render_html(report).decode())
    assert [node.text() for node in tree.css("mark.contact")] == ["@usdt_desk"] * 2
    assert "承兑" in [node.text() for node in tree.css("mark.finding")]
    assert len(tree.css("span.zh")) == len(tree.css("span.en")) > 50
    assert "涉嫌" in tree.css_first("p.wording span.zh").text()  # type: ignore[union-attr]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_language_is_chosen_by_a_switch(report: Report, lang: str) -> None:
    tree = LexborHTMLParser(render_html(report, lang=lang).decode())  # type: ignore[arg-type]
    checked = tree.css("input[checked]")
    assert [node.attributes["id"] for node in checked] == [f"lang-{lang}"]


def test_hostile_text_is_only_text(store: EvidenceStore, blobs: Blobs) -> None:
    hit = sealed_hit(blobs, HOSTILE, url='https://x.example/"><script>alert(3)</script>')
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    page = render_html(build_report(store, blobs, [lead.id], clock=fixed_clock)).decode()
    tree = LexborHTMLParser(page)
    assert not tree.css("script, img")
    assert "\u202e" not in page
    assert "U+202E" in page
    assert "&lt;script&gt;alert(1)" in page


def test_unverified_evidence_is_said_loudly(store: EvidenceStore, blobs: Blobs) -> None:
    store.put([make_hit()])
    (lead,) = update_leads(store, [make_hit()])
    draft = build_report(store, blobs, [lead.id], options=ReportOptions(draft=True))
    tree = LexborHTMLParser(render_html(draft).decode())
    assert "不得报送" in tree.css_first("div.banner.bad").text()  # type: ignore[union-attr]


def test_the_screenshot_is_embedded_small(store: EvidenceStore, blobs: Blobs) -> None:
    bare = sealed_hit(blobs)
    files = {"screenshot.png": picture(1280, 5000)}
    (capture,) = seal([Sealing(files, "u", "u", bare.seen_at, {})], blobs=blobs)
    hit = replace(bare, capture=capture)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    report = build_report(store, blobs, [lead.id], options=ReportOptions(draft=True))
    image = LexborHTMLParser(render_html(report, blobs=blobs).decode()).css_first("img")
    assert image is not None
    source = image.attributes["src"] or ""
    shown = Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/jpeg;base64,"))))
    assert shown.width == Scale().width
    assert Scale().height - 1 <= shown.height <= Scale().height
    assert b"data:image" not in render_html(report)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", picture(10, 10)[:40], b"GIF89a" + b"\0" * 40],
    ids=["empty", "text", "torn", "gif"],
)
def test_an_unreadable_picture_is_left_out(data: bytes) -> None:
    assert scaled_jpeg(data) == b""


def test_a_small_picture_keeps_its_size() -> None:
    assert Image.open(io.BytesIO(scaled_jpeg(picture(30, 20)))).size == (30, 20)


def test_overlapping_marks_give_one_text() -> None:
    marks = (Mark(0, 4, "finding", "a/b", "x"), Mark(2, 6, "contact", "telegram", "y"))
    quote = Quote(0, "body", "", True, 0, 8, "01234567", marks)
    tree = LexborHTMLParser(str(quoted(quote)))
    assert tree.body is not None
    assert tree.body.text() == "01234567"
    assert [(node.text(), node.attributes["class"]) for node in tree.css("mark")] == [
        ("01", "finding"),
        ("23", "contact"),
        ("45", "contact"),
    ]


def test_hidden_characters_are_shown() -> None:
    assert str(visible("承\u200b兑")) == '承<span class="control">U+200B</span>兑'
    assert str(visible("a\nb")) == "a\nb"
    assert TEXT in str(visible(TEXT))
