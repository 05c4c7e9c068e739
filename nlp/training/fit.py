"""Fit one channel: arrays of features and labels in, the channel of ``nlp.heads`` out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.analysis import CATEGORIES, STANCES
from nlp.heads import CATEGORY_HEADS, HEADS, FactChannel, HashedChannel, VectorChannel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_matrix
    from sklearn.neural_network import MLPClassifier

    from nlp.ngrams import Keys
    from nlp.training.texts import Labelled

    Floats = NDArray[np.float64]

SEED = 20260206
LEVELS = 127
RARITY_UNIT = 64
FEWEST = 3
"""Positive and negative examples a head needs; with fewer it always says no."""
NEVER = -6.0
FEWEST_TEXTS = 2
"""Texts an n-gram must occur in to keep a weight: single ones teach nothing and cost space."""
EMBEDDING_SCALE = 5.0


@dataclass(frozen=True, slots=True)
class Table:
    """Labels (rows × heads), which of them count, and the weight of each row."""

    labels: Floats
    counted: NDArray[np.bool_]
    weights: Floats

    def take(self, rows: NDArray[np.int64]) -> Table:
        """Some rows."""
        return Table(self.labels[rows], self.counted[rows], self.weights[rows])


def make_table(texts: Sequence[Labelled]) -> Table:
    """The labels of texts; categories are learnt from leads alone."""
    labels = np.zeros((len(texts), len(HEADS)))
    counted = np.ones(labels.shape, bool)
    for row, text in enumerate(texts):
        labels[row] = [
            text.lead,
            *(category in text.categories for category in CATEGORIES),
            *(stance == text.stance for stance in STANCES),
            text.diversion,
        ]
        counted[row, CATEGORY_HEADS] = text.lead
    return Table(labels, counted, np.array([text.weight for text in texts]))


def _fit_heads(features: csr_matrix, table: Table, *, heads: int, strength: float) -> tuple[Floats, Floats]:
    """Coefficients (columns × heads) and biases of one logistic regression for each of the first heads."""
    from sklearn.linear_model import LogisticRegression

    coefficients = np.zeros((features.shape[1], heads))
    bias = np.full(heads, NEVER)
    for head in range(heads):
        rows = np.flatnonzero(table.counted[:, head])
        target = table.labels[rows, head]
        if min(target.sum(), len(target) - target.sum()) < FEWEST:
            continue
        model = LogisticRegression(C=strength, solver="liblinear", tol=1e-2, max_iter=200, random_state=SEED)
        model.fit(features[rows], target, sample_weight=table.weights[rows])
        coefficients[:, head] = model.coef_[0]
        bias[head] = model.intercept_[0]
    return coefficients, bias


def fit_hashed(
    keys: Keys, table: Table, *, bits: int, heads: int = len(HEADS), strength: float = 16.0
) -> HashedChannel:
    """A linear model over counts of n-grams, weighed by inverse document frequency; see ``HashedChannel``."""
    from scipy.sparse import diags

    counts, frequency = count_keys(keys, bits=bits)
    inverse = np.log((len(table.labels) + 1) / (frequency + 1)) + 1
    inverse[frequency == 0] = inverse.max()
    rarity = np.minimum(np.rint(inverse**2 * RARITY_UNIT), 65535).astype(np.uint16)
    inverse = np.sqrt(rarity / RARITY_UNIT)
    norm = np.sqrt(np.maximum(counts @ inverse**2, 1.0))
    normed = (diags(1 / norm) @ counts @ diags(inverse)).tocsr()
    coefficients, bias = _fit_heads(normed, table, heads=heads, strength=strength)
    scaled = coefficients * inverse[:, None]
    scaled[frequency < FEWEST_TEXTS] = 0
    weights, scale = quantised(scaled)
    return HashedChannel(weights, rarity, scale, bias)


def count_keys(keys: Keys, *, bits: int) -> tuple[csr_matrix, NDArray[np.int64]]:
    """How often each key occurs, texts × buckets, and in how many texts each bucket occurs."""
    from scipy.sparse import csr_matrix

    shape = len(keys.counts), 1 << bits
    counts = csr_matrix((np.ones(len(keys.columns)), keys.columns, keys.bounds), shape=shape)
    counts.sum_duplicates()
    return counts, np.bincount(counts.indices, minlength=1 << bits)


def quantised(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Weights as whole numbers up to ``LEVELS``, and their unit, one for each head."""
    scale = np.maximum(np.abs(weights).max(axis=0) / LEVELS, 1e-9)
    return np.rint(weights / scale).astype(np.int8), scale


def fit_facts(facts: Sequence[dict[str, float]], table: Table, *, strength: float = 0.5) -> FactChannel:
    """A linear model over the facts that occur in at least ``FEWEST`` texts."""
    from scipy.sparse import csr_matrix

    met: dict[str, int] = {}
    for row in facts:
        for name in row:
            met[name] = met.get(name, 0) + 1
    index = {name: number for number, name in enumerate(sorted(name for name in met if met[name] >= FEWEST))}
    cells = [
        (row, index[name], value)
        for row, entry in enumerate(facts)
        for name, value in entry.items()
        if name in index
    ]
    rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
    # One empty column more, so that a corpus without facts can be fitted too.
    matrix = csr_matrix((values, (rows, columns)), shape=(len(facts), len(index) + 1))
    coefficients, bias = _fit_heads(matrix, table, heads=len(HEADS), strength=strength)
    return FactChannel(index, coefficients[: len(index)], bias)


def fit_vectors(
    words: Sequence[Sequence[int]],
    stored: tuple[NDArray[np.int8], NDArray[np.uint8]],
    table: Table,
    *,
    networks: int = 3,
    hidden: int = 128,
) -> VectorChannel:
    """Networks that learn all heads at once from mean word vectors; their outputs are averaged."""
    size = stored[0].shape[1]
    empty = np.zeros((0, size), np.float32)
    channel = VectorChannel(
        *stored, np.zeros(size, np.float32), empty, empty[:, 0], empty, np.zeros(len(HEADS))
    )
    channel = replace(channel, centre=_centre(channel, words))
    embedded = channel.embed(words) * EMBEDDING_SCALE
    # The network takes no weights: a row stands as often as its weight, rounded, says.
    rows = np.repeat(np.arange(len(table.labels)), np.maximum(np.rint(table.weights).astype(int), 1))
    models = [
        _network(embedded[rows], table.labels[rows], hidden=hidden, seed=SEED + number)
        for number in range(networks)
    ]
    return replace(
        channel,
        inner=np.concatenate([model.coefs_[0].T * EMBEDDING_SCALE for model in models]).astype(np.float32),
        inner_bias=np.concatenate([model.intercepts_[0] for model in models]).astype(np.float32),
        outer=np.concatenate([model.coefs_[1] / networks for model in models]).astype(np.float32),
        bias=np.sum([model.intercepts_[1] / networks for model in models], axis=0),
    )


def _network(embedded: NDArray[np.float32], labels: Floats, *, hidden: int, seed: int) -> MLPClassifier:
    """One network with one hidden layer."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (hidden,), alpha=0.03, max_iter=25, random_state=seed, learning_rate_init=2e-3, batch_size=64
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is stopped early on purpose
        return model.fit(embedded, labels)


def _centre(channel: VectorChannel, words: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Mean over texts of the mean word vector."""
    means = []
    for numbers in words:
        if numbers:
            known = np.array(numbers, np.int64)
            weight = channel.rarity[known].astype(np.float32)
            means.append(weight @ channel.vectors[known].astype(np.float32) / weight.sum())
    return np.asarray(np.mean(means, axis=0), np.float32)
