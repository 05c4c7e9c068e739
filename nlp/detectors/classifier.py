"""The trained classifier: log-odds of every head for a batch of stretches of text.

Channels (characters, sounds, words, vectors, facts) are stacked by one coefficient a head and channel, so the
log-odds of a head are the sum of what the channels add.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.forest import Forest
from nlp.heads import DIGITS, HEADS, LEAD, FactChannel, HashedChannel, VectorChannel
from nlp.mend import Mender
from nlp.ngrams import Grams, Keys, grams_of, keys_of, symbols_of
from nlp.offsets import identity
from nlp.quick import Quick
from nlp.sound import sounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Laid = tuple[Grams, Ints, Ints]
    """N-grams of texts one behind the other, and where each unit starts and ends in them."""

FORMAT = 3
CHANNELS = ("characters", "sounds", "words", "vectors", "facts")
VECTORS, FACTS = CHANNELS.index("vectors"), CHANNELS.index("facts")
TOGETHER = len(CHANNELS)
"""Place, among the parts, of what the channels say together; the bias is behind it."""
FULL = (0, VECTORS, FACTS)
"""Channels that serve all heads; the others serve the lead head alone."""
CHAR_ORDERS = (1, 2, 3, 4)
SOUND_ORDERS = (2, 3, 4)
WORD_ORDERS = (1, 2)
FOREST = ("heads", "ends", "bias", "columns", "limits", "values")
UNKNOWN = -1
NONE = np.zeros(0, np.int64)
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
    mender: Mender
    vocabulary: Mapping[str, int]
    stack: Floats
    bias: Floats
    forest: Forest
    bits: int
    fact_weights: dict[str, float] = field(default_factory=dict, compare=False, repr=False)
    """What the facts of a rule add to a lead, as they are asked for."""

    def parts(self, passage: Passage) -> Floats:
        """What each channel adds to each head of one passage; see :meth:`parts_of`."""
        return self.parts_of((passage,))[0]

    def parts_of(self, passages: Sequence[Passage]) -> list[Floats]:
        """What each channel adds to each head, then what they say together, and last the bias.

        Units × (channels + 2) × heads a passage.

        Passages are looked at together, since calls cost more than the arithmetic of a short one; each gets
        what it would get alone. The whole and the ``READ_CLOSELY`` likeliest units are looked at closely
        (heads outside of ``EVERYWHERE``, vectors, trees). Others are taken to say as little as the least of
        these.
        """
        if not passages:
            return []
        bounds = [0, *accumulate(len(passage.units) for passage in passages)]
        raw = np.zeros((bounds[-1], len(CHANNELS), len(HEADS)))
        grams, starts, ends = self._characters(passages)
        numbers, first, beyond = self._numbers(passages, starts, ends)
        words = grams_of(numbers.astype(np.uint32), orders=WORD_ORDERS, bits=self.bits)
        facts = [facts for passage in passages for facts in passage.facts]
        raw[:, 0] = self.characters.odds(grams, starts, ends, full=NONE)
        raw[:, 1] = self.syllables.odds(*self._sounds(passages), full=NONE)
        raw[:, 2] = self.words.odds(words, first, beyond, full=NONE)
        raw[:, FACTS] = self.facts.predict(facts)
        out = self.weighed(raw)
        close = [row for low, high in pairwise(bounds) for row in _likeliest(out[low:high], low)]
        spans = list(zip(first[close].tolist(), beyond[close].tolist(), strict=True))
        _spread(raw[:, VECTORS], self.vectors.odds(numbers, spans), close, bounds)
        raw[close, 0] = self.characters.every_head(grams, starts[close], ends[close])
        out = self.weighed(raw)
        spelt = np.array([facts[row].get("mended", 0.0) for row in close])
        added = self.together(out[close], together(raw[close], ends[close] - starts[close], spelt))
        _spread(out[:, TOGETHER], added, close, bounds)
        return np.split(out, bounds[1:-1])

    def weighed(self, raw: Floats) -> Floats:
        """Parts of rows from what the channels say of them, without what they say together."""
        out = np.zeros((len(raw), len(CHANNELS) + 2, len(HEADS)))
        out[:, :TOGETHER] = raw * self.stack
        out[:, -1] = self.bias
        return out

    def together(self, parts: Floats, features: Floats) -> Floats:
        """What the channels together add to what they add one by one: rows × heads."""
        out = np.zeros((len(parts), len(HEADS)))
        heads = self.forest.heads
        out[:, heads] = self.forest.predict(features) - parts[:, :, heads].sum(axis=1)
        return out

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


def together(raw: Floats, lengths: NDArray[Any], mended: NDArray[Any]) -> Floats:
    """Features of rows for the trees: all that the channels say (rows × channels × heads), size, spelling."""
    columns = [raw[:, channel, :] for channel in FULL] + [
        raw[:, channel, LEAD, None] for channel in range(len(CHANNELS)) if channel not in FULL
    ]
    sizes = np.log1p(np.asarray(lengths, np.float64))
    return np.concatenate([*columns, sizes[:, None], np.asarray(mended)[:, None]], axis=1).round(DIGITS)


def _spread(rows: Floats, values: Floats, close: Sequence[int], bounds: Sequence[int]) -> None:
    """Give the rows in ``close`` their values, and the other rows of each passage the least of its values."""
    for low, high in pairwise(bounds):
        near = slice(bisect_left(close, low), bisect_left(close, high))
        rows[low:high] = values[near].min(axis=0)
    rows[close] = values


def _likeliest(parts: Floats, offset: int) -> list[int]:
    """The whole and the units likeliest to be leads, first of equals, in order, counted from ``offset``."""
    if len(parts) == 1:
        return [offset]
    odds = parts[1:, :, LEAD].sum(axis=1).round(DIGITS)
    close = np.argsort(-odds, kind="stable")[:READ_CLOSELY] + 1 + offset
    return [offset, *sorted(close.tolist())]
