"""Where a text names a platform: in its words, in look-alike spellings, or by sound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import daachorse

from nlp.kinds import EMOJI
from nlp.platforms import Platform, either, platforms, vocabulary
from nlp.sound import sound_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

MARKS = rf"[ \t\n:,;=>|*`'\"“”‘’「」『』【】\[\]()<>~→·‧+/\\_{EMOJI}➡-]"
ASIDE = re.compile(r"\d?[(【\[][^()【】\[\]\n]{0,12}[)】\]]")
"""A remark in brackets between a name and its handle: ``QQ群（已满）：``."""
GLUED = frozenset({"wx", "vx"})
"""Names that adverts write without a space before the handle, when Chinese stands before them."""
GLUED_NAME = re.compile("[a-z0-9_-]{8,20}(?![a-z0-9_.-])")
WORD_END = re.compile("(?<![a-z0-9])[a-z]+$")
CHINESE_NAME = re.compile("[\u4e00-\u9fff]{2,}")
UNHEARD = frozenset({"phone", "email", "official_account"})
"""Platforms whose names sound like everyday words."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A name of a platform."""

    platform: Platform
    weak: bool
    heard: bool = False
    apart: bool = False
    """A weak name, but a word of its own: ``看价｜微 ab_c88``."""


@dataclass(frozen=True, slots=True)
class CueTable:
    """An automaton over all names, and the platforms each stands for."""

    automaton: daachorse.CharwiseDoubleArrayAhoCorasick
    cues: tuple[tuple[Cue, ...], ...]
    glue: re.Pattern[str]
    verb_before: re.Pattern[str]


@cache
def cue_table() -> CueTable:
    """Build the automaton, once a process."""
    found: dict[str, list[Cue]] = {}
    for platform in platforms():
        for words, weak in ((platform.strong, False), (platform.weak, True)):
            for word in words:
                found.setdefault(word, []).append(Cue(platform, weak))
    shared = vocabulary()
    automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(found))
    return CueTable(
        automaton,
        tuple(tuple(cues) for cues in found.values()),
        re.compile(
            rf"(?:[ \t]{{1,20}}|{MARKS}|{either(shared.glue)}|\d{{1,2}}(?=[ ]?[:群])|\d[ ](?=\d{{6}}))"
        ),
        re.compile(rf"(?:{either(shared.verbs)})[^。！!?\n]{{0,6}}$"),
    )


@cache
def _candidate() -> re.Pattern[str]:
    # it begins with a class, which is scanned fast
    digits = f"[{vocabulary().digit_class}0-9]"
    return re.compile(
        f"[a-z0-9_{vocabulary().digit_class}-](?:(?<=[a-z0-9_-])[a-z0-9_-]{{4}}|(?<={digits}){digits}{{4}})"
    )


@lru_cache(maxsize=4)
def has_candidate(text: str) -> bool:
    """Whether anything could be a handle behind a name that is only heard."""
    return _candidate().search(text) is not None


@cache
def _latin_names() -> frozenset[str]:
    return frozenset(word for one in platforms() for word in (*one.strong, *one.weak) if word.isascii())


def is_latin(char: str) -> bool:
    """Whether a character is an ASCII letter."""
    return char.isascii() and char.isalpha()


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin name is a word of its own."""
    first, last = text[start], text[end - 1]
    before = text[start - 1 : start]
    if is_latin(first) and before and (is_latin(before) or before in "_@./-"):
        # vx/qq：12345678
        named = before == "/" and WORD_END.search(text, max(0, start - 12), start - 1)
        if not named or named[0] not in _latin_names():
            return False
    name = text[start:end].removeprefix("+")
    whole = name.isascii() and (first != "+" or name in GLUED)
    if not (whole and is_latin(last)) or end >= len(text):
        return True
    if name in GLUED and GLUED_NAME.match(text, end) and not (before and before.isascii()):
        return True
    return not (is_latin(text[end]) or text[end] == "_")


@cache
def _heard() -> tuple[daachorse.CharwiseDoubleArrayAhoCorasick, tuple[tuple[Cue, ...], ...]]:
    """An automaton over the sounds of Chinese names. What is only heard is weak."""
    found: dict[str, dict[str, Cue]] = {}
    for platform in platforms():
        if platform.name in UNHEARD:
            continue
        for word in platform.strong:
            if CHINESE_NAME.fullmatch(word):
                for key in sound_keys(word):
                    found.setdefault(key, {})[platform.name] = Cue(platform, weak=True, heard=True)
    automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(found))
    return automaton, tuple(tuple(cues.values()) for cues in found.values())


def find_cues(text: Normalised) -> Iterator[tuple[int, int, tuple[Cue, ...]]]:
    """Start and end in the joined text of every platform's name, and the platforms it may mean."""
    joined = text.joined.text
    table = cue_table()
    spelled = set()
    for start, end, number in table.automaton.find_overlapping(joined):
        if stands_alone(joined, start, end):
            spelled.add(end)
            yield start, end, table.cues[number]
    if not has_candidate(joined):
        return
    automaton, heard = _heard()
    for first, last, number in automaton.find_overlapping(text.sound.text):
        start, end = text.sound.source(first, last)
        start, end = text.joined.position(start), text.joined.position(end)
        if end not in spelled and stands_alone(joined, start, end):
            yield start, end, heard[number]
