"""Handles that stand behind the name of a platform: ``加薇❤：abc_123``, ``扣扣 一二三四五六``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors.accounts import is_pinyin_name
from nlp.detectors.cues import ASIDE, GLUED, Cue, cue_table, find_cues, is_latin
from nlp.detectors.digits import DATE, numeric_view
from nlp.detectors.shapes import NUMERIC, SHAPES, digits_of, phone_form
from nlp.normalise import written
from nlp.platforms import either, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

MARKUP = re.compile(r"</?[a-z]{1,10}(?:\s[^<>]{0,120})?/?>")
MESSENGERS = frozenset({"whatsapp", "signal"})
LONGEST_NUMBER = 15
NEAR_ABROAD = ("852", "853", "886", "65", "60")
MARKED_ONLY = frozenset({"digit_first", "han_number"})
"""Shapes that need a colon or another mark before them."""
CASED = frozenset({"discord"})
MAX_GLUE = 8
MIN_SPACED = 7
"""Digits of a number that stands a space behind a weak name."""
LONGEST_MOBILE = 16
Reading = tuple[int, int, str, float]
"""Start, end, normal form and confidence of a handle in the joined text."""
SHORT_LETTERS = 6
FOREWORD = re.compile(r"(?<![a-z0-9_@./-])(@?[a-z0-9_](?:[a-z0-9_.-]{3,24}[a-z0-9_]))[ ]?[(\[【][ ]?$")
OPENING = frozenset("([【")
DOTTED = re.compile(r"[a-z]{2,}[.:][a-z]{2,}")
LETTERS = re.compile("[a-z]+")
CODE_AFTER = re.compile(r"[ ]?(?:\((?:[a-z0-9_\"')]|$)|=|\{|:\s?[\[{\"']|\.[a-z])")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns made of the shared vocabulary."""

    marked: re.Pattern[str]
    joint: re.Pattern[str]
    afterword: re.Pattern[str]
    unit: re.Pattern[str]
    name_lead: re.Pattern[str]


@cache
def _patterns() -> Patterns:
    words = vocabulary()
    return Patterns(
        marked=re.compile(rf"[:：=`*「【“\"➜→(+]|->|{either(words.marking)}"),
        joint=re.compile(rf"[ ]{{0,2}}(?:{either(words.joints)}|[、/,&])[ ]{{0,2}}"),
        afterword=re.compile(rf"(?:{either(words.same_number)})?[ ]?[)\]】]"),
        unit=re.compile(rf"[ ]?(?:{either(words.units)})|\."),
        name_lead=re.compile(
            rf"[^\S\n]{{0,2}}(?:[:：「“\"《【『'*`\n]|{either(words.naming)})[^\S\n]{{0,2}}[「“\"《【『*`']{{0,3}}"
        ),
    )


def _handle_positions(text: str, end: int, glue: re.Pattern[str]) -> Iterator[int]:
    """Places behind the name where the handle may begin: after no glue, one piece of it, two, …"""
    yield end
    aside = ASIDE.match(text, end)
    # the handle may stand in the brackets, or behind a remark in them
    for first in (end, aside.end()) if aside else (end,):
        position = first
        for _ in range(MAX_GLUE):
            piece = MARKUP.match(text, position) or glue.match(text, position)
            if piece is None:
                break
            position = piece.end()
            yield position


