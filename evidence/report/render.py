"""One door to all forms of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.errors import ReportError
from evidence.report.bundle import bundle_bytes
from evidence.report.html import render_html
from evidence.report.json import render_json
from evidence.report.table import render_csv
from evidence.report.workbook import render_xlsx

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Report

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "bundle": "application/zip",
}


def render(report: Report, form: str, *, blobs: Blobs) -> bytes:
    """The report in one of the forms of ``MEDIA_TYPES``. Raises ReportError for any other."""
    match form:
        case "json":
            return render_json(report)
        case "csv":
            return "".join(render_csv(report)).encode("utf-8", "replace")
        case "xlsx":
            return render_xlsx(report)
        case "html":
            return render_html(report, blobs=blobs)
        case "bundle":
            return bundle_bytes(report, blobs)
        case _:
            raise ReportError(f"no such form of a report: {form!r}; forms are {', '.join(MEDIA_TYPES)}")
