"""The made-up corpus keeps its own rules: form, literal handles, pairs, and nothing held out leaks."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

FOLDER = Path(__file__).parents[2] / "nlp" / "training" / "corpus"
FILES = sorted(FOLDER.glob("*.jsonl"))
STANCES = {"promo", "report", "warning", "official", "education", "tech", "unrelated"}
CATEGORIES = {
    "exchange",
    "derivatives",
    "issuance",
    "stablecoin",
    "rwa",
    "mining",
    "defi_nft",
    "offshore",
    "payment",
    "scheme",
    "naming",
}


def read(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line, type=dict[str, Any]) for line in path.read_bytes().splitlines()]


def test_the_folder_says_that_its_texts_are_made_up() -> None:
    assert "made up" in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_labels_agree_with_each_other(path: Path) -> None:
    for row in read(path):
        assert row["text"].strip(), row["id"]
        assert row["stance"] in STANCES, row["id"]
        assert row["lead"] == (row["stance"] == "promo") == bool(row["categories"]), row["id"]
        assert set(row["categories"]) <= CATEGORIES, row["id"]
        assert all(handle in row["text"] for handle in row["handles"]), row["id"]


def test_ids_and_texts_are_unique() -> None:
    rows = [row for path in FILES for row in read(path)]
    for field in ("id", "text"):
        assert [value for value, count in Counter(row[field] for row in rows).items() if count > 1] == []


def test_pairs_exist_in_the_same_part_and_held_out_plots_do_not_leak() -> None:
    kept = [row for path in FILES if not path.stem.startswith("heldout") for row in read(path)]
    held = [row for path in FILES if path.stem.startswith("heldout") for row in read(path)]
    for part in (kept, held):
        ids = {row["id"] for row in part}
        assert {row["pair"] for row in part if row["pair"]} <= ids
    assert {row["scenario"] for row in kept}.isdisjoint(row["scenario"] for row in held)
