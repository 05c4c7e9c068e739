"""The twenty hard texts of the README of nlp/: it shows what the shipped model says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.training.examples import PART, judge_examples, main, read_examples, render
from nlp.training.pages import README, fill, marks, part_of
from nlp.training.texts import read_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.analyse import Engine

_ROW = re.compile(r"^\| (\d+) \| (.*?) \| (lead|no lead): .*? \| \*\*(lead|no lead)\*\*", re.MULTILINE)


def decisions(section: str) -> dict[int, tuple[str, str, str]]:
    """Text, label and decision of each row."""
    return {int(number): (text, label, said) for number, text, label, said in _ROW.findall(section)}


def test_the_readme_shows_what_the_model_decides(engine: Engine) -> None:
    examples = read_examples()
    now = decisions(render(examples, judge_examples(examples, engine)))
    shown = part_of(README.read_text("utf-8"), PART)
    assert len(now) == len(examples) == 20
    assert decisions(shown) == now, "run python -m nlp.training.examples"


def test_the_texts_are_in_no_corpus_and_on_both_sides() -> None:
    examples = read_examples()
    known = {text.text for text in (*read_corpus(), *read_corpus(held_out=True))}
    assert known.isdisjoint(example.text for example in examples)
    assert {example.lead for example in examples} == {True, False}
    assert [example.id for example in examples] == list(range(1, 21))


def test_mistakes_are_counted_and_named(engine: Engine) -> None:
    examples = read_examples()
    verdicts = judge_examples(examples, engine)
    wrong = [
        example.id
        for example, verdict in zip(examples, verdicts, strict=True)
        if example.lead != verdict.lead
    ]
    section = render(examples, verdicts)
    assert section.startswith(f"Right: {len(examples) - len(wrong)} of 20.")
    assert section.count(" ✗ ") == len(wrong)


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    begin, end = marks(PART)
    page.write_text(f"before\n{begin}\nanother page\n{end}\nafter\n", "utf-8")
    main(["--readme", str(page)])
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "another page" not in text
    assert fill(text, PART, "new") == f"before\n{begin}\nnew\n{end}\nafter\n"
