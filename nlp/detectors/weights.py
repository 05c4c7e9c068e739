"""Read the stored weights of a classifier: ``weights.npz`` and ``names.json`` of a model folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.detectors.classifier import FOREST, FORMAT, Classifier
from nlp.errors import ModelError
from nlp.forest import Forest
from nlp.heads import HEADS, FactChannel, HashedChannel, VectorChannel
from nlp.mend import mender_of
from nlp.quick import Quick

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def load_classifier(folder: Path) -> Classifier:
    """Read ``weights.npz`` and ``names.json`` of a model folder."""
    try:
        names = json.loads((folder / "names.json").read_text("utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"cannot read the weights in {folder}: {error}") from error
    if names.get("format") != FORMAT or tuple(names.get("heads", ())) != HEADS:
        raise ModelError(f"the weights in {folder} are of another version; train the model anew")
    try:
        return _assemble(arrays, names)
    except KeyError as error:
        raise ModelError(f"the weights in {folder} lack {error}") from error


def _assemble(arrays: Mapping[str, Any], names: Mapping[str, Any]) -> Classifier:
    """Arrays and names as a classifier."""

    def hashed(name: str) -> HashedChannel:
        return HashedChannel(
            arrays[f"{name}.weights"],
            arrays[f"{name}.rarity"],
            arrays[f"{name}.scale"],
            arrays[f"{name}.bias"],
        )

    vectors = VectorChannel(
        vectors=arrays["vectors.vectors"],
        rarity=arrays["vectors.rarity"],
        centre=arrays["vectors.centre"],
        inner=arrays["vectors.inner"],
        inner_bias=arrays["vectors.inner_bias"],
        outer=arrays["vectors.outer"],
        bias=arrays["vectors.bias"],
    )
    index = {name: number for number, name in enumerate(names["facts"])}
    return Classifier(
        characters=hashed("characters"),
        syllables=hashed("sounds"),
        words=hashed("words"),
        vectors=vectors,
        facts=FactChannel(index, arrays["facts.weights"], arrays["facts.bias"]),
        quick=Quick(arrays["quick.weights"], *(float(value) for value in arrays["quick.numbers"])),
        mender=mender_of(arrays),
        vocabulary={word: number for number, word in enumerate(names["words"])},
        stack=arrays["stack.weights"],
        bias=arrays["stack.bias"],
        forest=Forest(**{name: arrays[f"forest.{name}"] for name in FOREST}),
        bits=int(names["bits"]),
    )
