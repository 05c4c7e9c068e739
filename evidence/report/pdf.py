"""The report as PDF: the HTML report, printed by Chromium with scripts off and no network.

The digest is at most two megabytes, which is what submission forms take: pictures are scaled down step by
step, then weaker exhibits go, and what was left out is said.
"""

from __future__ import annotations

import html
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.settings import CrawlSettings
from evidence.errors import ReportError
from evidence.report.html import render_html
from evidence.report.pictures import Scale
from evidence.report.shown import plain, speech_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from evidence.blobs import Blobs
    from evidence.report.model import Exhibit, Lang, LeadReport, Report

DIGEST_BYTES = 2_000_000
"""What a digest weighs at most: two megabytes as the strictest form may count them."""
PATIENCE_MS = 300_000
_ARGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # whatever would be asked for finds no address
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_SMALL_PRINT = (
    "font-size:8px;width:100%;padding:0 15mm;color:#5b6b7b;font-family:'Noto Sans CJK SC',sans-serif"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One try at a digest: the scale of pictures, how many exhibits of a lead and quotes of one stay."""

    scale: Scale
    exhibits: int
    quotes: int


CUTS = (
    Cut(Scale(700, 900, 60, 20), 20, 6),
    Cut(Scale(520, 640, 50, 12), 10, 4),
    Cut(Scale(400, 420, 40, 6), 5, 3),
    Cut(Scale(most=0), 3, 2),
    Cut(Scale(most=0), 1, 1),
)


def render_pdf(
    report: Report,
    *,
    blobs: Blobs | None = None,
    lang: Lang | None = None,
    browser: CrawlSettings | None = None,
    digest: bool = False,
) -> bytes:
    """The report on A4 pages in one language, pages numbered; a draft says so on each of them.

    ``browser`` are the settings that name Chromium. Raises ReportError where there is none, or where a digest
    does not fit into its limit.
    """
    from playwright.sync_api import Error, sync_playwright

    settings = browser or CrawlSettings()
    if settings.browser and not Path(settings.browser).exists():
        raise ReportError(
            f"PDF needs Chromium and there is none at {settings.browser}: install it or set crawl.browser"
        )
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(**_launch(settings))
            try:
                return _printed(chromium, report, blobs, lang, digest=digest)
            finally:
                chromium.close()
    except Error as error:
        raise ReportError(f"Chromium could not print the report: {str(error).splitlines()[0]}") from error


def _launch(settings: CrawlSettings) -> dict[str, Any]:
    sandbox = os.geteuid() != 0 if settings.browser_sandbox is None else settings.browser_sandbox
    options: dict[str, Any] = {"args": list(_ARGS), "chromium_sandbox": sandbox, "timeout": PATIENCE_MS}
    return options | ({"executable_path": settings.browser} if settings.browser else {})


def _printed(
    chromium: Browser, report: Report, blobs: Blobs | None, lang: Lang | None, *, digest: bool
) -> bytes:
    if not digest:
        return _print(chromium, render_html(report, blobs=blobs, lang=lang), report, lang)
    for brief, scale in _digests(report):
        page = render_html(brief, blobs=blobs, lang=lang, scale=scale, digest=True)
        made = _print(chromium, page, report, lang)
        if len(made) <= DIGEST_BYTES:
            return made
    raise ReportError(
        f"a digest of {len(report.leads)} leads is larger than {DIGEST_BYTES:,} bytes: report fewer at a time"
    )


def _digests(report: Report) -> Iterator[tuple[Report, Scale]]:
    for cut in CUTS:
        yield replace(report, leads=tuple(shortened(lead, cut) for lead in report.leads)), cut.scale


def shortened(lead: LeadReport, cut: Cut) -> LeadReport:
    """A lead with its strongest exhibits and their first quotes alone; counts say what was left out."""
    ranked = sorted(lead.conduct.exhibits, key=lambda exhibit: -exhibit.probability)[: cut.exhibits]
    kept = {exhibit.hit_id for exhibit in ranked}
    exhibits = tuple(
        _fewer_quotes(exhibit, cut.quotes) for exhibit in lead.conduct.exhibits if exhibit.hit_id in kept
    )
    left_out = len(lead.conduct.exhibits) - len(exhibits) + lead.conduct.exhibits_left_out
    return replace(
        lead,
        conduct=replace(lead.conduct, exhibits=exhibits, exhibits_left_out=left_out),
        place=replace(lead.place, places=tuple(place for place in lead.place.places if place.hit_id in kept)),
        evidence=replace(
            lead.evidence,
            captures=tuple(proof for proof in lead.evidence.captures if proof.hit_id in kept),
        ),
    )


def _fewer_quotes(exhibit: Exhibit, most: int) -> Exhibit:
    left_out = exhibit.quotes_left_out + max(0, len(exhibit.quotes) - most)
    return replace(exhibit, quotes=exhibit.quotes[:most], quotes_left_out=left_out)


def _print(chromium: Browser, page_html: bytes, report: Report, lang: Lang | None) -> bytes:
    """Print one page of HTML. It is read from a file; any other request is refused."""
    with tempfile.TemporaryDirectory(prefix="xiansuo-") as folder:
        file = Path(folder) / "report.html"
        file.write_bytes(page_html)
        address = file.as_uri()

        def only_the_report(route: Route) -> None:
            if route.request.url == address:
                route.continue_()
            else:
                route.abort()

        context = chromium.new_context(
            java_script_enabled=False, service_workers="block", accept_downloads=False, offline=True
        )
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", only_the_report)
        page = context.new_page()
        page.goto(address, wait_until="load")
        head, foot = _edges(report, lang)
        made = page.pdf(
            format="A4",
            print_background=True,
            display_header_footer=True,
            header_template=head,
            footer_template=foot,
            margin={"top": "18mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
        )
        context.close()
    return made


def _edges(report: Report, lang: Lang | None) -> tuple[str, str]:
    """What stands at the head and the foot of every page."""
    say = speech_of(report, lang)
    mark = html.escape(plain(say(report.draft))) if report.draft else ""
    head = f'<div style="{_SMALL_PRINT};text-align:center;color:#b3261e;font-size:11px"><b>{mark}</b></div>'
    number = '<span class="pageNumber"></span> / <span class="totalPages"></span>'
    foot = f'<div style="{_SMALL_PRINT};text-align:right">{html.escape(report.id)} · {number}</div>'
    return head, foot
