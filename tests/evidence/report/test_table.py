"""The table opens in spreadsheets, and no cell of it is a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.report.table import BOM, COLUMNS, render_csv, safe_cell

if TYPE_CHECKING:
    from evidence.report.model import Report


def rows_of(report: Report) -> list[dict[str, str]]:
    text = "".join(render_csv(report))
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline="")))


def test_one_line_a_hit(report: Report) -> None:
    rows = rows_of(report)
    assert len(rows) == 2
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["state"] == "已确认"
    assert rows[0]["contacts"] == "telegram:usdt_desk"
    assert rows[0]["evidence_verified"] == "是"
    assert "承兑" in rows[0]["quotes"]


def test_english_by_the_reports_language(report: Report) -> None:
    assert rows_of(replace(report, lang="en"))[0]["state"] == "confirmed"


def test_a_text_is_named_by_its_title(report: Report) -> None:
    lead = report.leads[0]
    text = replace(lead.subject, kind="text", value="5f1c0f" * 4)
    titled = replace(lead, subject=text, case=replace(lead.case, title="承兑商招募"))
    untitled = replace(lead, subject=text, case=replace(lead.case, title=""))
    assert rows_of(replace(report, leads=(titled,)))[0]["subject"] == "承兑商招募"
    assert rows_of(replace(report, leads=(untitled,)))[0]["subject"] == text.value
    assert rows_of(report)[0]["subject"] == lead.subject.value != lead.case.title


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "　=1", " =cmd|' /C calc'!A0", "\x00=1", "|x"],
)
def test_formulas_are_defused(value: str) -> None:
    assert safe_cell(value).startswith("'")


@pytest.mark.parametrize("value", ["", "abc", "a=b", "承兑", "1.5"])
def test_plain_cells_stay(value: str) -> None:
    assert safe_cell(value) == value


@given(st.text(max_size=30))
def test_no_cell_begins_as_a_formula(value: str) -> None:
    assert not safe_cell(value).startswith(("=", "+", "-", "@"))
