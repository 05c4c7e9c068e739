"""The trained classifier: log-odds of every head for a batch of stretches of text.

Channels (characters, sounds, words, vectors, facts) are stacked by one coefficient a head and channel, so the
log-odds of a head are the sum of what the channels add.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.errors import ModelError
from nlp.facts import fact_row
from nlp.heads import EVERYWHERE, HEADS, FactChannel, HashedChannel, VectorChannel, strongest
from nlp.ngrams import Keys, hash_ngrams, spread_texts, symbols_of
from nlp.offsets import identity
from nlp.quick import Quick
from nlp.rolling import Rolling, Spread, spread
from nlp.sound import sounded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMAT = 1
CHANNELS = ("characters", "sounds", "words", "vectors", "facts")
CHAR_ORDERS = (1, 2, 3, 4)
SOUND_ORDERS = (2, 3, 4)
WORD_ORDERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the classifier learns from one stretch: normalised text, its words, and the facts found in it."""

    text: str
    words: Sequence[str]
    facts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """What the classifier reads of one document, and the stretches of it that are scored.

    ``words`` joined are ``text``; ``sound`` is what it sounds like. ``units`` are the stretches, the
    whole first. ``facts`` has one entry a unit.
    """

    text: str
    words: Sequence[str]
    sound: str
    units: Sequence[tuple[int, int]]
    facts: Sequence[Mapping[str, float]]


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
    return number_words(words, vocabulary)[0]


def number_words(words: Sequence[str], vocabulary: Mapping[str, int]) -> tuple[list[int], list[int]]:
    """Numbers of words as :func:`word_numbers` gives them, and how many come before each word and the end."""
    number = vocabulary.get
    every = list(map(number, words))
    out: list[int] = []
    before: list[int] = []
    done = 0
    for place in [place for place, known in enumerate(every) if known is None]:
        before += range(len(out), len(out) + place - done + 1)
        out += every[done:place]  # type: ignore[arg-type]
        done = place + 1
        word = words[place]
        if len(word) > 1 and not word.isascii():
            out.extend(found for character in word if (found := number(character)) is not None)
    before += range(len(out), len(out) + len(every) - done + 1)
    out += every[done:]  # type: ignore[arg-type]
    return out, before


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
    fact_weights: dict[tuple[str, ...], float] = field(default_factory=dict, compare=False, repr=False)
    """What facts add to a lead, as they are asked for."""

    def parts(self, passage: Passage) -> Floats:
        """What each channel adds to each head, and last the bias: units × (channels + 1) × heads.

        Heads outside of ``EVERYWHERE`` are complete for the first unit and the strongest alone.
        """
        units = passage.units
        out = np.zeros((len(units), len(CHANNELS) + 1, len(HEADS)))
        characters = spread(symbols_of(passage.text), orders=CHAR_ORDERS, bits=self.bits)
        numbers, spans = self._numbers(passage)
        lasting: list[tuple[int, HashedChannel, Spread, Sequence[tuple[int, int]]]] = [
            (0, self.characters, characters, units),
            (1, self.syllables, *self._sounds(passage)),
            (2, self.words, spread(numbers, orders=WORD_ORDERS, bits=self.bits), spans),
        ]
        for channel, heads, grams, places in lasting:
            out[0, channel] = heads.odds(grams, *places[0])
            if len(units) > 1:
                starts, ends = np.array(places[1:], np.int64).T
                out[1:, channel] = heads.rolling_odds(Rolling(grams), starts, ends)
        out[:, 3] = self.vectors.odds(numbers.astype(np.int64), spans)
        out[:, 4] = self.facts.predict([fact_row(facts, self.facts.index) for facts in passage.facts])
        out[:, :-1] *= self.stack
        out[:, -1] = self.bias
        if len(units) > 1:
            top = strongest(out)
            full = self.characters.odds(characters, *units[top]) * self.stack[0]
            full[list(EVERYWHERE)] = out[top, 0, list(EVERYWHERE)]
            out[top, 0] = full
        return out

    def _numbers(self, passage: Passage) -> tuple[NDArray[np.uint32], list[tuple[int, int]]]:
        """Numbers of the known words of a passage, and the range of each unit in them."""
        numbers, before = number_words(passage.words, self.vocabulary)
        if len(passage.units) == 1:
            return np.array(numbers, np.uint32), [(0, len(numbers))]
        ends = np.cumsum([len(word) for word in passage.words], dtype=np.int64)
        first = np.searchsorted(ends, [start + 1 for start, _ in passage.units])
        last = np.minimum(np.searchsorted(ends, [end for _, end in passage.units]) + 1, len(ends))
        reached = np.array(before, np.int64)
        spans = list(zip(reached[first].tolist(), reached[np.maximum(first, last)].tolist(), strict=True))
        return np.array(numbers, np.uint32), spans

    def _sounds(self, passage: Passage) -> tuple[Spread, list[tuple[int, int]]]:
        """Syllables of a passage, and the range of each unit in them."""
        sound, units = passage.sound, list(passage.units)
        if len(units) == 1:
            units = [(0, len(sound))]
        elif len(sound) != len(passage.text):
            channel = sounded(identity(passage.text))
            sound = channel.text
            units = [(channel.position(start), channel.position(end)) for start, end in units]
        return spread(symbols_of(sound), orders=SOUND_ORDERS, bits=self.bits), units


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
