"""Handles that stand behind the name of a platform: ``加薇❤：abc_123``, ``扣扣 一二三四五六``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import daachorse

from nlp.analysis import Contact, Span
from nlp.detectors.shapes import NUMERIC, SHAPES, digits_of, phone_form
from nlp.normalise import written
from nlp.platforms import Platform, platforms, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

MARKS = r"[ \t\n:,;=>|*`'\"“”‘’「」『』【】\[\]()<>~★☆➜→➡✅♥❤·/\\_-]"
MARKUP = re.compile(r"</?(?:b|strong|em|span|code|br|p|i)\s?/?>")
CASED = frozenset({"discord"})
MAX_GLUE = 8
Reading = tuple[int, int, str, float]
"""Start, end, normal form and confidence of a handle in the joined text."""
SHORT_LETTERS = 6
GLUED = frozenset({"wx", "vx"})
"""Names that adverts write without a space before the handle, when Chinese stands before them."""
GLUED_NAME = re.compile("[a-z0-9_-]{8,20}(?![a-z0-9_.-])")
NEXT_HANDLE = re.compile(r"[ ]{0,2}(?:或者?|和|及|、|/|,|or|and|&)[ ]{0,2}")
LETTERS = re.compile("[a-z]+")
STRONG_MARK = re.compile(r"[:：=`*「【“\"➜→]|->|号|id|是")
CODE_AFTER = re.compile(r"[ ]?(?:\(|=|\{|:\s?[\[{\"']|\.[a-z])")


@dataclass(frozen=True, slots=True)
class Cue:
    """A name of a platform."""

    platform: Platform
    weak: bool


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
    glue = "|".join(map(re.escape, sorted(shared.glue, key=len, reverse=True)))
    verbs = "|".join(map(re.escape, sorted(shared.verbs, key=len, reverse=True)))
    automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(found))
    return CueTable(
        automaton,
        tuple(tuple(cues) for cues in found.values()),
        re.compile(rf"(?:{MARKS}|{glue})"),
        re.compile(rf"(?:{verbs})[^。！!?\n]{{0,6}}$"),
    )


def numeric_view(text: str) -> str:
    """The text with Chinese digits read as digits, one for one."""
    return text.translate(vocabulary().chinese_digits)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin name is a word of its own."""
    first, last = text[start], text[end - 1]
    before = text[start - 1 : start]
    if _latin(first) and before and (_latin(before) or before in "_@./-"):
        return False
    whole = all(char.isascii() for char in text[start:end]) and first != "+"
    if not (whole and _latin(last)) or end >= len(text):
        return True
    if text[start:end] in GLUED and GLUED_NAME.match(text, end) and not (before and before.isascii()):
        return True
    return not (_latin(text[end]) or text[end] == "_")


def _handle_positions(text: str, end: int, glue: re.Pattern[str]) -> Iterator[int]:
    """Places behind the name where the handle may begin: after no glue, one piece of it, two, …"""
    position = end
    yield position
    for _ in range(MAX_GLUE):
        if markup := MARKUP.match(text, position):
            position = markup.end()
        elif piece := glue.match(text, position):
            position = piece.end()
        else:
            return
        yield position


def _account_confidence(text: str, cue: Cue, word: str, spot: tuple[int, int, int], verb: bool) -> float:
    """How sure a Latin word is a handle (0: none). ``spot``: start and end of the cue, start of the word."""
    _, end, start = spot
    between = text[end:start]
    bare = word.lstrip("@")
    marked = bool(STRONG_MARK.search(between)) or word.startswith("@")
    if bare in vocabulary().not_handles or CODE_AFTER.match(text, start + len(word)):
        return 0.0
    if text[start + len(word) : start + len(word) + 1] == "@":
        return 0.0
    if between and set(between) <= set("-_./\\") and _latin(text[end - 1]):
        return 0.0
    telling = any(char.isdigit() for char in bare) or "_" in bare or ("-" in bare and marked)
    if (cue.weak or cue.platform.colon) and not (marked or (verb and telling)):
        return 0.0
    if telling:
        return 0.9 if marked else 0.75
    attached = not between and (not _latin(text[end - 1]) or text[spot[0] : end] in GLUED)
    if (
        (marked or verb or attached)
        and LETTERS.fullmatch(bare)
        and len(bare) >= (5 if marked else SHORT_LETTERS)
    ):
        return 0.7 if marked else 0.55
    return 0.0


