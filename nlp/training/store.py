"""Write the weights of a classifier as ``weights.npz`` and ``names.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.detectors.classifier import FOREST, FORMAT
from nlp.heads import HEADS
from nlp.training.mend import stored

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.detectors.classifier import Classifier


def save_classifier(classifier: Classifier, folder: Path) -> None:
    """Store a classifier; ``nlp.detectors.weights.load_classifier`` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    hashed = {"characters": classifier.characters, "sounds": classifier.syllables, "words": classifier.words}
    for name, channel in hashed.items():
        for field in ("weights", "rarity", "scale", "bias"):
            arrays[f"{name}.{field}"] = getattr(channel, field)
    for field in ("vectors", "rarity", "centre", "inner", "inner_bias", "outer", "bias"):
        arrays[f"vectors.{field}"] = getattr(classifier.vectors, field)
    quick = classifier.quick
    arrays["quick.weights"] = quick.weights
    arrays["quick.numbers"] = np.array([quick.scale, quick.bias, quick.limit])
    arrays |= stored(classifier.mender)
    arrays |= {f"forest.{field}": getattr(classifier.forest, field) for field in FOREST}
    arrays["facts.weights"] = classifier.facts.weights
    arrays["facts.bias"] = classifier.facts.bias
    arrays["stack.weights"] = classifier.stack
    arrays["stack.bias"] = classifier.bias
    np.savez_compressed(folder / "weights.npz", **arrays)
    names = {
        "format": FORMAT,
        "bits": classifier.bits,
        "heads": list(HEADS),
        "facts": list(classifier.facts.index),
        "words": list(classifier.vocabulary),
    }
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False) + "\n", "utf-8")
