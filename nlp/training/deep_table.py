"""What a deep tier brings inside the review band: figures of both tiers, as a part of the README."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlp.training import measures
from nlp.training.evaluation import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Chances = tuple[Floats, Floats | float]

PART = "deep"
HEAD = (
    "| texts in the band | tier | texts | leads | precision | recall | false positives | AUC |",
    "|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Tier:
    """Figures of one tier on texts in the band."""

    precision: Figure
    recall: Figure
    area: Figure
    wrong: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The base tier and the deep one on the same texts."""

    name: str
    texts: int
    leads: int
    base: Tier
    deep: Tier


def compare(name: str, leads: Bools, base: Chances, deep: Chances) -> Compared:
    """Both tiers measured. Each comes as probabilities and the limit from which one is a lead."""
    return Compared(name, len(leads), int(leads.sum()), _tier(leads, base), _tier(leads, deep))


def as_section(rows: Iterable[Compared], *, weights: str, corpus: int) -> str:
    """The table, and one sentence of what changes."""
    kept = list(rows)
    lines = [f"Weights {weights}, {corpus} texts with out-of-source scores.", "", *HEAD]
    for row in kept:
        lines += [_line(row.name, "model", row, row.base), _line("", "deep", row, row.deep)]
    changes = (
        f"{row.name}: precision {_points(row.base.precision, row.deep.precision)}, recall "
        f"{_points(row.base.recall, row.deep.recall)}"
        for row in kept
    )
    return "\n".join([*lines, "", f"In points: {'; '.join(changes)}."])


def _points(old: Figure, new: Figure) -> str:
    return f"{(new.value - old.value) * 100:+.0f}"


def _tier(leads: Bools, scored: Chances) -> Tier:
    chances, limit = scored
    found = np.asarray(chances >= limit)

    def figure(measure: Callable[[NDArray[np.int64]], float]) -> Figure:
        return Figure(
            measure(np.arange(len(leads))), *measures.bootstrap(len(leads), measure), count=len(leads)
        )

    return Tier(
        precision=figure(lambda rows: measures.precision(leads[rows], found[rows])),
        recall=figure(lambda rows: measures.recall(leads[rows], found[rows])),
        area=figure(lambda rows: measures.auc(leads[rows], chances[rows])),
        wrong=int((found & ~leads).sum()),
    )


def _line(name: str, tier: str, row: Compared, figures: Tier) -> str:
    precision, recall, area = (
        f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
        for figure in (figures.precision, figures.recall, figures.area)
    )
    cells = (name, tier, str(row.texts), str(row.leads), precision, recall, str(figures.wrong), area)
    return f"| {' | '.join(cells)} |"
