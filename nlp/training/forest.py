"""Grow the small trees of ``nlp.forest`` by gradient boosting, on what channels say of unseen sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.forest import DEPTH, INNER, LEAVES, Forest, joined
from nlp.heads import CATEGORY_HEADS, DIVERSION, LEAD
from nlp.training.fit import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.training.fit import Table

    Floats = NDArray[np.float64]

TREES, RATE = 120, 0.07
LABEL_TREES, LABEL_RATE = 40, 0.15
BINS = 48
FEWEST_ROWS, RIDGE = 25, 8.0
FEWEST = 40
"""Rows of either label that a head needs to have trees."""


def grow_forest(features: Floats, table: Table) -> Forest:
    """Trees for the lead, the categories and the diversion, where there are enough rows."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    heads, forests = [], []
    # the threads of one fit wait for each other in a spin: on a busy machine that takes most of the time
    with threadpool_limits(1):
        for head in (LEAD, *range(CATEGORY_HEADS.start, CATEGORY_HEADS.stop), DIVERSION):
            rows = np.flatnonzero(table.counted[:, head])
            target = table.labels[rows, head].astype(bool)
            if min(target.sum(), (~target).sum()) >= FEWEST:
                heads.append(head)
                forests.append(_grow(features[rows], target, table.weights[rows], lead=head == LEAD))
    return joined(heads, forests)


def _grow(rows: Floats, target: NDArray[np.bool_], weights: Floats, *, lead: bool) -> Forest:
    """Boosted trees for one yes or no question."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=TREES if lead else LABEL_TREES,
        learning_rate=RATE if lead else LABEL_RATE,
        max_depth=DEPTH,
        max_bins=BINS,
        min_samples_leaf=FEWEST_ROWS,
        l2_regularization=RIDGE,
        early_stopping=False,
        random_state=SEED,
    ).fit(rows, target, sample_weight=weights)
    count = len(model._predictors)
    columns = np.zeros((count, INNER), np.int16)
    limits, values = np.full((count, INNER), np.inf), np.zeros((count, LEAVES))
    for tree, (predictor,) in enumerate(model._predictors):
        _copy(predictor.nodes, 0, 0, (columns[tree], limits[tree], values[tree]))
    bias = np.array([float(model._baseline_prediction.ravel()[0])])
    return Forest(np.zeros(1, np.int64), np.array([count]), bias, columns, limits, values)


def _copy(nodes: Any, source: int, place: int, tree: tuple[Any, Any, Any]) -> None:
    """Copy a node and what hangs below it; a leaf above the bottom is asked no question and goes left."""
    columns, limits, values = tree
    if place >= INNER:
        values[place - INNER] = nodes[source]["value"]
    elif nodes[source]["is_leaf"]:
        _copy(nodes, source, 2 * place + 1, tree)
        _copy(nodes, source, 2 * place + 2, tree)
    else:
        columns[place] = nodes[source]["feature_idx"]
        limits[place] = nodes[source]["num_threshold"]
        _copy(nodes, nodes[source]["left"], 2 * place + 1, tree)
        _copy(nodes, nodes[source]["right"], 2 * place + 2, tree)
