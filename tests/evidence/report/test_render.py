"""Every form of a report is made through one door."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from evidence.errors import ReportError
from evidence.report.render import MEDIA_TYPES, render
from evidence.report.texts import sentence

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Lang, Report

BEGINNINGS = {
    "json": b"{",
    "csv": "\ufeff".encode(),
    "html": b"<!DOCTYPE html>",
    "bundle": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "docx": b"PK\x03\x04",
    "stix": b"{",
    "misp": b"{",
}
ELSEWHERE = {"pdf", "wacz"}  # a browser is needed for the one, fetched pages for the other


@pytest.mark.parametrize("form", BEGINNINGS)
def test_each_form_begins_as_it_should(report: Report, blobs: Blobs, form: str) -> None:
    assert render(report, form, blobs=blobs).startswith(BEGINNINGS[form])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", BEGINNINGS)
def test_a_draft_says_so_in_every_form(report: Report, blobs: Blobs, form: str, lang: Lang) -> None:
    mark = sentence("draft")
    made = render(replace(report, draft=mark, lang=lang), form, blobs=blobs)
    assert (mark.zh if lang == "zh" else mark.en).encode() in unpacked(made, form)
    assert sentence("draft").zh.encode() not in unpacked(render(report, form, blobs=blobs), form)


def unpacked(made: bytes, form: str) -> bytes:
    """What a reader sees: workbooks and documents are packed archives."""
    if form not in ("xlsx", "docx"):
        return made
    with ZipFile(io.BytesIO(made)) as package:
        return b"".join(
            package.read(name) for name in package.namelist() if name.startswith(("xl/worksheets/", "word/"))
        )


def test_every_line_of_a_draft_table_says_so(report: Report, blobs: Blobs) -> None:
    lines = render(replace(report, draft=sentence("draft")), "csv", blobs=blobs).decode().splitlines()
    assert len(lines) == 3
    assert all(line.startswith(sentence("draft").zh) for line in lines[1:])


def test_every_form_is_tested() -> None:
    assert {*BEGINNINGS, *ELSEWHERE} == set(MEDIA_TYPES)


def test_another_form_is_refused(report: Report, blobs: Blobs) -> None:
    with pytest.raises(ReportError, match="no such form"):
        render(report, "odt", blobs=blobs)