def _account_confidence(text: str, cue: Cue, word: str, spot: tuple[int, int, int], verb: bool) -> float:
    """How sure a Latin word is a handle (0: none). ``spot``: start and end of the cue, start of the word."""
    _, end, start = spot
    between = text[end:start]
    bare = word.lstrip("@")
    marked = bool(_patterns().marked.search(between)) or word.startswith("@")
    if not bare.isascii():
        return 0.7 if word.startswith("@") or cue.platform.shapes[0] == "name" else 0.5 if marked else 0.0
    if bare in vocabulary().not_handles or set(bare) == {"x"} or CODE_AFTER.match(text, start + len(word)):
        return 0.0
    if text[start + len(word) : start + len(word) + 1] == "@":
        return 0.0
    if between and set(between) <= set("-_./\\") and is_latin(text[end - 1]):
        return 0.0
    telling = any(char.isdigit() or char == "_" for char in bare) or (
        "-" in bare and (marked or (verb and not cue.weak and not cue.platform.colon) or is_pinyin_name(bare))
    )
    if (cue.weak or cue.platform.colon) and not (marked or (verb and telling)):
        joint = cue.apart and between == " "
        attached = (
            not between and not cue.heard and not is_latin(text[end - 1]) and len(bare) >= SHORT_LETTERS
        )
        return 0.6 if telling and (joint or attached) else 0.0
    if telling:
        return 0.9 if marked else 0.75
    if marked and text[spot[0] : end].endswith(vocabulary().marking) and DOTTED.fullmatch(bare):
        return 0.7
    attached = not between and (not is_latin(text[end - 1]) or text[spot[0] : end] in GLUED)
    if (
        (marked or verb or attached)
        and LETTERS.fullmatch(bare)
        and len(bare) >= (5 if marked else SHORT_LETTERS)
    ):
        return 0.7 if marked else 0.55
    return 0.0


def _is_apart(text: Normalised, start: int, end: int) -> bool:
    """Whether a name of one character is a word of its own: ``群主 V coin_88``, not ``安徽 ah_01``."""
    name = text.joined.text[start]
    # the joined text has lost the bar before it
    place = text.joined.source(start, end)[0]
    before = text.raw[place - 1 : place] if place else ""
    return not (before.isascii() and before.isalnum()) if is_latin(name) else not before.isalpha()


def _number_confidence(text: str, cue: Cue, found: re.Match[str], end: int, verb: bool) -> float:
    between = text[end : found.start()]
    digits = digits_of(found[0])
    if cue.weak and not (_patterns().marked.search(between) or not between or verb):
        plain = len(digits) < MIN_SPACED or DATE.fullmatch(digits) or digits.endswith("0000")
        if between != " " or plain:
            return 0.0
    if (cue.weak or cue.platform.colon or not found[0].isalnum()) and len(digits) < 6:
        return 0.0
    if _patterns().unit.match(text, found.end()):
        return 0.0 if not _patterns().marked.search(between) else 0.6
    return 0.9 if between == "" or _patterns().marked.search(between) else 0.7


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
    reach = slice(start, start + LONGEST_MOBILE)
    disguised = numbers is not text and numbers[reach] != text[reach]
    shapes = cue.platform.shapes
    # 13O41780417 is a number in disguise before it is an account
    for shape in sorted(shapes, key=lambda name: name != "mobile") if disguised else shapes:
        found = SHAPES[shape].match(numbers if shape in NUMERIC else text, start)
        if found is None or shape == "name":
            continue
        if shape == "phone":
            form = phone_form(found[0]) or _foreign_form(found[0], cue)
            if form is not None:
                return start, found.end(), form[0], form[1]
        elif shape in NUMERIC:
            sure = _number_confidence(text, cue, found, spot[1], verb)
            if sure:
                return start, found.end(), digits_of(found[0]).removeprefix("+"), sure
        else:
            sure = _account_confidence(text, cue, found[0], spot, verb)
            if shape == "named" and not _names_account(text, *spot):
                continue
            if shape in MARKED_ONLY and not _patterns().marked.search(text, spot[1], start):
                continue
            if sure:
                return start, found.end(), found[0].lstrip("@"), sure
    return None


def _names_account(text: str, start: int, end: int, at: int) -> bool:
    """Whether a Chinese name follows at once: ``微博搜：李四看盘``."""
    return at - end == 1 and text[end] in ":「“【" and text[start:end].endswith(vocabulary().naming_ends)


