"""The trained classifier: log-odds of every head for a batch of stretches of text.

Channels (characters, sounds, words, vectors, facts) are stacked by one coefficient a head and channel, so the
log-odds of a head are the sum of what the channels add.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.errors import ModelError
from nlp.facts import fact_row
from nlp.heads import HEADS, FactChannel, HashedChannel, VectorChannel
from nlp.ngrams import Keys, hash_ngrams, hash_words, spread_texts
from nlp.offsets import identity
from nlp.quick import Quick
from nlp.sound import sounded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMAT = 1
CHANNELS = ("characters", "sounds", "words", "vectors", "facts")
CHAR_ORDERS = (1, 2, 3, 4)
SOUND_ORDERS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the classifier reads of one stretch: normalised text, its words, and the facts found in it."""

    text: str
    words: Sequence[str]
    facts: Mapping[str, float]


def char_keys(texts: Sequence[str], *, bits: int) -> Keys:
    """Keys of the character channel."""
    codes, rows = spread_texts(texts)
    return hash_ngrams(codes, rows, orders=CHAR_ORDERS, bits=bits, texts=len(texts))


def sound_keys(texts: Sequence[str], *, bits: int) -> Keys:
    """Keys of the sound channel: what the texts sound like, one code a syllable."""
    codes, rows = spread_texts([sounded(identity(text)).text for text in texts])
    return hash_ngrams(codes, rows, orders=SOUND_ORDERS, bits=bits, texts=len(texts))


def word_numbers(words: Sequence[str], vocabulary: Mapping[str, int]) -> list[int]:
    """Numbers of words; those of its characters for a word the vocabulary lacks, nothing for unknown ones."""
    number = vocabulary.get
    out = []
    for word in words:
        known = number(word)
        if known is not None:
            out.append(known)
        elif len(word) > 1 and not word.isascii():
            out.extend(found for character in word if (found := number(character)) is not None)
    return out


@dataclass(frozen=True, slots=True)
class Classifier:
    """All weights. ``stack`` is channels × heads; ``vocabulary`` numbers the words."""

    characters: HashedChannel
    syllables: HashedChannel
    words: HashedChannel
    vectors: VectorChannel
    facts: FactChannel
    quick: Quick
    vocabulary: Mapping[str, int]
    stack: Floats
    bias: Floats
    bits: int

    def channels(self, batch: Sequence[Stretch]) -> Floats:
        """Log-odds of each channel before stacking: texts × channels × heads."""
        texts = [stretch.text for stretch in batch]
        numbers = [word_numbers(stretch.words, self.vocabulary) for stretch in batch]
        return np.stack(
            [
                self.characters.predict(char_keys(texts, bits=self.bits)),
                self.syllables.predict(sound_keys(texts, bits=self.bits)),
                self.words.predict(hash_words(numbers, bits=self.bits)),
                self.vectors.predict(numbers),
                self.facts.predict([fact_row(stretch.facts, self.facts.index) for stretch in batch]),
            ],
            axis=1,
        )

    def parts(self, batch: Sequence[Stretch]) -> Floats:
        """What each channel adds to each head, and last the bias: texts × (channels + 1) × heads."""
        if not batch:
            return np.zeros((0, len(CHANNELS) + 1, len(HEADS)))
        stacked = self.channels(batch) * self.stack
        bias = np.broadcast_to(self.bias, (len(batch), 1, len(HEADS)))
        return np.concatenate([stacked, bias], axis=1)


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
        vocabulary={word: number for number, word in enumerate(names["words"])},
        stack=arrays["stack.weights"],
        bias=arrays["stack.bias"],
        bits=int(names["bits"]),
    )
