"""Labelled files: labels are read as they are meant, or refused with their line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nlp.errors import LabelError
from nlp.training.texts import read_labelled

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, **labels: Any) -> Path:
    """A file of one row."""
    path = folder / "labelled.jsonl"
    row = {"id": "1", "text": "出U", "lead": True, "stance": "promo", **labels}
    path.write_text(json.dumps(row), "utf-8")
    return path


@pytest.mark.parametrize(
    ("labels", "lead", "handles"),
    [
        pytest.param({"lead": "false"}, False, (), id="a word"),
        pytest.param({"lead": 1, "diversion": None}, True, (), id="a number"),
        pytest.param({"handles": "a_1; b_2"}, True, ("a_1", "b_2"), id="handles in one text"),
        pytest.param({"handles": ["a;1"]}, True, ("a;1",), id="a list as it is"),
    ],
)
def test_labels_of_json_are_read_as_meant(
    labels: dict[str, Any], lead: bool, handles: tuple[str, ...], tmp_path: Path
) -> None:
    (text,) = read_labelled(written(tmp_path, **labels))
    assert (text.lead, text.handles, text.diversion) == (lead, handles, False)


@pytest.mark.parametrize(
    "labels", [{"text": None}, {"lead": "maybe"}, {"handles": 5}, {"categories": [1]}], ids=str
)
def test_labels_that_cannot_be_read_are_named_by_their_line(labels: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"labelled\.jsonl:1: "):
        read_labelled(written(tmp_path, **labels))


def test_a_table_that_breaks_off_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,text,lead,stance\n1," + b"a" * 64_000_001 + b",true,promo\n")
    with pytest.raises(LabelError, match="could not be read"):
        read_labelled(path)