def _number_confidence(text: str, cue: Cue, found: re.Match[str], end: int) -> float:
    between = text[end : found.start()]
    if cue.weak and not (STRONG_MARK.search(between) or not between):
        return 0.0
    if (cue.weak or cue.platform.colon) and len(digits_of(found[0])) < 6:
        return 0.0
    after = text[found.end() : found.end() + 1]
    if after and (after in "%年月日元块万亿人个次条天小时分秒户mkg" or after == "."):
        return 0.0 if not STRONG_MARK.search(between) else 0.6
    return 0.9 if between == "" or STRONG_MARK.search(between) else 0.7


def _read(text: str, numbers: str, cue: Cue, spot: tuple[int, int], verb: bool) -> Reading | None:
    """The handle behind a name."""
    for start in _handle_positions(text, spot[1], cue_table().glue):
        read = _read_here(text, numbers, cue, (*spot, start), verb)
        if read is not None:
            return read
    return None


def _read_here(text: str, numbers: str, cue: Cue, spot: tuple[int, int, int], verb: bool) -> Reading | None:
    """The handle that begins at ``spot[2]``, in any shape of the platform."""
    start = spot[2]
    for shape in cue.platform.shapes:
        found = SHAPES[shape].match(numbers if shape in NUMERIC else text, start)
        if found is None or shape == "name":
            continue
        if shape == "phone":
            form = phone_form(found[0])
            if form is not None:
                return start, found.end(), form[0], form[1]
        elif shape in NUMERIC:
            sure = _number_confidence(text, cue, found, spot[1])
            if sure:
                return start, found.end(), digits_of(found[0]).removeprefix("+"), sure
        else:
            sure = _account_confidence(text, cue, found[0], spot, verb)
            if sure:
                return start, found.end(), found[0].lstrip("@"), sure
    return None


NAME_LEAD = re.compile(
    r"[^\S\n]{0,2}(?:[:：]|[「“\"《【『'*`]|\n|叫|是|名为?)[^\S\n]{0,2}[「“\"《【『*`']{0,3}"
)
LATIN_NAME = re.compile(r"[ ]?([a-z][a-z0-9_-]{4,24})(?![a-z0-9_])")
NAME = re.compile(r"[\w·.-]{2,24}")


def _read_name(text: str, end: int) -> Reading | None:
    """Name of an official account: behind a colon or in quotes, or a Latin word right behind."""
    lead = NAME_LEAD.match(text, end)
    if lead is None:
        word = LATIN_NAME.match(text, end)
        if word and word[1] not in vocabulary().not_handles:
            return word.start(1), word.end(1), word[1], 0.6
        return None
    name = NAME.match(text, lead.end())
    if name is None:
        return None
    return name.start(), name.end(), name[0], 0.7


def find_handles(block: int, text: Normalised) -> list[Contact]:
    """Every handle behind the name of a platform."""
    joined = text.joined.text
    table = cue_table()
    found = table.automaton.find_overlapping(joined)
    if not found:
        return []
    numbers = numeric_view(joined)
    # of two names that lead to one handle the longer one knows better: 微信公众号, QQ群
    readings: dict[tuple[int, int], tuple[int, str, Reading]] = {}
    for start, end, number in found:
        if not _stands_alone(joined, start, end):
            continue
        verb = bool(table.verb_before.search(joined, max(0, start - 12), start)) or joined[start] in "加+私找"
        for cue in table.cues[number]:
            for read in _read_all(joined, numbers, cue, (start, end), verb):
                known = readings.get(read[:2])
                if known is None or known[0] < end - start:
                    readings[read[:2]] = (end - start, cue.platform.name, read)
    return [_contact(block, text, platform, read) for _, platform, read in readings.values()]


def _read_all(text: str, numbers: str, cue: Cue, spot: tuple[int, int], verb: bool) -> Iterator[Reading]:
    """The handle behind a name, and those listed after it."""
    if cue.platform.shapes == ("name",):
        named = _read_name(text, spot[1])
        if named is not None:
            yield named
        return
    read = _read(text, numbers, cue, spot, verb)
    while read is not None:
        yield read
        joint = NEXT_HANDLE.match(text, read[1])
        if joint is None:
            return
        following = _read_here(text, numbers, cue, (spot[0], joint.end(), joint.end()), verb)
        read = (
            following
            if following is not None and any(c.isdigit() or c == "_" for c in following[2])
            else None
        )


def _contact(block: int, text: Normalised, platform: str, read: Reading) -> Contact:
    start, end, handle, sure = read
    first, last = text.joined.source(start, end)
    raw = text.raw[first:last]
    if platform in CASED:
        handle = written(raw)
    return Contact(platform, handle, Span(block, first, last), raw, sure)
