"""What it means that a text holds a term: the one definition both stores, and the highlights, go by.

A text is searched in up to two spellings: as it stands (lower case) and normalised. A term that holds a
Chinese character matches anywhere, so no substring is lost to segmentation; a term of letters and digits
matches whole words (``eth`` is not in ``method``), or word starts where it ends in ``*``. White space counts
only between two words, since spaces inside Chinese text carry no meaning.

The units of a text are its words and each other character by itself; a term is in a text if its units stand
there one after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Scripts written without spaces: radicals, kana, bopomofo, unified ideographs and extensions, hangul.
IDEOGRAPH = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3040-\u30ff\u3100-\u312f\u3131-\u318e\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00016fe0-\U00018fff\U0001b000-\U0001b2ff"
    "\U00020000-\U0003ffff"
)
WORD = rf"[^\W_{IDEOGRAPH}]"
# Arrows, dingbats, emoji and the like: worth an index entry, unlike punctuation.
SYMBOL = "[\u2190-\u2bff\U0001f000-\U0001faff]"

_UNITS = re.compile(rf"{WORD}+|\S")
_WORDS = re.compile(rf"{WORD}+|{SYMBOL}")
_WORD_START = re.compile(WORD)
_RUNS = re.compile(f"[{IDEOGRAPH}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")

SEPARATOR = "\x01"
"""Stands between the searchable texts of one hit; no term crosses it."""
TOKEN_LIMIT = 64
"""Longest index token in characters; longer words are cut at indexing and in queries alike."""


def fold(text: str) -> str:
    """Lower case, character for character, so that offsets stay true; lone surrogates become U+FFFD."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return scrub(lowered)


def scrub(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 store can keep, by U+FFFD; offsets stay true."""
    return _SURROGATE.sub("\ufffd", text)


def normal(text: str) -> str:
    """The normalised spelling of a text, as searched."""
    from nlp.normalise import normalise

    return fold(normalise(text).text)


def spellings(text: str) -> tuple[str, ...]:
    """The distinct spellings under which a text is searched: normalised first, then as it stands."""
    return tuple(dict.fromkeys(spelling for spelling in (normal(text), fold(text)) if spelling.strip()))


def units(text: str) -> list[str]:
    """Words, and every other character but white space by itself."""
    return _UNITS.findall(text)


def is_word(unit: str) -> bool:
    """Whether a unit is a word rather than a single other character."""
    return _WORD_START.match(unit) is not None


def has_ideograph(text: str) -> bool:
    """Whether a text holds a character of a script written without spaces."""
    return _RUNS.search(text) is not None


def tokens(text: str) -> set[str]:
    """Index tokens of a text: words, symbols, pairs of neighbouring ideographs, and each run's last one.

    Every ideograph so begins exactly one token a place, which lets a prefix query find single characters.
    """
    found = {word[:TOKEN_LIMIT] for word in _WORDS.findall(text)}
    for run in _RUNS.findall("".join(text.split())):
        found.update(map(add, run, run[1:]))
        found.add(run[-1])
    return found


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a term: ``loose`` matches inside words, ``prefix`` at word starts."""

    text: str
    prefix: bool = False

    @property
    def loose(self) -> bool:
        """Whether the ends may lie inside words: so for every term with an ideograph."""
        return has_ideograph(self.text)

    def pattern(self) -> re.Pattern[str]:
        """Matches where a folded or normalised text holds this spelling."""
        return _pattern(self.text, self.prefix)

    def wanted(self) -> tuple[tuple[str, bool], ...]:
        """Index tokens every text that holds this spelling has, each with whether it is only a token's start.

        Empty where the index cannot help: then every text must be looked at.
        """
        return _wanted(self.text, self.prefix)

    @property
    def exact(self) -> bool:
        """Whether having the wanted tokens already means that the text holds this spelling."""
        parts = units(self.text)
        if len(parts) == 1:
            return len(parts[0]) < TOKEN_LIMIT and bool(self.wanted())
        return len(parts) == 2 and all(has_ideograph(part) for part in parts)


def term(text: str, *, prefix: bool = False) -> tuple[Spelling, ...]:
    """The spellings of a query term; a text holds the term if it holds any of them."""
    return tuple(Spelling(spelling, prefix) for spelling in spellings(text))


def holds(text: str, spelled: Iterable[Spelling]) -> bool:
    """Whether a folded or normalised text holds a term."""
    return any(spelling.pattern().search(text) for spelling in spelled)


def places(text: str, spelled: Iterable[Spelling]) -> Iterator[tuple[int, int]]:
    """Where a folded or normalised text holds a term, as half-open ranges."""
    for spelling in spelled:
        for match in spelling.pattern().finditer(text):
            yield match.span()


@lru_cache(maxsize=1024)
def _pattern(text: str, prefix: bool) -> re.Pattern[str]:
    parts = units(text)
    pieces = [re.escape(parts[0])]
    for left, right in pairwise(parts):
        pieces += [r"\s+" if is_word(left) and is_word(right) else r"\s*", re.escape(right)]
    if not has_ideograph(text):
        if is_word(parts[0]):
            pieces.insert(0, rf"(?<!{WORD})")
        if is_word(parts[-1]) and not prefix:
            pieces.append(rf"(?!{WORD})")
    return re.compile("".join(pieces))


@lru_cache(maxsize=1024)
def _wanted(text: str, prefix: bool) -> tuple[tuple[str, bool], ...]:
    parts = units(text)
    loose = has_ideograph(text)
    wanted: dict[tuple[str, bool], None] = {}
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        if loose and first and is_word(part):
            continue  # it may be the end of a longer word, which no index entry begins with
        if has_ideograph(part):
            if not last and has_ideograph(parts[number + 1]):
                wanted[(part + parts[number + 1], False)] = None
            elif first or not has_ideograph(parts[number - 1]):
                wanted[(part, True)] = None
        elif _WORDS.match(part):
            open_end = last and is_word(part) and (loose or prefix)
            wanted[(part[:TOKEN_LIMIT], open_end or len(part) >= TOKEN_LIMIT)] = None
    return tuple(wanted)
