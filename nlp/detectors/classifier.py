"""The trained classifier: log-odds of every head for a batch of stretches of text.

Channels (characters, sounds, words, vectors, facts) are stacked by one coefficient a head and channel, so the
log-odds of a head are the sum of what the channels add.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.errors import ModelError
from nlp.heads import DIGITS, HEADS, LEAD, FactChannel, HashedChannel, VectorChannel, strongest
from nlp.ngrams import Grams, Keys, grams_of, keys_of, symbols_of
from nlp.offsets import identity
from nlp.quick import Quick
from nlp.sound import sounded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Laid = tuple[Grams, Ints, Ints]
    """N-grams of texts one behind the other, and where each unit starts and ends in them."""

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
    whole first; ``facts`` are found in each.
    """

    text: str
    words: Sequence[str]
    sound: str
    units: Sequence[tuple[int, int]]
    facts: Sequence[Mapping[str, float]]


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
    fact_weights: dict[str, float] = field(default_factory=dict, compare=False, repr=False)
    """What the facts of a rule add to a lead, as they are asked for."""

    def parts(self, passage: Passage) -> Floats:
        """What each channel adds to each head of one passage; see :meth:`parts_of`."""
        return self.parts_of((passage,))[0]

    def parts_of(self, passages: Sequence[Passage]) -> list[Floats]:
        """What each channel adds to each head, and last the bias: units × (channels + 1) × heads a passage.

        Passages are looked at together, since calls cost more than the arithmetic of a short one; each gets
        what it would get alone. Heads outside of ``EVERYWHERE`` are complete for the first unit and the
        strongest alone. The vectors of the whole and the ``READ_CLOSELY`` likeliest units are looked at;
        others are taken to say as little as the least of these.
        """
        if not passages:
            return []
        bounds = [0, *accumulate(len(passage.units) for passage in passages)]
        ranges = [(low, high) for low, high in pairwise(bounds) if high - low > 1]
        whole = np.array(bounds[:-1], np.int64)
        out = np.zeros((bounds[-1], len(CHANNELS) + 1, len(HEADS)))
        characters = self._characters(passages)
        numbers, starts, ends = self._numbers(passages, *characters[1:])
        words = grams_of(numbers.astype(np.uint32), orders=WORD_ORDERS, bits=self.bits)
        out[:, 0] = self.characters.odds(*characters, full=whole)
        out[:, 1] = self.syllables.odds(*self._sounds(passages), full=whole)
        out[:, 2] = self.words.odds(words, starts, ends, full=whole)
        out[:, FACTS] = self.facts.predict([facts for passage in passages for facts in passage.facts])
        out[:, :-1] *= self.stack
        out[:, -1] = self.bias
        close = [row for low, high in pairwise(bounds) for row in _likeliest(out[low:high], low)]
        vectors = self.vectors.odds(
            numbers, list(zip(starts[close].tolist(), ends[close].tolist(), strict=True))
        )
        vectors *= self.stack[VECTORS]
        for low, high in ranges:
            near = slice(bisect_left(close, low), bisect_left(close, high))
            out[low:high, VECTORS] = vectors[near].min(axis=0)
        out[close, VECTORS] = vectors
        if ranges:
            top = np.array([low + strongest(out[low:high]) for low, high in ranges])
            grams, first, beyond = characters
            out[top, 0] = self.characters.every_head(grams, first[top], beyond[top]) * self.stack[0]
        return np.split(out, bounds[1:-1])

    def _characters(self, passages: Sequence[Passage]) -> Laid:
        """Characters of the passages, and the range of each unit in them."""
        symbols = symbols_of("".join(passage.text for passage in passages))
        grams = grams_of(symbols, orders=CHAR_ORDERS, bits=self.bits)
        return grams, *_laid([(len(passage.text), passage.units) for passage in passages])

    def _numbers(self, passages: Sequence[Passage], starts: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
        """Numbers of the known words of the passages, and the range of each unit in them.

        ``starts`` and ``ends`` are the units in the passages' characters.
        """
        words = list(chain.from_iterable(passage.words for passage in passages))
        numbers, before = number_words(words, self.vocabulary)
        behind = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
        first = np.searchsorted(behind, starts + 1)
        last = np.where(ends > starts, np.searchsorted(behind, ends) + 1, first)
        return numbers, before[first], before[np.minimum(last, len(words))]

    def _sounds(self, passages: Sequence[Passage]) -> Laid:
        """Syllables of the passages, and the range of each unit in them."""
        heard = [_heard(passage) for passage in passages]
        grams = grams_of(
            symbols_of("".join(sound for sound, _ in heard)), orders=SOUND_ORDERS, bits=self.bits
        )
        return grams, *_laid([(len(sound), units) for sound, units in heard])


def _laid(rows: Sequence[tuple[int, Sequence[tuple[int, int]]]]) -> tuple[Ints, Ints]:
    """Starts and ends of units when texts stand one behind the other; each has a length and its units."""
    units = np.array([unit for _, own in rows for unit in own], np.int64)
    offsets = np.repeat(
        np.array([0, *accumulate(length for length, _ in rows)][:-1], np.int64), [len(own) for _, own in rows]
    )
    starts, ends = (units + offsets[:, None]).T
    return starts, ends


def _heard(passage: Passage) -> tuple[str, Sequence[tuple[int, int]]]:
    """What a passage sounds like, and its units in that."""
    sound, units = passage.sound, passage.units
    if len(units) == 1:
        return sound, ((0, len(sound)),)
    if len(sound) == len(passage.text):
        return sound, units
    channel = sounded(identity(passage.text))
    return channel.text, [(channel.position(start), channel.position(end)) for start, end in units]


def _likeliest(parts: Floats, offset: int) -> list[int]:
    """The whole and the units likeliest to be leads, first of equals, in order, counted from ``offset``."""
    if len(parts) == 1:
        return [offset]
    odds = parts[1:, :, LEAD].sum(axis=1).round(DIGITS)
    close = np.argsort(-odds, kind="stable")[:READ_CLOSELY] + 1 + offset
    return [offset, *sorted(close.tolist())]


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
