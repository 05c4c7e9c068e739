"""Every form of a report is made through one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.errors import ReportError
from evidence.report.render import MEDIA_TYPES, render

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Report

BEGINNINGS = {"json": b"{", "csv": "\ufeff".encode(), "html": b"<!DOCTYPE html>", "bundle": b"PK\x03\x04"}


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_each_form_begins_as_it_should(report: Report, blobs: Blobs, form: str) -> None:
    assert render(report, form, blobs=blobs).startswith(BEGINNINGS[form])


def test_another_form_is_refused(report: Report, blobs: Blobs) -> None:
    with pytest.raises(ReportError, match="no such form"):
        render(report, "docx", blobs=blobs)
