"""Build the mender: pairs of characters counted in general texts, the corpus and jieba's dictionary.

What each character may stand for: ``lexicons/homophones.csv``, and ``tables/shapes.csv`` of
``nlp.training.shapes``.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.kinds import codes_of
from nlp.mend import NEVER, UNIT, Mender
from nlp.normalise import normalise
from nlp.training.general import TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PAIRED, KNOWN = 3_600, 7_500
"""Characters whose pairs are told apart, and characters that can be mended."""
OPTIONS = 40
"""What one character may stand for, itself included, at most."""
SOUND, OTHER_SOUND, SHAPE, RARE = 3.5, 4.5, 5.0, 11.0
"""Costs in nats of a character of the same usual sound, of one of another of its sounds, of the same shape,
and of keeping a character that makes no pairs."""
TEXT_WEIGHT, WORD_WEIGHT, MOST_OF_A_WORD = 2.0, 0.05, 30_000
HOMOPHONES = Path(__file__).parents[2] / "lexicons" / "homophones.csv"
SHAPES = Path(__file__).parent / "tables" / "shapes.csv"


def build_mender(texts: Iterable[str], general: Iterable[Path]) -> Mender:
    """The mender; ``texts`` are those of the corpus, ``general`` files of plain text."""
    words = _dictionary()
    plain = [normalise(text).text for text in texts]
    known = _characters(words, plain)
    index = {character: number for number, character in enumerate(known)}
    counts = np.zeros((PAIRED + 1, PAIRED + 1))
    for path in sorted(general):
        _count(counts, index, TAG.sub("", path.read_text("utf-8", "replace")), 1.0)
    for text in plain:
        _count(counts, index, f"\n{text}\n", TEXT_WEIGHT)
    for word, count in words.items():
        if len(word) > 1:
            _count(counts, index, word, WORD_WEIGHT * (min(count, MOST_OF_A_WORD) + 1))
    counts[PAIRED, PAIRED] = 0
    return Mender(known, *_costs(counts), *_options(known, index))


def _dictionary() -> dict[str, int]:
    """Words of jieba's dictionary that are Chinese throughout, with their counts."""
    import jieba

    words = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        if all("\u4e00" <= character <= "\u9fff" for character in word):
            words[word] = int(count)
    return words


def _characters(words: dict[str, int], texts: Sequence[str]) -> str:
    met: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            met[character] += count
    inside: Counter[str] = Counter()
    for text in texts:
        inside.update(text)
    for character, count in inside.items():
        if "\u4e00" <= character <= "\u9fff":
            met[character] += 2_000 * count
    return "".join(sorted(met, key=lambda character: (-met[character], character))[:KNOWN])


def _count(counts: Floats, index: dict[str, int], text: str, weight: float) -> None:
    """Add the pairs of a text; characters without a row count as the last."""
    numbers = np.array([min(index.get(character, PAIRED), PAIRED) for character in text], np.int64)
    np.add.at(counts, (numbers[:-1], numbers[1:]), weight)


def _costs(counts: Floats) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Costs of pairs met, and of the two characters of one never met (Witten and Bell's smoothing)."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    alone = (columns + 1) / (counts.sum() + len(columns))
    kept = rows / (rows + (counts > 0).sum(axis=1) + 1)
    chance = kept[:, None] * counts / np.maximum(rows, 1e-9)[:, None] + (1 - kept)[:, None] * alone
    met = np.where(counts > 0, np.clip(np.rint(-np.log(chance) * UNIT), 1, NEVER), 0).astype(np.uint8)
    first, rest = (np.clip(np.rint(-np.log(share) * UNIT), 0, NEVER) for share in (1 - kept, alone))
    return met, first.astype(np.uint8), rest.astype(np.uint8)


def _options(known: str, index: dict[str, int]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """What each known character may stand for, itself first, and the costs."""
    with HOMOPHONES.open(encoding="utf-8", newline="") as stream:
        readings = {row["char"]: row["readings"].split()[:2] for row in csv.DictReader(stream)}
    with SHAPES.open(encoding="utf-8", newline="") as stream:
        shapes = {row["char"]: row["alike"] for row in csv.DictReader(stream)}
    sounding: dict[str, list[str]] = {}
    for character in known[:PAIRED]:
        for reading in readings.get(character, ()):
            sounding.setdefault(reading, []).append(character)
    others = np.zeros((len(known), OPTIONS), np.uint16)
    swaps = np.full((len(known), OPTIONS), NEVER, np.uint8)
    for row, character in enumerate(known):
        costs: dict[int, float] = {row: 0.0 if row < PAIRED else RARE}
        for shape in shapes.get(character, ""):
            if index.get(shape, KNOWN) < PAIRED:
                costs.setdefault(index[shape], SHAPE)
        for place, reading in enumerate(readings.get(character, ())):
            for other in sounding.get(reading, ()):
                usual = place == 0 and readings[other][0] == reading
                cost = SOUND if usual else OTHER_SOUND
                costs[index[other]] = min(costs.get(index[other], cost), cost)
        chosen = sorted(costs.items(), key=lambda item: (item[1], item[0]))[:OPTIONS]
        others[row, : len(chosen)] = [number for number, _ in chosen]
        swaps[row, : len(chosen)] = [round(cost * UNIT) for _, cost in chosen]
        others[row, len(chosen) :] = row
    return others, swaps


def stored(mender: Mender) -> dict[str, NDArray[np.generic]]:
    """The arrays that ``nlp.mend.mender_of`` reads."""
    return {
        "mend.known": codes_of(mender.known),
        "mend.met": mender.met,
        "mend.first": mender.first,
        "mend.alone": mender.alone,
        "mend.others": mender.others,
        "mend.swaps": mender.swaps,
    }
