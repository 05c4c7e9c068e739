"""Rows of a labelled file: JSON lines, or a table whose cells are read as labels."""

from __future__ import annotations

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
                yield _whole(_ours(_parsed(line, f"{path}:{number}"), columns), f"{path}:{number}")


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
        for number, cells in enumerate(rows, 2):
            if any(cells):
                row = _ours(dict(zip(header, cells, strict=False)), columns)
                yield _labels(_whole(row, f"{path}:{number}"), f"{path}:{number}")


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
    """The cells that are no text, read."""
    made = dict(row)
    for field in ("lead", "diversion"):
        word = str(row.get(field, "")).strip().lower()
        if word not in TRUTHS:
            raise LabelError(f"{place}: {field} is true or false, not {word[:40]!r}")
        made[field] = TRUTHS[word]
    for field in ("categories", "handles"):
        parts = str(row.get(field, "")).translate(SEPARATORS).split(",")
        made[field] = [part.strip() for part in parts if part.strip()]
    return made
