"""What a deep tier brings inside the review band, as rows of a Markdown table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nlp.training import measures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Chances = tuple[Floats, Floats | float]

HEAD = (
    "| texts in the band | tier | texts | leads | precision | recall | false positives | AUC |",
    "|---|---|---|---|---|---|---|---|",
)


def as_rows(name: str, leads: Bools, base: Chances, deep: Chances) -> list[str]:
    """Two rows: base tier and deep tier. Each comes as probabilities and the limit of a lead."""
    return [_row(name, "model", leads, base), _row("", "deep", leads, deep)]


def _row(name: str, tier: str, leads: Bools, scored: Chances) -> str:
    chances, limit = scored
    found = np.asarray(chances >= limit)
    wrong = int((found & ~leads).sum())

    def cell(value: float, interval: tuple[float, float]) -> str:
        return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"

    count = len(leads)
    precision = cell(
        measures.precision(leads, found),
        measures.bootstrap(count, lambda rows: measures.precision(leads[rows], found[rows])),
    )
    recall = cell(
        measures.recall(leads, found),
        measures.bootstrap(count, lambda rows: measures.recall(leads[rows], found[rows])),
    )
    area = cell(
        measures.auc(leads, chances),
        measures.bootstrap(count, lambda rows: measures.auc(leads[rows], chances[rows])),
    )
    return f"| {name} | {tier} | {count} | {int(leads.sum())} | {precision} | {recall} | {wrong} | {area} |"
