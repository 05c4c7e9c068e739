"""Write a trained model: pipeline, weights, and meta data (corpus, operating point, versions)."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from nlp.lexicon import load_lexicon
from nlp.pipeline import COMPONENT, new_pipeline, save_pipeline
from nlp.training.measures import auc
from nlp.training.texts import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.detectors.classifier import Classifier
    from nlp.score import Operating
    from nlp.training.texts import Labelled


PUBLIC = frozenset({"train", "real"})
"""Names of files of labelled public texts."""


def write_model(
    classifier: Classifier,
    operating: Operating,
    texts: Sequence[Labelled],
    *,
    out: Path,
    chances: NDArray[np.float64],
) -> str:
    """Write the model folder; ``chances`` are the out-of-source probabilities in the order of the texts.

    Answers the digest of the weights.
    """
    pipeline = new_pipeline(classifier)
    meta: dict[str, Any] = pipeline.meta
    meta.update(
        name="xiansuo",
        version="0.1.0",
        description="Chinese promotion and diversion for virtual currency and RWA: lead, categories, stance",
        license="Apache-2.0",
        operating=msgspec.to_builtins(operating),
        corpus={
            "digest": digest_of(texts),
            "texts": len(texts),
            "files": dict(sorted(Counter(text.origin for text in texts).items())),
        },
        lexicon=load_lexicon().version,
        trained_on=datetime.now(UTC).date().isoformat(),
        folds=fold_figures(texts, chances, operating.threshold),
        digest="",
    )
    save_pipeline(pipeline, out)
    meta["digest"] = folder_digest(out / COMPONENT)
    (out / "meta.json").write_bytes(msgspec.json.format(msgspec.json.encode(meta), indent=2) + b"\n")
    return str(meta["digest"])


def write_folds(texts: Sequence[Labelled], chances: NDArray[np.float64], path: Path, *, weights: str) -> None:
    """Write the out-of-source probability of each text as JSON lines; ``nlp.training.deep`` reads them.

    ``weights`` is the digest of the model that was trained with these folds.
    """
    rows = (
        msgspec.json.encode({"id": text.id, "chance": float(chance), "weights": weights})
        for text, chance in zip(texts, chances, strict=True)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(row + b"\n" for row in rows))


def folder_digest(folder: Path) -> str:
    """First 16 hex digits of the SHA-256 over a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def fold_figures(
    texts: Sequence[Labelled], chances: NDArray[np.float64], threshold: float
) -> dict[str, dict[str, float]]:
    """Precision, recall and false-positive rate on out-of-source folds, public and made-up texts apart."""
    figures = {}
    for name, public in (("public", True), ("made-up", False)):
        rows = [number for number, text in enumerate(texts) if (text.origin in PUBLIC) == public]
        truth = np.array([texts[number].lead for number in rows])
        found = chances[rows] >= threshold
        hits = int((truth & found).sum())
        figures[name] = {
            "texts": len(rows),
            "precision": round(hits / max(int(found.sum()), 1), 4),
            "recall": round(hits / max(int(truth.sum()), 1), 4),
            "auc": round(auc(truth, chances[rows]), 4),
            "false_positive_rate": round(int((found & ~truth).sum()) / max(int((~truth).sum()), 1), 4),
        }
    return figures