def _foreign_form(text: str, cue: Cue) -> tuple[str, float] | None:
    """A number of a neighbour without its plus; behind a messenger's name also one that no country knows."""
    number = digits_of(text)
    if number.startswith(NEAR_ABROAD):
        return phone_form(f"+{number}")
    long_enough = number.startswith("+") and 8 < len(number) <= LONGEST_NUMBER and number[1:].isdecimal()
    return (number, 0.6) if long_enough and cue.platform.name in MESSENGERS else None


LATIN_NAME = re.compile(r"[ ]?([a-z][a-z0-9_-]{4,24})(?![a-z0-9_])")
SPACED_NAME = re.compile(r"[ ]([\w·]{2,12})[ ]?(?=$|[\n。,!;|)(])")
NAME = re.compile(r"[\w·.-]{2,24}")


def _read_name(text: str, end: int) -> Reading | None:
    """Name of an official account: behind a colon or in quotes, or a Latin word right behind."""
    lead = _patterns().name_lead.match(text, end)
    if lead is None:
        word = LATIN_NAME.match(text, end)
        if word and word[1] not in vocabulary().not_handles:
            return word.start(1), word.end(1), word[1], 0.6
        spaced = SPACED_NAME.match(text, end)
        return (spaced.start(1), spaced.end(1), spaced[1], 0.5) if spaced else None
    name = NAME.match(text, lead.end())
    if name is None:
        return None
    return name.start(), name.end(), name[0], 0.7


def find_handles(block: int, text: Normalised) -> list[Contact]:
    """Every handle behind the name of a platform, or before it in brackets."""
    named = list(find_cues(text))
    if not named:
        return []
    joined = text.joined.text
    numbers = numeric_view(joined)
    before = cue_table().verb_before
    # of two names that lead to one handle the longer one knows better: 微信公众号, QQ群
    readings: dict[tuple[int, int], tuple[int, str, Reading]] = {}
    for start, end, cues in named:
        verb = bool(before.search(joined, max(0, start - 12), start)) or joined[start] in vocabulary().calls
        for cue in cues:
            if cue.weak and joined[max(0, end - 4) : end].endswith(vocabulary().other_words):
                continue
            spaced = cue.weak and not cue.heard and joined.startswith(" ", end)
            if spaced and (end - start > 1 or _is_apart(text, start, end)):
                cue = replace(cue, apart=True)
            found = [
                *_read_all(joined, numbers, cue, (start, end), verb),
                *_read_before(joined, cue, start, end),
            ]
            for read in found:
                known = readings.get(read[:2])
                if known is None or known[0] < end - start:
                    readings[read[:2]] = (end - start, cue.platform.name, read)
    return [_contact(block, text, platform, read) for _, platform, read in readings.values()]


def _read_before(text: str, cue: Cue, start: int, end: int) -> Iterator[Reading]:
    """``coin_88（飞机同号）``: the handle before a name in brackets."""
    unfit = cue.platform.name in {"phone", "email", "official_account"}
    # a weak name counts if the brackets hold nothing else: jiajiao_xiaofang（威信）
    if (
        unfit
        or (cue.weak and text[start - 1 : start] not in OPENING)
        or not _patterns().afterword.match(text, end)
    ):
        return
    found = FOREWORD.search(text, max(0, start - 40), start)
    if found is None or found[1].lstrip("@") in vocabulary().not_handles:
        return
    word = found[1].lstrip("@")
    if cue.weak and word[0].isdigit():
        return
    numeric = word.isdigit()
    if numeric != (cue.platform.shapes[0] in NUMERIC) and not (numeric and "mobile" in cue.platform.shapes):
        return
    if any(char.isdigit() or char == "_" for char in word) or is_pinyin_name(word):
        yield found.start(1), found.end(1), word, 0.7


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
        joint = _patterns().joint.match(text, read[1])
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
