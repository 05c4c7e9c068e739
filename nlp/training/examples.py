"""Twenty hard texts and what the engine says of them, for the README: ``python -m nlp.training.examples``.

The texts (``examples.jsonl``) are made up and never trained on: disguises, and innocent twins that make the
same moves. The table is the engine's real output, mistakes included.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from crawler.document import Block, make_document
from nlp.analyse import analyse_many, load_engine
from nlp.settings import DetectionSettings
from nlp.training.pages import README, write_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlp.analyse import Engine
    from nlp.analysis import Analysis, Finding

FILE = Path(__file__).parent / "examples.jsonl"
PART = "examples"
QUOTES = 3
"""Quotes of one text, at most."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text, whether it is a lead, and why it is hard."""

    id: int
    text: str
    lead: bool
    why: str
    why_en: str


def read_examples(path: Path = FILE) -> list[Example]:
    """The texts in order."""
    lines = path.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Example) for line in lines]


def judge_examples(examples: Sequence[Example], engine: Engine) -> list[Analysis]:
    """The engine's verdicts."""
    documents = (
        make_document(source="file", blocks=[Block("body", example.text)], place=str(example.id))
        for example in examples
    )
    return list(analyse_many(documents, engine))


def render(examples: Sequence[Example], verdicts: Sequence[Analysis]) -> str:
    """The section: how many are right, and a row for each text."""
    pairs = list(zip(examples, verdicts, strict=True))
    right = sum(example.lead == verdict.lead for example, verdict in pairs)
    lines = [
        f"Right: {right} of {len(pairs)}. {_mistakes(pairs)}",
        "",
        "| # | text | what it is | verdict | score | words that spoke for a lead | against |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(example, verdict) for example, verdict in pairs]
    return "\n".join(lines)


def _mistakes(pairs: Iterable[tuple[Example, Analysis]]) -> str:
    wrong = [(example, verdict) for example, verdict in pairs if example.lead != verdict.lead]
    if not wrong:
        return "None is wrong."
    said = [
        f"{example.id} ({'missed' if example.lead else 'false alarm'}"
        f"{', for review' if verdict.review else ''}: {example.why_en})"
        for example, verdict in wrong
    ]
    return f"Wrong: {'; '.join(said)}."


def _row(example: Example, verdict: Analysis) -> str:
    truth = "lead" if example.lead else "no lead"
    labels = f": {' '.join(verdict.categories)}" if verdict.lead else f": {verdict.stance}"
    said = f"**{'lead' if verdict.lead else 'no lead'}**{labels}{' (review)' if verdict.review else ''}"
    mark = "" if example.lead == verdict.lead else " ✗"
    cells = (
        str(example.id),
        example.text.replace("\n", "<br>"),
        f"{truth}: {example.why_en}",
        said + mark,
        f"{verdict.score.probability:.3f}",
        _quotes(finding for finding in verdict.findings if finding.weight > 0),
        _quotes(finding for finding in verdict.findings if finding.weight < 0),
    )
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |"


def _quotes(findings: Iterable[Finding]) -> str:
    """The heaviest distinct words, raw."""
    ordered = sorted(findings, key=lambda finding: -abs(finding.weight))
    words = list(dict.fromkeys(" ".join(finding.matched.split()) for finding in ordered))
    return " · ".join(words[:QUOTES]) or "–"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the README's section of twenty hard texts.")
    parser.add_argument("--readme", type=Path, default=README, help="page with the marks")
    options = parser.parse_args(arguments)
    examples = read_examples()
    section = render(examples, judge_examples(examples, load_engine(DetectionSettings())))
    write_part(options.readme, PART, section)
    print(section)


if __name__ == "__main__":
    main()
