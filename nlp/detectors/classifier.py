"""The trained classifier: log-odds of every head for a batch of stretches of text.

Channels (characters, sounds, words, vectors, facts) are stacked by one coefficient a head and channel, so the
log-odds of a head are the sum of what the channels add.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.errors import ModelError
from nlp.facts import Facts
from nlp.heads import DIGITS, EVERYWHERE, HEADS, LEAD, FactChannel, HashedChannel, VectorChannel, strongest
from nlp.ngrams import Grams, Keys, grams_of, keys_of, symbols_of
from nlp.offsets import identity
from nlp.quick import Quick
from nlp.sound import sounded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMAT = 2
CHANNELS = ("characters", "sounds", "words", "vectors", "facts")
VECTORS, FACTS = CHANNELS.index("vectors"), CHANNELS.index("facts")
CHAR_ORDERS = (1, 2, 3, 4)
SOUND_ORDERS = (2, 3, 4)
WORD_ORDERS = (1, 2)
UNKNOWN = -1
READ_CLOSELY = 4
"""Units of one text, beside the whole, whose vectors are looked at."""


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
    whole first.
    """

    text: str
    words: Sequence[str]
    sound: str
    units: Sequence[tuple[int, int]]
    facts: Facts


def char_keys(texts: Sequence[str], *, bits: int) -> Keys:
    """Keys of the character channel."""
    return keys_of([symbols_of(text) for text in texts], orders=CHAR_ORDERS, bits=bits)


def sound_keys(texts: Sequence[str], *, bits: int) -> Keys:
    """Keys of the sound channel: what the texts sound like, one code a syllable."""
    sounds = (sounded(identity(text)).text for text in texts)
    return keys_of([symbols_of(sound) for sound in sounds], orders=SOUND_ORDERS, bits=bits)


def word_keys(words: Sequence[Sequence[int]], *, bits: int) -> Keys:
    """Keys of the word channel: single words and pairs of neighbours; a word is its number."""
    return keys_of([np.array(row, np.uint32) for row in words], orders=WORD_ORDERS, bits=bits)


def word_numbers(words: Sequence[str], vocabulary: Mapping[str, int]) -> list[int]:
    """Numbers of words; those of its characters for a word the vocabulary lacks, nothing for unknown ones."""
    numbers: list[int] = number_words(words, vocabulary)[0].tolist()
    return numbers


def number_words(
    words: Sequence[str], vocabulary: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of words as :func:`word_numbers` gives them, and how many come before each word and the end."""
    number = vocabulary.get
    every = np.fromiter(map(number, words, repeat(UNKNOWN)), np.int64, len(words))
    counts = np.ones(len(words), np.int64)
    spelled: list[tuple[int, list[int]]] = []
    for place in np.flatnonzero(every == UNKNOWN).tolist():
        word = words[place]
        known = [] if len(word) < 2 or word.isascii() else [n for c in word if (n := number(c)) is not None]
        counts[place] = len(known)
        if known:
            spelled.append((place, known))
    before = np.zeros(len(words) + 1, np.int64)
    np.cumsum(counts, out=before[1:])
    if before[-1] == len(words) and not spelled:
        return every, before
    out = np.empty(int(before[-1]), np.int64)
    found = every != UNKNOWN
    out[before[:-1][found]] = every[found]
    for place, known in spelled:
        out[before[place] : before[place + 1]] = known
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

        Heads outside of ``EVERYWHERE`` are complete for the first unit and the strongest alone. The vectors
        of the whole and the ``READ_CLOSELY`` likeliest units are looked at; others are taken to say as little
        as the least of these.
        """
        units = passage.units
        out = np.zeros((len(units), len(CHANNELS) + 1, len(HEADS)))
        characters = grams_of(symbols_of(passage.text), orders=CHAR_ORDERS, bits=self.bits)
        numbers, spans = self._numbers(passage)
        lasting: list[tuple[HashedChannel, Grams, Sequence[tuple[int, int]]]] = [
            (self.characters, characters, units),
            (self.syllables, *self._sounds(passage)),
            (self.words, grams_of(numbers.astype(np.uint32), orders=WORD_ORDERS, bits=self.bits), spans),
        ]
        for channel, (heads, grams, places) in enumerate(lasting):
            out[0, channel] = heads.odds(grams, *places[0])
            if len(units) > 1:
                starts, ends = np.array(places[1:], np.int64).T
                out[1:, channel] = heads.odds_everywhere(grams, starts, ends)
        out[:, FACTS] = self.facts.odds(passage.facts)
        out[:, :-1] *= self.stack
        out[:, -1] = self.bias
        close = _likeliest(out)
        vectors = self.vectors.odds(numbers, [spans[unit] for unit in close])
        vectors *= self.stack[VECTORS]
        out[:, VECTORS] = vectors.min(axis=0)
        out[close, VECTORS] = vectors
        if len(units) > 1:
            top = strongest(out)
            full = self.characters.odds(characters, *units[top]) * self.stack[0]
            full[list(EVERYWHERE)] = out[top, 0, list(EVERYWHERE)]
            out[top, 0] = full
        return out

    def _numbers(self, passage: Passage) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
        """Numbers of the known words of a passage, and the range of each unit in them."""
        numbers, before = number_words(passage.words, self.vocabulary)
        if len(passage.units) == 1:
            return numbers, [(0, len(numbers))]
        ends = np.cumsum(np.fromiter(map(len, passage.words), np.int64, len(passage.words)))
        starts, beyond = np.array(passage.units, np.int64).T
        first = np.searchsorted(ends, starts + 1)
        last = np.minimum(np.searchsorted(ends, beyond) + 1, len(ends))
        spans = zip(before[first].tolist(), before[np.maximum(first, last)].tolist(), strict=True)
        return numbers, list(spans)

    def _sounds(self, passage: Passage) -> tuple[Grams, list[tuple[int, int]]]:
        """Syllables of a passage, and the range of each unit in them."""
        sound, units = passage.sound, list(passage.units)
        if len(units) == 1:
            units = [(0, len(sound))]
        elif len(sound) != len(passage.text):
            channel = sounded(identity(passage.text))
            sound = channel.text
            units = [(channel.position(start), channel.position(end)) for start, end in units]
        return grams_of(symbols_of(sound), orders=SOUND_ORDERS, bits=self.bits), units


def _likeliest(parts: Floats) -> list[int]:
    """The whole and the units likeliest to be leads, first of equals, in order."""
    odds = parts[1:, :, LEAD].sum(axis=1).round(DIGITS)
    return [0, *sorted((np.argsort(-odds, kind="stable")[:READ_CLOSELY] + 1).tolist())]


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
