"""One door to all forms of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.errors import ReportError
from evidence.report.bundle import bundle_bytes
from evidence.report.docx import render_docx
from evidence.report.html import render_html
from evidence.report.json import render_json
from evidence.report.misp import render_misp
from evidence.report.pdf import render_pdf
from evidence.report.stix import render_stix
from evidence.report.table import render_csv
from evidence.report.wacz import wacz_bytes
from evidence.report.workbook import render_xlsx

if TYPE_CHECKING:
    from crawler.settings import CrawlSettings
    from evidence.blobs import Blobs
    from evidence.report.model import Report

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "stix": "application/stix+json;version=2.1",
    "misp": "application/json",
    "html": "text/html; charset=utf-8",
    "bundle": "application/zip",
    "wacz": "application/wacz",
}

ENDINGS = {"bundle": "zip", "stix": "stix.json", "misp": "misp.json"}
"""Endings of file names where the form is not one itself."""


def render(
    report: Report,
    form: str,
    *,
    blobs: Blobs,
    browser: CrawlSettings | None = None,
    digest: bool = False,
) -> bytes:
    """The report in one of the forms of ``MEDIA_TYPES``. Raises ReportError for any other.

    ``browser`` are settings that name the Chromium which prints; ``digest`` asks for a PDF of 2 MB at most.
    """
    match form:
        case "json":
            return render_json(report)
        case "csv":
            return "".join(render_csv(report)).encode("utf-8", "replace")
        case "xlsx":
            return render_xlsx(report)
        case "docx":
            return render_docx(report, blobs=blobs)
        case "pdf":
            return render_pdf(report, blobs=blobs, browser=browser, digest=digest)
        case "stix":
            return render_stix(report)
        case "misp":
            return render_misp(report)
        case "html":
            return render_html(report, blobs=blobs)
        case "bundle":
            return bundle_bytes(report, blobs)
        case "wacz":
            return wacz_bytes(report, blobs)
        case _:
            raise ReportError(f"no such form of a report: {form!r}; forms are {', '.join(MEDIA_TYPES)}")
