"""Train the head of the ``onnx`` tier: ``python -m nlp.training.deep FOLDER``.

Input: the folder of the embedding model, the corpus, and the out-of-source probabilities of the base model
that ``nlp.training.train`` leaves in ``build/training/folds.jsonl``. The head is fitted out of fold, the
second stage on its scores and those of the base model where these lie in the review band; the threshold is
the best F0.5 there. Output: ``deep.npz`` beside the weights, and a table of what the tier brings in the band.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.analyse import MODELS, load_engine
from nlp.deep.embed import Embedder, find_model
from nlp.deep.onnx import Head, save_head
from nlp.errors import DeepError
from nlp.settings import DetectionSettings
from nlp.training.deep_table import PART, Compared, as_section, compare
from nlp.training.evaluate import judge_texts
from nlp.training.fit import SEED
from nlp.training.pages import README, write_part
from nlp.training.stack import BETA, best_threshold
from nlp.training.texts import FOLDS, Labelled, digest_of, fold_of, read_corpus, read_labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklearn.linear_model import LogisticRegression

    from nlp.analyse import Engine

Floats = NDArray[np.float64]

READY = Path("build/training")
SCALE = 5.0
"""Centred unit vectors are this much longer for the networks."""
NETWORKS, HIDDEN = 3, 64
CLIP = 1e-4


@dataclass(frozen=True, slots=True)
class Scored:
    """Texts with log-odds of the base model and of the head (each by models that never saw them)."""

    texts: list[Labelled]
    leads: NDArray[np.bool_]
    base: Floats
    deep: Floats

    def inside(self, band: tuple[float, float]) -> Scored:
        """Those whose base score lies in the band."""
        low, high = (logit(np.array(limit)) for limit in band)
        rows = np.flatnonzero((self.base >= low) & (self.base < high))
        return Scored([self.texts[row] for row in rows], self.leads[rows], self.base[rows], self.deep[rows])

    @property
    def pairs(self) -> Floats:
        """Both log-odds side by side."""
        return np.column_stack([self.base, self.deep])


def logit(chance: Floats) -> Floats:
    """Log-odds of probabilities, none beyond what ``CLIP`` allows."""
    clipped = np.clip(chance, CLIP, 1 - CLIP)
    return np.asarray(np.log(clipped / (1 - clipped)))


def embed_all(texts: Sequence[Labelled], embedder: Embedder, cache: Path) -> NDArray[np.float32]:
    """Vectors of texts; those of earlier runs are kept in ``cache``."""
    known: dict[str, NDArray[np.float32]] = {}
    if cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    keys = [_key(text.text, embedder) for text in texts]
    for number, (key, text) in enumerate(zip(keys, texts, strict=True)):
        if key not in known:
            known[key] = embedder.embed(text.text)
        if not number % 1000:
            print(f"deep: text {number} of {len(texts)}", file=sys.stderr, flush=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, keys=np.array(list(known)), vectors=np.array(list(known.values())))
    return np.array([known[key] for key in keys], np.float32)


def _key(text: str, embedder: Embedder) -> str:
    digest = hashlib.sha256(embedder.fingerprint.encode() + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:24]


def fit_head(vectors: NDArray[np.float32], leads: NDArray[np.bool_]) -> Head:
    """Networks over the vectors of labelled texts; the second stage is left as it comes."""
    from sklearn.neural_network import MLPClassifier

    centre = vectors.mean(axis=0)
    inner, inner_bias, outer, bias = [], [], [], 0.0
    for number in range(NETWORKS):
        network = MLPClassifier(
            (HIDDEN,), alpha=0.1, max_iter=20, random_state=SEED + number, learning_rate_init=2e-3
        )
        _fit_quietly(network, (vectors - centre) * SCALE, leads)
        inner.append(network.coefs_[0].T * SCALE)
        inner_bias.append(network.intercepts_[0])
        outer.append(network.coefs_[1][:, 0] / NETWORKS)
        bias += float(network.intercepts_[1][0]) / NETWORKS
    arrays = (centre, np.concatenate(inner), np.concatenate(inner_bias), np.concatenate(outer))
    a, b, c, d = (array.astype(np.float32) for array in arrays)
    return Head(a, b, c, d, bias, 1.0, 0.0, 0.0, 0.5, "", "", "")


def _fit_quietly(network: object, vectors: NDArray[np.float32], leads: NDArray[np.bool_]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is stopped early on purpose
        network.fit(vectors, leads)  # type: ignore[attr-defined]


def score_folds(vectors: NDArray[np.float32], leads: NDArray[np.bool_], folds: NDArray[np.int64]) -> Floats:
    """Log-odds of each text by a head that was fitted on the other folds."""
    odds = np.zeros(len(leads))
    for fold in range(FOLDS):
        head = fit_head(vectors[folds != fold], leads[folds != fold])
        rows = np.flatnonzero(folds == fold)
        odds[rows] = [head.odds(vector) for vector in vectors[rows]]
    return odds


def fit_stage(scored: Scored) -> LogisticRegression:
    """The second stage on texts in the band."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=1000).fit(scored.pairs, scored.leads)


