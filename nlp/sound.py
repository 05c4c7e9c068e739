"""The sound channel: one private code point a toneless syllable, so that terms are matched as they sound.

Polyphonic characters take their usual reading in running text; a term is spelled in each of its readings, so
that both sides meet. Latin words that are whole pinyin (``paofen``) become the same codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.glyphs import readings
from nlp.kinds import CODES, codes_of, text_of
from nlp.offsets import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.offsets import Channel, Edit

FIRST_CODE = 0xE000
"""Syllables live in the private use area, which the normaliser empties."""
LATIN_WORD = re.compile(r"[a-z](?<![a-z0-9][a-z])[a-z]{1,39}(?![a-z0-9])")
FIRST, LAST = "\ue000", "\uf8ff"
GAP = re.compile("[ '._·-]{1,2}(?=[\ue000-\uf8ff])")
MAX_SYLLABLE = 6
MAX_SPELLINGS = 8


@dataclass(frozen=True, slots=True)
class Sounds:
    """Codes of syllables, and of characters in their usual reading (an array over all code points)."""

    codes: dict[str, str]
    usual: NDArray[np.uint32]


@cache
def sounds() -> Sounds:
    """Number the syllables of homophones.csv, once a process."""
    table = readings()
    syllables = sorted({syllable for ways in table.values() for syllable in ways})
    codes = {syllable: chr(FIRST_CODE + number) for number, syllable in enumerate(syllables)}
    usual = np.arange(CODES, dtype=np.uint32)
    for char, ways in table.items():
        usual[ord(char)] = ord(codes[ways[0]])
    return Sounds(codes, usual)


@lru_cache(maxsize=1 << 15)
def _split_pinyin(word: str) -> tuple[str, ...]:
    """The syllables of a Latin word, longest first where several splits exist; none when it is no pinyin."""
    codes = sounds().codes
    best: list[tuple[str, ...] | None] = [None] * len(word) + [()]
    for start in range(len(word) - 1, -1, -1):
        for end in range(min(start + MAX_SYLLABLE, len(word)), start, -1):
            rest = best[end]
            if rest is not None and word[start:end] in codes:
                best[start] = (word[start:end], *rest)
                break
    return best[0] or ()


def syllables(word: str) -> tuple[str, ...]:
    """The syllables of a lower-case Latin word that is pinyin from end to end; none when it is not."""
    return _split_pinyin(word)


def _pinyin_edits(text: str, codes: dict[str, str]) -> Iterator[Edit]:
    for found in LATIN_WORD.finditer(text):
        start = found.start()
        for syllable in _split_pinyin(found[0]):
            yield start, start + len(syllable), codes[syllable]
            start += len(syllable)


def _gap_edits(text: str) -> Iterator[Edit]:
    """Marks beside a lone syllable: ``xu ni huo bi`` was written syllable by syllable."""
    for found in GAP.finditer(text):
        start, end = found.span()
        before, after = text[start - 2 : start - 1], text[end + 1 : end + 2]
        if start and _heard(text[start - 1]) and not (_heard(before) and _heard(after)):
            yield start, end, ""


def _heard(char: str) -> bool:
    return FIRST <= char <= LAST


def sounded(channel: Channel) -> Channel:
    """Spell a channel by sound; characters without a reading stay as they are."""
    table = sounds()
    spelled = text_of(table.usual.take(codes_of(channel.text), mode="clip"))
    by_sound = type(channel)(spelled, channel.length, channel.starts, channel.ends)
    if b"ll" not in channel.kinds:
        return by_sound
    edits = list(_pinyin_edits(spelled, table.codes))
    if not edits:
        return by_sound
    by_sound = rewrite(by_sound, edits)
    gaps = list(_gap_edits(by_sound.text))
    return rewrite(by_sound, gaps) if gaps else by_sound


def sound_keys(term: str) -> tuple[str, ...]:
    """How a normalised term can sound, in the codes of the sound channel; the usual reading first.

    At most eight spellings, and the one that its pinyin gives when written in one word (``bi an`` reads as
    ``bian``). Characters without a reading stay as they are.
    """
    codes, table = sounds().codes, readings()
    ways = [tuple(codes[way] for way in table[char]) if char in table else (char,) for char in term]
    keys = ["".join(spelling) for spelling in islice(product(*ways), MAX_SPELLINGS)]
    if all(char in table for char in term):
        keys.append("".join(codes[syllable] for syllable in _split_pinyin(pinyin(term))))
    return tuple(dict.fromkeys(keys))


def pinyin(term: str) -> str:
    """The usual toneless pinyin of a term, written together: ``跑分`` gives ``paofen``."""
    table = readings()
    return "".join(table[char][0] if char in table else char for char in term)


def initials(term: str) -> str:
    """First letters of the usual readings: ``虚拟货币`` gives ``xnhb``."""
    table = readings()
    return "".join(table[char][0][0] if char in table else char for char in term)


def spell(sound: str) -> str:
    """Sound codes as readable pinyin with spaces, for messages and tests."""
    names = {code: syllable for syllable, code in sounds().codes.items()}
    return " ".join(names.get(char, char) for char in sound)
