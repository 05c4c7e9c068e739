"""Training texts like a given one, for ``scan --explain``: what the model may have had in mind.

The index (``cases.npz`` beside the weights, built by ``python -m nlp.training.cases``) holds short vectors
and names alone. Made-up texts are read from ``nlp/training/corpus``; public ones are named by their entry in
the manifest (repository, path, offsets), since their words are not in the project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.detectors.classifier import word_numbers
from nlp.errors import ModelError
from nlp.normalise import normalise
from nlp.segment import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.document import Document
    from nlp.analysis import Analysis

    Floats = NDArray[np.float32]

INDEX = "cases.npz"
BUILD = "python -m nlp.training.cases"
HEADS = "xiansuo_heads"
"""Folder of the weights inside that of a model."""
TRAINING = Path(__file__).parent / "training"
PUBLIC = "manifest"
"""Origin of public texts: their words are not in the project."""
LEVELS = 127
LONGEST = 400
"""Characters of the deciding block that are compared: those around the words that decided."""
LEAST = 0.35
"""Similarity under which a text is not shown: it has little more in common than being Chinese."""


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A training text. ``text`` is empty for a public one, which is named by its place in a repository."""

    id: str
    similarity: float
    lead: bool
    stance: str
    categories: tuple[str, ...]
    text: str = ""
    repo: str = ""
    path: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Static word vectors of a model: ``vectors`` (words × size, int8), ``rarity``, word numbers."""

    vectors: NDArray[np.int8]
    rarity: NDArray[np.uint8]
    vocabulary: Mapping[str, int]

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 over words, vectors and rarity."""
        digest = hashlib.sha256("\n".join(self.vocabulary).encode("utf-8", "surrogatepass"))
        digest.update(self.vectors.tobytes())
        digest.update(self.rarity.tobytes())
        return digest.hexdigest()[:16]

    def mean(self, text: str) -> Floats:
        """Mean vector of the known words of a text, rare ones counting more; zeros where none is known."""
        numbers = word_numbers(cut(normalise(text).squeezed.text), self.vocabulary)
        if not numbers:
            return np.zeros(self.vectors.shape[1], np.float32)
        rarity = self.rarity[numbers].astype(np.float32)
        total = np.einsum("ij,i->j", self.vectors[numbers], rarity, dtype=np.float32)
        return np.asarray(total / rarity.sum(), np.float32)


@dataclass(frozen=True, slots=True)
class CaseIndex:
    """Vectors of training texts (texts × size, int8, unit length × ``LEVELS``), and ``origin/id`` of each."""

    words: WordVectors
    centre: Floats
    vectors: NDArray[np.int8]
    names: tuple[str, ...]

    def nearest(self, text: str, *, count: int) -> tuple[SimilarCase, ...]:
        """The training texts most like ``text``, nearest first; none where no word of it is known."""
        mean = self.words.mean(text)
        if not mean.any():
            return ()
        vector = unit(mean - self.centre, self.vectors.shape[1])
        similarity = self.vectors.astype(np.float32) @ vector / LEVELS
        order = np.argsort(-similarity, kind="stable")[:count]
        return tuple(
            _case(self.names[at], round(min(float(similarity[at]), 1.0), 4))
            for at in order.tolist()
            if similarity[at] >= LEAST
        )


def unit(vector: Floats, size: int) -> Floats:
    """The first ``size`` numbers of a vector at unit length. Of a PCA they carry the most."""
    short = vector[:size]
    return np.asarray(short / max(float(np.sqrt(np.square(short).sum())), 1e-6), np.float32)


def read_words(folder: Path) -> WordVectors:
    """The word vectors of the model in ``folder``, without the rest of it."""
    try:
        names = json.loads((folder / HEADS / "names.json").read_text("utf-8"))
        with np.load(folder / HEADS / "weights.npz", allow_pickle=False) as stored:
            vectors, rarity = stored["vectors.vectors"], stored["vectors.rarity"]
        return WordVectors(vectors, rarity, {word: number for number, word in enumerate(names["words"])})
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"cannot read the word vectors in {folder}: {error}") from error


def load_cases(folder: Path) -> CaseIndex:
    """The index of the model in ``folder``. Raises ModelError where it is missing or of other vectors."""
    path = folder / INDEX
    if not path.is_file():
        raise ModelError(f"no index of training cases in {folder}: build it with `{BUILD}`")
    words = read_words(folder)
    try:
        with np.load(path, allow_pickle=False) as stored:
            digest, names = str(stored["digest"]), tuple(stored["names"].tolist())
            index = CaseIndex(words, stored["centre"], stored["vectors"], names)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"cannot read {path}: {error}; build it anew with `{BUILD}`") from error
    if digest != words.digest:
        raise ModelError(f"{path} was built for other word vectors than the model's: run `{BUILD}`")
    if gone := sum(_row(name) is None for name in names):
        raise ModelError(f"{path} names {gone} training texts that are gone: run `{BUILD}`")
    return index


def similar_cases(
    document: Document, analysis: Analysis, index: CaseIndex, *, count: int = 3
) -> tuple[SimilarCase, ...]:
    """Training texts like the part of a document that decided."""
    return index.nearest(deciding_text(document, analysis), count=count)


def deciding_text(document: Document, analysis: Analysis) -> str:
    """The block that decided, or the first with text; of a long one what stands around the finding."""
    from nlp.explain import deciding_finding

    texts = [block.text for block in document.blocks]
    if not 0 <= analysis.block < len(texts):
        return next((text[:LONGEST] for text in texts if text.strip()), "")
    text, found = texts[analysis.block], deciding_finding(analysis)
    middle = found.span.start if found and found.span.block == analysis.block else 0
    start = max(0, min(middle - LONGEST // 2, len(text) - LONGEST))
    return text[start : start + LONGEST]


def _case(name: str, similarity: float) -> SimilarCase:
    origin, _, number = name.partition("/")
    row = _row(name)
    assert row is not None, "load_cases looked for it"
    labels = (bool(row["lead"]), str(row["stance"]), tuple(row["categories"]))
    if origin != PUBLIC:
        return SimilarCase(number, similarity, *labels, text=row["text"])
    place = {name: row[name] for name in ("repo", "path", "start", "end")}
    return SimilarCase(number, similarity, *labels, **place)


def _row(name: str) -> dict[str, Any] | None:
    origin, _, number = name.partition("/")
    return _rows(origin).get(number)


@cache
def _rows(origin: str) -> dict[str, dict[str, Any]]:
    """Rows of a file of the corpus, or of the manifest, by id."""
    path = TRAINING / "manifest.jsonl" if origin == PUBLIC else TRAINING / "corpus" / f"{origin}.jsonl"
    try:
        lines: Sequence[str] = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return {str(row["id"]): row for row in map(json.loads, lines)}
