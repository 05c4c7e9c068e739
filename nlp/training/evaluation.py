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
class Evaluation:
    """All figures. ``stances`` is the false-positive rate of each stance of non-leads."""

    texts: int
    leads: int
    figures: dict[str, Figure]
    stances: dict[str, Figure]
    categories: dict[str, float]
    slices: tuple[Slice, ...]
    reliability: tuple[tuple[float, float, int], ...]
    model: str
    lexicon: str


def as_text(evaluation: Evaluation) -> str:
    """The figures as a table for people."""
    lines = [f"{evaluation.texts} texts, {evaluation.leads} leads; model {evaluation.model}", ""]
    lines += [_row(name.replace("_", " "), figure) for name, figure in evaluation.figures.items()]
    lines += ["", "false positives by stance"]
    lines += [_row("  " + name, figure) for name, figure in evaluation.stances.items()]
    lines += ["", "F1 by category"]
    lines += [f"  {_pad(name, 28)}{value:7.3f}" for name, value in evaluation.categories.items()]
    lines += ["", f"  {_pad('slice', 22)} texts  leads  precision  recall  false positives"]
    lines += [
        f"  {_pad(part.name, 22)}{part.texts:6d} {part.leads:6d} {part.precision:10.3f} {part.recall:7.3f}"
        f" {part.false_positive_rate:16.3f}"
        for part in evaluation.slices
    ]
    return "\n".join(lines)


def _row(name: str, figure: Figure) -> str:
    return f"{_pad(name, 30)}{figure.value:7.3f}  [{figure.low:.3f}, {figure.high:.3f}]  n={figure.count}"


def _pad(text: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return text + " " * max(width - len(text) - wide, 1)
