"""The PDF: Chinese reads back, drafts say so on each page, nothing is requested, a digest keeps its limit."""

from __future__ import annotations

import io
import random
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pypdf import PdfReader

from crawler.settings import CrawlSettings
from evidence.errors import ReportError
from evidence.leads import update_leads
from evidence.report import pdf
from evidence.report.build import ReportOptions, build_report
from evidence.report.pdf import DIGEST_BYTES, Cut, render_pdf, shortened
from evidence.report.pictures import Scale
from evidence.report.texts import sentence
from evidence.seal import Sealing, seal
from tests.evidence.samples import TEXT, fixed_clock, sealed_hit

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.blobs import Blobs
    from evidence.report.model import Lang, Report
    from evidence.store.protocol import EvidenceStore


def noise(width: int, height: int, seed: int) -> bytes:
    """A picture that hardly compresses, as a screenshot of photographs does."""
    data = random.Random(seed).randbytes(width * height * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), data).save(out, "PNG", compress_level=1)
    return out.getvalue()


# one glyph of the font stands for a character and for the radical that looks like it; readers may tell either
RADICALS = str.maketrans("⻓⻜", "长飞") | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}


def pages(made: bytes) -> list[str]:
    """The text of each page, without blanks: where a line breaks is the printer's affair."""
    texts = (page.extract_text().translate(RADICALS) for page in PdfReader(io.BytesIO(made)).pages)
    return ["".join(text.split()) for text in texts]


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_reads_back_and_holds_nothing_that_acts(report: Report, chromium: str, lang: Lang) -> None:
    mark = sentence("draft")
    lead = report.leads[0]
    url = 'http://evil.example/"><script src="http://evil.example/x.js"></script>'
    places = tuple(replace(one, url=url) for one in lead.place.places)
    hostile = replace(
        report, draft=mark, lang=lang, leads=(replace(lead, place=replace(lead.place, places=places)),)
    )
    made = render_pdf(hostile, browser=CrawlSettings(browser=chromium))
    shown = pages(made)
    whole = "".join(shown)
    said = "".join((mark.zh if lang == "zh" else mark.en).split())
    assert shown
    assert all(said in page for page in shown)
    assert (
        "".join((lead.conduct.statement.zh if lang == "zh" else lead.conduct.statement.en).split()) in whole
    )
    assert "".join(TEXT.split())[:20] in whole
    assert ("未发现" if lang == "zh" else "notfound") in whole
    assert f"{report.id}·1/{len(shown)}" in whole
    reader = PdfReader(io.BytesIO(made))
    links = [
        note.get_object()["/A"]
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert not [link for link in links if "/URI" in link or "/JS" in link]
    assert "/JavaScript" not in str(reader.trailer["/Root"].get("/Names", ""))


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_a_digest_keeps_its_limit_and_says_what_it_leaves_out(
    store: EvidenceStore, blobs: Blobs, chromium: str
) -> None:
    hits = []
    for number in range(5):
        bare = sealed_hit(blobs, f"{TEXT} {number}", url=f"https://forum.example/t/{number}")
        files = {"screenshot.png": noise(900, 1100, number)}
        (capture,) = seal([Sealing(files, "u", "u", bare.seen_at, {})], blobs=blobs)
        hits.append(replace(bare, capture=capture))
    store.put(hits)
    (lead,) = update_leads(store, hits)
    report = build_report(store, blobs, [lead.id], clock=fixed_clock, options=ReportOptions(draft=True))
    settings = CrawlSettings(browser=chromium)
    full = render_pdf(report, blobs=blobs, browser=settings)
    digest = render_pdf(report, blobs=blobs, browser=settings, digest=True)
    assert len(full) > DIGEST_BYTES >= len(digest)
    whole = "".join(pages(digest))
    assert "摘要版" in whole
    assert "摘要版" not in "".join(pages(full))
    assert lead.hit_ids
    assert report.leads[0].evidence.captures[0].manifest_sha256 in whole


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_what_fits_nowhere_is_refused(report: Report, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "DIGEST_BYTES", 1000)
    monkeypatch.setattr(pdf, "CUTS", (Cut(Scale(most=0), 1, 1),))
    with pytest.raises(ReportError, match="report fewer at a time"):
        render_pdf(report, browser=CrawlSettings(browser=chromium), digest=True)


def test_without_chromium_one_sentence_says_so(report: Report, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="needs Chromium"):
        render_pdf(report, browser=CrawlSettings(browser=str(tmp_path / "none")))


def test_a_shortened_lead_counts_what_it_leaves_out(report: Report) -> None:
    lead = report.leads[0]
    short = shortened(lead, Cut(Scale(most=0), 1, 0))
    assert len(short.conduct.exhibits) == len(short.place.places) == len(short.evidence.captures) == 1
    assert short.conduct.exhibits_left_out == len(lead.conduct.exhibits) - 1
    (kept,) = short.conduct.exhibits
    before = next(one for one in lead.conduct.exhibits if one.hit_id == kept.hit_id)
    assert kept.quotes_left_out == before.quotes_left_out + len(before.quotes)
