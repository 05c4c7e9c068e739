"""The JSON keeps its published schema and reads back as the same report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from evidence.errors import ReportError
from evidence.report.json import published_schema, read_report, render_json, report_schema

if TYPE_CHECKING:
    from evidence.report.model import Report


def test_it_reads_back(report: Report) -> None:
    assert read_report(render_json(report)) == report


def test_it_keeps_the_published_schema(report: Report) -> None:
    schema = json.loads(published_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(render_json(report)), schema)


def test_the_published_schema_is_the_models() -> None:
    assert json.loads(published_schema()) == report_schema(), "write report.schema.json anew"


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"format": "x"}', b"\xff", b"[" * 100_000],
    ids=["empty", "list", "part", "bytes", "deep"],
)
def test_anything_else_is_no_report(data: bytes) -> None:
    with pytest.raises(ReportError):
        read_report(data)


def test_another_format_is_refused(report: Report) -> None:
    with pytest.raises(ReportError, match="another format"):
        read_report(render_json(report).replace(b"xiansuo-report/1", b"xiansuo-report/9"))
