"""Rows of a labelled file: JSON lines, or a table whose cells are read as labels."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from crawler.errors import CrawlerError
from crawler.feeds.columns import find_columns
from crawler.feeds.tables import open_table
from nlp.errors import LabelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TABLES = {".csv": "", ".tsv": "\t"}
FIELDS = ("id", "text", "kind", "lead", "stance", "categories", "diversion", "handles")
"""What may be named by another heading or key."""
NEEDED = ("id", "text", "lead", "stance")
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
SEPARATORS = str.maketrans(dict.fromkeys(";，；、|", ","))

Row = dict[str, Any]


def read_rows(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    """Rows in order, under our names; ``columns`` says which heading or key holds a field.

    Text and id are also found by their usual names. Raises LabelError where a row lacks one of ``NEEDED`` or
    a label cannot be read.
    """
    if path.suffix.lower() in TABLES:
        yield from _table(path, columns)
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                row = _ours(_parsed(line, f"{path}:{number}"), columns)
                yield _labels(_whole(row, f"{path}:{number}"), f"{path}:{number}")


def _parsed(line: bytes, place: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{place}: no JSON: {error}") from error
    if not isinstance(row, dict):
        raise LabelError(f"{place}: a row is an object")
    return row


def _table(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    with path.open("rb") as stream:
        header, rows = open_table(stream, separator=TABLES[path.suffix.lower()])
        number = 1
        try:
            for number, cells in enumerate(rows, 2):
                if any(cells):
                    row = _ours(dict(zip(header, cells, strict=False)), columns)
                    yield _labels(_whole(row, f"{path}:{number}"), f"{path}:{number}")
        except csv.Error as error:
            raise LabelError(f"{path}: row behind line {number} could not be read: {error}") from error


def _ours(row: Row, columns: Mapping[str, str]) -> Row:
    """The row with our names added to those it has."""
    header = list(row)
    named = {field: name for field, name in columns.items() if name in row}
    try:
        usual = find_columns(header)
    except CrawlerError as error:
        raise LabelError(str(error)) from error
    found: dict[str, str] = {
        field: header[usual[field]] for field in ("text", "id") if field in usual and field not in row
    }
    found.update(named)
    return {**row, **{field: row[name] for field, name in found.items()}}


def _whole(row: Row, place: str) -> Row:
    if missing := [name for name in NEEDED if name not in row]:
        raise LabelError(
            f"{place}: lacks {', '.join(missing)}; found: {', '.join(row)}; "
            f"say which holds it with --column {missing[0]}=NAME"
        )
    return row


def _labels(row: Row, place: str) -> Row:
    """The row with its labels read: what JSON has as such, and what a cell or a string says."""
    made = dict(row)
    if not isinstance(row["text"], str):
        raise LabelError(f"{place}: text is no text")
    for field in ("lead", "diversion"):
        word = str(_given(row, field)).strip().lower()
        if word not in TRUTHS:
            raise LabelError(f"{place}: {field} is true or false, not {word[:40]!r}")
        made[field] = TRUTHS[word]
    for field in ("categories", "handles"):
        given = _given(row, field)
        parts = given.translate(SEPARATORS).split(",") if isinstance(given, str) else given
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise LabelError(f"{place}: {field} is a list of texts")
        made[field] = [part for part in map(str.strip, parts) if part]
    return made


def _given(row: Row, field: str) -> Any:
    value = row.get(field)
    return "" if value is None else value
