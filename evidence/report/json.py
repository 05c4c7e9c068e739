"""The report as JSON, and the JSON Schema it keeps (report.schema.json beside this file)."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec

from evidence.errors import ReportError
from evidence.manifest import canonical_json
from evidence.report.model import FORMAT, Report

SCHEMA_FILE = "report.schema.json"


def render_json(report: Report) -> bytes:
    """The report as canonical JSON in UTF-8."""
    return canonical_json(report)


def read_report(data: bytes) -> Report:
    """A report from its JSON. Raises ReportError where it does not keep the schema."""
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"not a report: {error}") from error
    if report.format != FORMAT:
        raise ReportError(f"a report of another format: {report.format[:40]!r}")
    return report


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a report, made from the model."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Xiansuo lead report",
        **msgspec.json.schema(Report),
    }


def published_schema() -> bytes:
    """The schema as published with the package."""
    return resources.files("evidence.report").joinpath(SCHEMA_FILE).read_bytes()
