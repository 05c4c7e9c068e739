"""The workbook opens in spreadsheets, holds every hit, and no cell of it is a formula or a link."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.report.table import COLUMNS, rows
from evidence.report.texts import text
from evidence.report.workbook import MOST_CHARACTERS, fitting, render_xlsx

if TYPE_CHECKING:
    from evidence.report.model import Report

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(made: bytes) -> list[list[list[str]]]:
    """The texts of each sheet, row by row; fails for any cell that is not plain text."""
    with ZipFile(io.BytesIO(made)) as package:
        names = sorted(name for name in package.namelist() if re.search(r"worksheets/sheet\d+\.xml", name))
        parsed = [ElementTree.fromstring(package.read(name)) for name in names]
        assert not any("hyperlink" in package.read(name).decode() for name in names)
    found = []
    for sheet in parsed:
        assert not list(sheet.iter(f"{SPACE}f"))
        cells = list(sheet.iter(f"{SPACE}c"))
        assert all(cell.get("t") == "inlineStr" for cell in cells if cell.get("t") or len(cell))
        found.append(
            [
                ["".join(cell.itertext()) for cell in row.iter(f"{SPACE}c")]
                for row in sheet.iter(f"{SPACE}row")
            ]
        )
    return found


def test_each_sheet_has_its_rows(report: Report) -> None:
    hits, leads, basis, files = sheets(render_xlsx(report))
    assert hits[0] == [text("columns", name).zh for name in COLUMNS]
    assert [len(row) for row in hits[1:]] == [len(COLUMNS)] * 2
    assert hits[1][1] == leads[1][0] == report.leads[0].case.id
    assert len(basis) == 1 + len(report.leads[0].basis)
    proofs = report.leads[0].evidence.captures
    assert len(files) == 1 + sum(len(proof.files) for proof in proofs)
    assert proofs[0].files[0].sha256 in files[1]


def test_what_was_found_is_never_a_formula(report: Report) -> None:
    lead = report.leads[0]
    place = replace(
        lead.place.places[0], url='=HYPERLINK("http://x")', reference="+1", final_url="http://a.example/"
    )
    places = replace(lead.place, places=(place, *lead.place.places[1:]))
    hits = sheets(render_xlsx(replace(report, leads=(replace(lead, place=places),))))[0]
    assert '=HYPERLINK("http://x")' in [cell for row in hits for cell in row]


def test_a_draft_says_so_on_every_sheet(report: Report) -> None:
    made = sheets(render_xlsx(replace(report, draft=text("labels", "draft"))))
    assert all(sheet[0][0] == "draft" for sheet in made)


def test_the_workbook_holds_what_the_table_holds(report: Report) -> None:
    hits = sheets(render_xlsx(replace(report, lang="en")))[0]
    assert [tuple(row) for row in hits[1:]] == list(rows(replace(report, lang="en")))


@given(st.text(max_size=40))
def test_a_cell_is_whole_text_of_bounded_length(value: str) -> None:
    assert fitting(value) == value.replace("\x00", "").encode("utf-8", "replace").decode()
    assert len(fitting(value * 4000).encode("utf-16-le")) <= 2 * MOST_CHARACTERS


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_column_has_words(report: Report, lang: str) -> None:
    first = [sheet[0] for sheet in sheets(render_xlsx(replace(report, lang=lang)))]  # type: ignore[arg-type]
    assert not [name for row in first for name in row if "_" in name]
