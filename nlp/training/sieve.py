"""Learn the quick model of the sieve, and the limit from which a piece is read in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from nlp.ngrams import Keys, keys_of, symbols_of
from nlp.normalise import normalise
from nlp.pieces import cut_pieces
from nlp.quick import BITS, ORDERS, Quick
from nlp.sieve import MARKED, Sieve
from nlp.training.fit import FEWEST_TEXTS, LEVELS, SEED
from nlp.training.texts import fold_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from nlp.lexicon import Lexicon
    from nlp.training.texts import Labelled

FOLDS = 5
LOSS = 0.005
"""Share of the leads, scored out of source, that may fall through the sieve."""
FEW_PIECES = 3
"""Leads of up to this many pieces teach: of a longer one it is not known which pieces are promotion."""
STRENGTH = 8.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """The quick model, and how likely, out of source, the likeliest piece of each lead by its id."""

    quick: Quick
    leads: Mapping[str, float]

    def losing(self, names: Iterable[str]) -> Quick:
        """The quick model with the limit that loses ``LOSS`` of these leads."""
        kept = sorted(self.leads[name] for name in names)
        return replace(self.quick, limit=kept[int(LOSS * len(kept))])


def learn_quick(texts: Sequence[Labelled], lexicon: Lexicon) -> Learnt:
    """The quick model. Texts ``aside`` are learnt from and count among no leads."""
    pieces = [[text.text[piece.start : piece.end] for piece in cut_pieces(text.document)] for text in texts]
    flat = [piece for row in pieces for piece in row]
    owners = np.repeat(np.arange(len(texts)), [len(row) for row in pieces])
    few = np.array([len(row) <= FEW_PIECES for row in pieces])
    leads = np.array([text.lead for text in texts])
    keys = keys_of([symbols_of(normalise(piece).text) for piece in flat], orders=ORDERS, bits=BITS)
    scaled, useful = _scaled(keys)
    folds = np.array([fold_of(text.group, folds=FOLDS) for text in texts])
    taught = (few | ~leads)[owners]

    def fitted(rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
        from sklearn.linear_model import LogisticRegression

        chosen = np.flatnonzero(rows & taught)
        model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED)
        model.fit(scaled[chosen], leads[owners][chosen])
        return model.coef_[0] * useful, float(model.intercept_[0])

    odds = np.zeros(len(flat))
    for fold in range(FOLDS):
        aside = folds[owners] == fold
        weights, bias = fitted(~aside)
        odds[aside] = scaled[np.flatnonzero(aside)] @ weights + bias
    weights, bias = fitted(np.ones(len(flat), bool))
    scale = float(max(np.abs(weights).max() / LEVELS, 1e-9))
    quick = Quick(np.rint(weights / scale).astype(np.int8), scale, bias, 0.0)
    marked = Sieve(quick, lexicon).ranks(flat) > MARKED / 2
    odds[marked] = np.inf
    bounds = [0, *accumulate(map(len, pieces))]
    likeliest = {
        text.id: float(odds[low:high].max(initial=-np.inf))
        for text, (low, high) in zip(texts, pairwise(bounds), strict=True)
        if text.lead and not text.aside
    }
    return Learnt(quick, likeliest)


def _scaled(keys: Keys) -> tuple[csr_matrix, NDArray[np.bool_]]:
    """Counts over the root of their sum, pieces × buckets, and the buckets that enough pieces have."""
    from scipy.sparse import csr_matrix, diags

    matrix = csr_matrix(
        (np.ones(len(keys.columns)), keys.columns, keys.bounds), shape=(len(keys.counts), 1 << BITS)
    )
    matrix.sum_duplicates()
    useful = np.bincount(matrix.indices, minlength=1 << BITS) >= FEWEST_TEXTS
    return (diags(1 / np.sqrt(np.maximum(keys.counts, 1))) @ matrix).tocsr(), useful
