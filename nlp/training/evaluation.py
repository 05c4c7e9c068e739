"""The outcome of a measurement, and how it is shown to people."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure with its 95 % bootstrap interval and the number of texts it was measured on."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Precision, recall and false positives on some of the texts."""

    name: str
    texts: int
    leads: int
    precision: float
    recall: float
    false_positive_rate: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts[label][found]`` texts of one stance that got another; both in the order of ``stances``."""

    stances: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures. ``stances``: the false-positive rate of each stance of non-leads; ``categories``: F1.

    ``reliability`` is mean score, share of leads and count of each tenth of the score that has texts."""

    texts: int
    leads: int
    figures: dict[str, Figure]
    stances: dict[str, Figure]
    categories: dict[str, Figure]
    slices: tuple[Slice, ...]
    reliability: tuple[tuple[float, float, int], ...]
    confusion: Confusion
    model: str
    lexicon: str


def as_text(evaluation: Evaluation) -> str:
    """The figures as a table for people."""
    lines = [f"{evaluation.texts} texts, {evaluation.leads} leads; model {evaluation.model}", ""]
    lines += [_row(name.replace("_", " "), figure) for name, figure in evaluation.figures.items()]
    lines += ["", "false positives by stance"]
    lines += [_row("  " + name, figure) for name, figure in evaluation.stances.items()]
    lines += ["", "F1 by category"]
    lines += [_row("  " + name, figure) for name, figure in evaluation.categories.items()]
    lines += ["", *_reliability_lines(evaluation), "", *_confusion_lines(evaluation.confusion)]
    lines += ["", f"  {_pad('slice', 40)} texts  leads  precision  recall  false positives"]
    lines += [
        f"  {_pad(part.name, 40)}{part.texts:6d} {part.leads:6d} {part.precision:10.3f} {part.recall:7.3f}"
        f" {part.false_positive_rate:16.3f}"
        for part in evaluation.slices
    ]
    return "\n".join(lines)


def _reliability_lines(evaluation: Evaluation) -> list[str]:
    lines = ["reliability: mean score, share of leads, texts"]
    return lines + [f"  {mean:6.3f} {share:7.3f} {count:6d}" for mean, share, count in evaluation.reliability]


def _confusion_lines(confusion: Confusion) -> list[str]:
    head = "".join(f"{name[:10]:>11}" for name in confusion.stances)
    rows = [
        f"  {_pad(name, 14)}" + "".join(f"{count:11d}" for count in row)
        for name, row in zip(confusion.stances, confusion.counts, strict=True)
    ]
    return ["stance: label (rows) and verdict (columns)", f"  {'':14}{head}", *rows]


def _row(name: str, figure: Figure) -> str:
    return f"{_pad(name, 30)}{figure.value:7.3f}  [{figure.low:.3f}, {figure.high:.3f}]  n={figure.count}"


def _pad(text: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return text + " " * max(width - len(text) - wide, 1)
