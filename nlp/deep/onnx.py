"""The ``onnx`` tier: a head over an embedding model, joined to the base score by a second stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.analysis import Contribution, Score
from nlp.deep.embed import Embedder, find_model
from nlp.deep.opinion import Opinion, combine
from nlp.errors import DeepError

if TYPE_CHECKING:
    from pathlib import Path

Floats = NDArray[np.float32]

HEAD = "deep.npz"
BUILD = "python -m nlp.training.deep FOLDER"
FURTHEST = 8.0
"""Log-odds of the head, at most."""


@dataclass(frozen=True, slots=True)
class Head:
    """Networks of one hidden layer over a centred unit vector, averaged, and the second stage.

    The new log-odds are ``base`` × those of the base score + ``deep`` × those of the head + ``shift``.
    ``weights`` and ``model`` say for which base weights and which embedding model it was trained, ``corpus``
    on which texts. A probability from ``threshold`` is a lead.
    """

    centre: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    bias: float
    base: float
    deep: float
    shift: float
    threshold: float
    weights: str
    model: str
    corpus: str

    def odds(self, vector: Floats) -> float:
        """Log-odds of a lead by the vector of a text."""
        hidden = np.maximum(self.inner @ (vector - self.centre) + self.inner_bias, 0)
        return float(np.clip(hidden @ self.outer + self.bias, -FURTHEST, FURTHEST))


@dataclass(frozen=True, slots=True)
class Onnx:
    """An open embedding model with its head."""

    embedder: Embedder
    head: Head

    def look(self, text: str, base: Score) -> Opinion:
        """The score by both; the base score stands where the model cannot read the text."""
        head = self.head
        try:
            odds = head.odds(self.embedder.embed(text))
        except Exception as error:  # a native library met hostile text
            return Opinion(None, f"deep tier onnx: {type(error).__name__}: {error}")
        added = Contribution("deep onnx", head.deep * odds), Contribution("second stage", head.shift)
        return Opinion(combine(base, added, slope=head.base), threshold=head.threshold)


def open_onnx(name: str, *, folder: Path, digest: str) -> Onnx:
    """The tier for the weights in ``folder``. Raises NlpError where a part is missing or does not fit."""
    head = load_head(folder)
    if head.weights != digest:
        raise DeepError(f"{folder / HEAD} was trained for other weights than {digest}: run `{BUILD}`")
    embedder = Embedder(find_model(name))
    if head.model != embedder.fingerprint:
        raise DeepError(
            f"the head was trained for the embedding model {head.model}, not {embedder.fingerprint}: "
            f"run `{BUILD}`"
        )
    return Onnx(embedder, head)


def load_head(folder: Path) -> Head:
    """Read ``deep.npz`` beside the weights."""
    path = folder / HEAD
    if not path.is_file():
        raise DeepError(f"no head of the onnx tier in {folder}: run `{BUILD}`")
    try:
        with np.load(path, allow_pickle=False) as stored:
            bias, base, deep, shift, threshold = map(float, stored["stage"])
            return Head(
                centre=stored["centre"].astype(np.float32),
                inner=stored["inner"].astype(np.float32),
                inner_bias=stored["inner_bias"].astype(np.float32),
                outer=stored["outer"].astype(np.float32),
                bias=bias,
                base=base,
                deep=deep,
                shift=shift,
                threshold=threshold,
                weights=str(stored["weights"]),
                model=str(stored["model"]),
                corpus=str(stored["corpus"]),
            )
    except (OSError, ValueError, KeyError) as error:
        raise DeepError(f"cannot read {path}: {error}; run `{BUILD}`") from error


def save_head(head: Head, folder: Path) -> Path:
    """Write ``deep.npz``; the networks are kept at half precision."""
    path = folder / HEAD
    np.savez_compressed(
        path,
        centre=head.centre.astype(np.float16),
        inner=head.inner.astype(np.float16),
        inner_bias=head.inner_bias.astype(np.float16),
        outer=head.outer.astype(np.float16),
        stage=np.array([head.bias, head.base, head.deep, head.shift, head.threshold]),
        weights=np.array(head.weights),
        model=np.array(head.model),
        corpus=np.array(head.corpus),
    )
    return path
