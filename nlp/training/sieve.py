"""Learn the quick model of the sieve, and the limit from which a piece is read in full."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from nlp.mend import nothing_to_mend
from nlp.ngrams import keys_of, symbols_of
from nlp.normalise import normalise
from nlp.pieces import cut_pieces
from nlp.quick import BITS, ORDERS, Quick
from nlp.sieve import MARKED, Sieve
from nlp.training.fit import FEWEST_TEXTS, SEED, count_keys, quantised
from nlp.training.texts import FOLDS, fold_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from nlp.lexicon import Lexicon
    from nlp.training.texts import Labelled

LOSS = 0.005
"""Share of the leads, scored out of source, that may fall through the sieve."""
SHORT = 720
"""Leads of up to this many characters teach: of a longer one it is not known which pieces are promotion."""
READ = 0.05
"""The same share while training, of all leads: as many as the analysis would not find anyway."""
STRENGTH = 8.0
WORKERS = 2
"""Models that are fitted at the same time."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The quick model, and how likely, out of source, the likeliest piece of each lead by its id."""

    quick: Quick
    leads: Mapping[str, float]

    def losing(self, names: Iterable[str], share: float = LOSS) -> Quick:
        """The quick model with the limit that loses a share of these leads."""
        kept = sorted(self.leads[name] for name in names)
        return replace(self.quick, limit=kept[int(share * len(kept))])


def learn_quick(texts: Sequence[Labelled], lexicon: Lexicon) -> Learnt:
    """The quick model. Texts ``aside`` are learnt from and count among no leads."""
    from scipy.sparse import diags

    pieces = [[text.text[piece.start : piece.end] for piece in cut_pieces(text.document)] for text in texts]
    flat = [piece for row in pieces for piece in row]
    owners = np.repeat(np.arange(len(texts)), [len(row) for row in pieces])
    few = np.array([len(text.text) <= SHORT for text in texts])
    leads = np.array([text.lead for text in texts])
    keys = keys_of([symbols_of(normalise(piece).text) for piece in flat], orders=ORDERS, bits=BITS)
    counts, frequency = count_keys(keys, bits=BITS)
    scaled = (diags(1 / np.sqrt(np.maximum(keys.counts, 1))) @ counts).tocsr()
    useful = frequency >= FEWEST_TEXTS
    folds = np.array([fold_of(text.group, folds=FOLDS) for text in texts])
    taught = (few | ~leads)[owners]

    def fitted(rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
        from sklearn.linear_model import LogisticRegression

        chosen = np.flatnonzero(rows & taught)
        model = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-2, random_state=SEED)
        model.fit(scaled[chosen], leads[owners][chosen])
        return model.coef_[0] * useful, float(model.intercept_[0])

    odds = np.zeros(len(flat))
    asides = [folds[owners] == fold for fold in range(FOLDS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        (weights, bias), *others = pool.map(fitted, [np.ones(len(flat), bool), *(~aside for aside in asides)])
    for aside, (out, start) in zip(asides, others, strict=True):
        odds[aside] = scaled[np.flatnonzero(aside)] @ out + start
    whole, scale = quantised(weights)
    quick = Quick(whole, float(scale), bias, 0.0)
    marked = Sieve(quick, lexicon, nothing_to_mend()).ranks(flat) > MARKED / 2
    odds[marked] = np.inf
    bounds = [0, *accumulate(map(len, pieces))]
    likeliest = {
        text.id: float(odds[low:high].max(initial=-np.inf))
        for text, (low, high) in zip(texts, pairwise(bounds), strict=True)
        if text.lead and not text.aside
    }
    return Learnt(quick, likeliest)