def second_scores(scored: Scored, folds: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Second-stage probabilities out of fold, and the threshold of each row's stage."""
    chances, limits = np.zeros(len(scored.leads)), np.zeros(len(scored.leads))
    for fold in range(FOLDS):
        train, rows = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        some = Scored([], scored.leads[train], scored.base[train], scored.deep[train])
        stage = fit_stage(some)
        limits[rows] = _threshold(stage.predict_proba(some.pairs)[:, 1], some.leads)
        if len(rows):
            chances[rows] = stage.predict_proba(scored.pairs[rows])[:, 1]
    return chances, limits


def _threshold(chances: Floats, leads: NDArray[np.bool_]) -> float:
    return best_threshold(chances, leads, np.ones(len(leads)), beta=BETA)


def read_folds(path: Path, texts: Sequence[Labelled], *, weights: str) -> tuple[list[Labelled], Floats]:
    """The texts that have an out-of-source score of the base model, and its log-odds.

    Raises DeepError where the scores are those of other weights.
    """
    rows = {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}
    if any(row.get("weights") != weights for row in rows.values()):
        raise DeepError(f"{path} has scores of other weights than {weights}: run `make train` first")
    known = [text for text in texts if text.id in rows]
    if len(known) < len(texts):
        lost = len(texts) - len(known)
        print(f"deep: {lost} texts have no score in {path} and are left out", file=sys.stderr)
    return known, logit(np.array([rows[text.id]["chance"] for text in known]))


def folds_of(texts: Sequence[Labelled]) -> NDArray[np.int64]:
    """The fold of each text."""
    return np.array([fold_of(text.group, folds=FOLDS) for text in texts])


def train_deep(
    texts: list[Labelled], held: list[Labelled], base: Floats, embedder: Embedder, engine: Engine
) -> tuple[Head, list[Compared]]:
    """The head with its second stage, and what it brings."""
    vectors = embed_all([*texts, *held], embedder, READY / "embedded.npz")
    own, other = vectors[: len(texts)], vectors[len(texts) :]
    leads = np.array([text.lead for text in texts])
    deep = score_folds(own, leads, folds_of(texts))
    band = Scored(texts, leads, base, deep).inside(engine.operating.review)
    chances, limits = second_scores(band, folds_of(band.texts))
    stage, threshold = fit_stage(band), _threshold(chances, band.leads)
    head = replace(
        fit_head(own, leads),
        base=float(stage.coef_[0, 0]),
        deep=float(stage.coef_[0, 1]),
        shift=float(stage.intercept_[0]),
        threshold=threshold,
        weights=engine.versions.model,
        model=embedder.fingerprint,
        corpus=digest_of(texts),
    )
    unseen = Scored(
        held,
        np.array([text.lead for text in held]),
        np.array([analysis.score.log_odds for analysis in judge_texts(held, engine)]),
        np.array([head.odds(vector) for vector in other]),
    ).inside(engine.operating.review)
    limit = engine.operating.threshold
    public = np.array([text.origin == "real" for text in band.texts])
    groups = ("public, out-of-source folds", public), ("made-up, out-of-source folds", ~public)
    rows: list[Compared] = []
    for name, mine in groups:
        before, after = (sigmoids(band.base[mine]), limit), (chances[mine], limits[mine])
        rows.append(compare(name, band.leads[mine], before, after))
    second = stage.predict_proba(unseen.pairs)[:, 1]
    before, after = (sigmoids(unseen.base), limit), (second, threshold)
    rows.append(compare("held-out made-up", unseen.leads, before, after))
    return head, rows


def sigmoids(odds: Floats) -> Floats:
    """Probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-odds)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the head of the onnx tier.")
    parser.add_argument("folder", help="folder of the embedding model, or its hub id")
    parser.add_argument("--model", type=Path, default=MODELS / "xiansuo_zh", help="folder of the base model")
    parser.add_argument("--real", type=Path, default=READY / "real.jsonl", help="labelled public texts")
    parser.add_argument("--folds", type=Path, default=READY / "folds.jsonl", help="scores of the base model")
    parser.add_argument("--readme", type=Path, default=README, help="page that shows the table")
    options = parser.parse_args(arguments)
    if not (options.real.is_file() and options.folds.is_file()):
        parser.error(
            f"{options.real} or {options.folds} is missing; run `make corpus` and `make train` first"
        )
    texts = read_labelled(options.real) + read_corpus()
    engine = load_engine(DetectionSettings(model=str(options.model)))
    texts, base = read_folds(options.folds, texts, weights=engine.versions.model)
    embedder = Embedder(find_model(options.folder))
    head, rows = train_deep(texts, read_corpus(held_out=True), base, embedder, engine)
    print(f"deep: written to {save_head(head, options.model)}", file=sys.stderr)
    section = as_section(rows, weights=engine.versions.model, corpus=len(texts))
    write_part(options.readme, PART, section)
    print(section)


if __name__ == "__main__":
    main()
