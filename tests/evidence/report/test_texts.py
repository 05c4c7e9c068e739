"""Every code that a report can hold has words in both languages."""

from __future__ import annotations

import re
from importlib import resources
from typing import get_args

import pytest

from crawler.document import BlockKind, Source, Surface
from evidence.basis import load_basis
from evidence.capture import TimestampKind
from evidence.lead import State, SubjectKind
from evidence.report.facts import SOUGHT
from evidence.report.model import Text
from evidence.report.texts import confidence, table, text
from evidence.review import ACTIONS
from nlp.analysis import CATEGORIES, STANCES


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("categories", CATEGORIES),
        ("stances", STANCES),
        ("surfaces", get_args(Surface)),
        ("sources", get_args(Source)),
        ("states", get_args(State)),
        ("subjects", get_args(SubjectKind)),
        ("timestamps", get_args(TimestampKind)),
        ("kinds", get_args(BlockKind)),
        ("actions", ACTIONS),
        ("facts", SOUGHT),
        ("urgencies", ("high", "normal", "low")),
        ("values", ("not found", "not recorded", "not checked", "not applicable", "none")),
        ("ranks", tuple({entry.rank for entry in load_basis()})),
        ("statuses", (*{entry.status for entry in load_basis()}, "verified")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_code_has_words(group: str, codes: tuple[str, ...]) -> None:
    assert set(codes) <= set(table()[group])


def test_every_label_of_the_template_has_words_and_none_is_idle() -> None:
    folder = resources.files("evidence.report").joinpath("templates")
    template = "".join(file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".j2"))
    used = set(re.findall(r'l\("(\w+)"\)', template))
    # the page's own title is taken from the same table
    assert set(table()["labels"]) == used | {"report"}


def test_every_entry_is_in_both_languages() -> None:
    for group, entries in table().items():
        for code, entry in entries.items() if "zh" not in entries else [("", entries)]:
            assert set(entry) == {"zh", "en"}, (group, code)
            assert all(isinstance(words, str) and words for words in entry.values()), (group, code)


@pytest.mark.parametrize(
    ("probability", "zh", "en"),
    [
        (1.0, "高于 99 %", "> 99 %"),
        (0.9901, "高于 99 %", "> 99 %"),
        (0.99, "99.0 %", "99.0 %"),
        (0.5, "50.0 %", "50.0 %"),
        (0.0, "0.0 %", "0.0 %"),
    ],
)
def test_no_confidence_is_shown_above_99_percent(probability: float, zh: str, en: str) -> None:
    assert confidence(probability) == Text(zh, en)


def test_an_unknown_code_stands_for_itself() -> None:
    assert text("categories", "new-one").zh == "new-one"
