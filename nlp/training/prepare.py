"""Texts to features: what each channel of the classifier reads, for all texts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.case import open_case
from nlp.detectors.classifier import char_keys, sound_keys, word_keys, word_numbers
from nlp.ngrams import Keys
from nlp.pieces import whole_of
from nlp.pipeline import CASE, new_pipeline, stretches_of

if TYPE_CHECKING:
    Rows = NDArray[np.int64]
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.document import Document
    from nlp.detectors.classifier import Stretch
    from nlp.lexicon import Lexicon
    from nlp.sieve import Sieve

BITS = 18


@dataclass(frozen=True, slots=True)
class Features:
    """Features of rows of text, in the same order everywhere."""

    characters: Keys
    sounds: Keys
    words: Keys
    numbers: list[list[int]]
    facts: list[dict[str, float]]
    lengths: NDArray[np.int64]

    def take(self, rows: Rows) -> Features:
        """The features of some rows."""
        return Features(
            take_keys(self.characters, rows),
            take_keys(self.sounds, rows),
            take_keys(self.words, rows),
            [self.numbers[row] for row in rows],
            [self.facts[row] for row in rows],
            self.lengths[rows],
        )


def take_keys(keys: Keys, rows: Rows) -> Keys:
    """Keys of some rows."""
    pieces = [keys.columns[keys.bounds[row] : keys.bounds[row + 1]] for row in rows]
    bounds = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    return Keys(np.concatenate(pieces) if pieces else np.zeros(0, np.int64), bounds)


def cut_stretches(documents: Iterable[Document], lexicon: Lexicon, sieve: Sieve) -> list[list[Stretch]]:
    """Units of each document, the whole first, as the pipeline cuts them (of all of it if nothing stirs)."""
    pipeline = new_pipeline()
    out = []
    for document in documents:
        (excerpt,) = sieve.sift([document])
        case = open_case(document, excerpt or whole_of(document), lexicon, sieve.mender)
        with pipeline.memory_zone():
            doc = pipeline.tokenizer(case.reading)
            doc.user_data[CASE] = case
            out.append(stretches_of(doc))
    return out


def read_features(
    stretches: Sequence[Stretch], vocabulary: Mapping[str, int], *, bits: int = BITS
) -> Features:
    """Features of stretches."""
    texts = [stretch.text for stretch in stretches]
    numbers = [word_numbers(stretch.words, vocabulary) for stretch in stretches]
    return Features(
        characters=char_keys(texts, bits=bits),
        sounds=sound_keys(texts, bits=bits),
        words=word_keys(numbers, bits=bits),
        numbers=numbers,
        facts=[dict(stretch.facts) for stretch in stretches],
        lengths=np.array([len(text) for text in texts], np.int64),
    )
