"""Small trees: the same as the library that grew them, a row the same in any batch."""

from __future__ import annotations

import numpy as np

from nlp.forest import Forest, joined
from nlp.heads import DIVERSION, HEADS, LEAD
from nlp.training.fit import Table
from nlp.training.forest import grow_forest


def grown() -> tuple[Forest, np.ndarray]:
    random = np.random.default_rng(1)
    rows = random.normal(size=(400, 6)).round(3)
    labels = np.zeros((400, len(HEADS)))
    labels[:, LEAD] = rows[:, 0] * rows[:, 1] > 0
    labels[:, DIVERSION] = rows[:, 2] > 0.5
    table = Table(labels, np.ones(labels.shape, bool), np.ones(400))
    return grow_forest(rows, table), rows


def test_trees_learn_what_no_sum_can() -> None:
    forest, rows = grown()
    assert list(forest.heads) == [LEAD, DIVERSION]
    odds = forest.predict(rows)
    assert ((odds[:, 0] > 0) == (rows[:, 0] * rows[:, 1] > 0)).mean() > 0.9


def test_a_row_gets_the_same_in_any_batch() -> None:
    forest, rows = grown()
    together = forest.predict(rows[:50])
    assert np.array_equal(together, np.concatenate([forest.predict(rows[at : at + 1]) for at in range(50)]))


def test_no_trees_say_nothing() -> None:
    assert joined((), ()).predict(np.zeros((3, 5))).shape == (3, 0)
