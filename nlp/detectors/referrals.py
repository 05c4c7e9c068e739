"""Invitation codes, and links that carry one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import daachorse

from nlp.analysis import Contact, Span
from nlp.detectors.accounts import is_pinyin_name
from nlp.detectors.code_places import codes_in_columns, codes_in_use
from nlp.detectors.cues import CHINESE_NAME, has_candidate
from nlp.detectors.digits import DATE
from nlp.detectors.link_contacts import link_contacts
from nlp.detectors.links import find_links, in_link
from nlp.normalise import written
from nlp.platforms import either, invite_words, link_knowledge, vocabulary
from nlp.sound import sound_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.detectors.links import FoundLink
    from nlp.normalise import Normalised

GLUE_MARKS = r"[ \t\n:=>|*`'\"“”‘’「」『』【】\[\]()<>~➜→➡·,。/#¥_-]"
CODE = r"(?P<code>[a-z0-9](?:[a-z0-9_.-]{1,30}[a-z0-9])?)(?![a-z0-9])"
WRITTEN_CODE = re.compile(
    r"(?:`|\*\*|\|[ ]?|[「【“\"(]|[:：，。；][ ]?)(?P<code>[A-Z0-9][A-Za-z0-9]{4,13})"
    r"(?=`|\*\*|[ ]?\||[」】”\")）（]|[ ]?(?:\n|$))"
)


MIN_HEARD = 3
YEAR = re.compile(r"(?:19|20)\d\d")
DECIMAL = re.compile(r"[·.]\d")
LONG_CODE = 8
WORDED = re.compile(
    '(?P<glue>[ :“"「『【]{1,3})(?P<code>[\u4e00-\u9fff]{1,4}[0-9]{2,6}(?![\u4e00-\u9fff0-9])'
    r"|(?<=[“「『【])[\u4e00-\u9fffa-z0-9]{2,8}(?=[”」』】]))"
)
"""A code that begins with Chinese characters."""
SPACED = re.compile(r'(?P<glue>[ :“"「『【]{0,3})(?P<code>\d(?:[ ·.-]{1,2}\d(?!\d)){3,11})(?![a-z0-9])')
"""Digits written one by one; letters so written were joined before."""
LONGEST_SPOKEN = 8
"""Digits of a number behind a word that also stands before sums and dates."""
CHINESE = re.compile("[\u4e00-\u9fff]")
END = re.compile(r"[ ]?(?:$|[\n,。;!)])")
SPOKEN = re.compile(rf"(?P<glue>[过上]?[ :“\"「【`*#¥(]{{0,4}}){CODE}")


@cache
def _cues() -> tuple[daachorse.CharwiseDoubleArrayAhoCorasick, tuple[str, ...], frozenset[str]]:
    """An automaton over the announcing words, those words, and the weak ones among them."""
    words = invite_words()
    names = tuple(dict.fromkeys((*words.strong, *words.weak)))
    automaton = daachorse.CharwiseDoubleArrayAhoCorasick(
        list(names), match_kind=daachorse.MATCH_KIND_LEFTMOST_LONGEST
    )
    return automaton, names, frozenset(words.weak) - frozenset(words.strong)


@cache
def _announced_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?P<glue>(?:{GLUE_MARKS}|{either(invite_words().glue)}){{0,16}}){CODE}")


@cache
def _mention() -> re.Pattern[str]:
    return re.compile(either(invite_words().mention))


def find_referrals(block: int, text: Normalised) -> tuple[Contact, ...]:
    """Referral links (platform ``referral``) and invitation codes (``invite_code``), in order."""
    kinds = text.channel.kinds
    if b"l" not in kinds and b"d" not in kinds:
        return ()
    links = find_links(text)
    found = [
        contact
        for link in links
        for contact in link_contacts(block, link, text.raw)
        if contact.platform in {"referral", "invite_code"}
    ]
    found += _announced(block, text, links)
    if not found:
        return ()
    kept: dict[tuple[str, int, int], Contact] = {}
    for contact in sorted(found, key=lambda item: -item.confidence):
        kept.setdefault((contact.platform, contact.span.start, contact.span.end), contact)
    return tuple(sorted(kept.values(), key=lambda item: (item.span.start, item.span.end)))


def _announced(block: int, text: Normalised, links: tuple[FoundLink, ...]) -> Iterator[Contact]:
    weak = _cues()[2]
    plain = text.joined.text
    for cue, end in _announcements(text):
        found = _code_behind(plain, end, cue)
        if found is None:
            continue
        first, last = text.joined.source(*found.span("code"))
        code = written(text.raw[first:last])
        if found.re is SPACED:
            code = "".join(filter(str.isalnum, code))
        if _between_signs(found):
            first, last = text.joined.source(found.start("code") - 1, found.end() + 1)
        raw = text.raw[first:last]
        if in_link(links, first):
            continue
        if _weakly_announced(code, found, cue) if cue in weak else _announced_code(code, found):
            yield Contact("invite_code", code, Span(block, first, last), raw, 0.6 if cue in weak else 0.9)
    mentioned = _mention().search(plain) is not None
    placed = [(place, 0.8) for place in codes_in_columns(text.raw)] if mentioned else []
    for place, sure in [*placed, *((place, 0.6) for place in codes_in_use(text))]:
        raw = text.raw[slice(*place)]
        if not in_link(links, place[0]):
            yield Contact("invite_code", written(raw), Span(block, *place), raw, sure)
    if mentioned:
        yield from _bare_codes(block, text, links)


def _code_behind(text: str, end: int, cue: str) -> re.Match[str] | None:
    """The word behind an announcing one that may be its code."""
    if cue in _cues()[2]:
        worded = WORDED.match(text, end) if cue in invite_words().worded else None
        return worded or SPOKEN.match(text, end)
    worded = WORDED.match(text, end) if cue in invite_words().worded else None
    return worded or SPACED.match(text, end) or _announced_pattern().match(text, end)


def _announcements(text: Normalised) -> Iterator[tuple[str, int]]:
    """Announcing words, written or only heard, and where they end in the joined text."""
    automaton, names, weak = _cues()
    plain = text.joined.text
    spelled = set()
    for start, end, number in automaton.find(plain):
        if _stands_alone(plain, start, end):
            if names[number] not in weak:
                spelled.add(end)
            yield names[number], end
    if not has_candidate(plain):
        return
    heard, heard_names = _heard()
    for first, last, number in heard.find(text.sound.text):
        end = text.joined.position(text.sound.source(first, last)[1])
        if end not in spelled:
            yield heard_names[number], end


@cache
def _heard() -> tuple[daachorse.CharwiseDoubleArrayAhoCorasick, tuple[str, ...]]:
    """An automaton over the sounds of announcing words of three characters and more."""
    keys = {
        key: word
        for word in invite_words().strong
        if len(word) >= MIN_HEARD and CHINESE_NAME.fullmatch(word)
        for key in sound_keys(word)
    }
    return daachorse.CharwiseDoubleArrayAhoCorasick(list(keys)), tuple(keys.values())


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin cue is a word of its own, and ``码`` not the end of ``代码``."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if end - start == 1:
        return not text[max(0, end - 3) : end].endswith(invite_words().other_words)
    if text[start].isascii() and before and before.isascii() and (before.isalnum() or before in "_."):
        return False
    return not (text[end - 1].isascii() and text[end - 1].isalnum() and after.isascii() and after.isalpha())


def _plausible(code: str, found: re.Match[str]) -> bool:
    """Whether a word can be a code at all."""
    lower = code.lower()
    if lower in vocabulary().not_handles or lower in link_knowledge().not_codes or len(code) < 3:
        return False
    after = found.string[found.end() : found.end() + 3]
    called = after[:1] == "(" and (after[1:2].isascii() or not after[1:2])
    return not (called or after.startswith(("=", "://", "@")))


def _announced_code(code: str, found: re.Match[str]) -> bool:
    """A code behind ``邀请码`` and the like."""
    if not _plausible(code, found):
        return False
    after = found.string[found.end() : found.end() + 3]
    digits = sum(char.isdigit() for char in code)
    if digits == len(code):
        # 邀请码 2026 最新
        year = YEAR.fullmatch(code) and not any(mark in found["glue"] for mark in invite_words().marking)
        return len(code) >= 4 and not year and not (after and after.startswith(vocabulary().units))
    if after.startswith(('":', '" :')):
        return False
    if digits or sum(char.isupper() for char in code) >= 2:
        return True
    if len(code) < 5 or not code.islower():
        return False
    if any(mark in found["glue"] for mark in invite_words().marking):
        return True
    # a bare word counts only right behind Chinese and at the end of a phrase: 邀请码 tosky
    before = found.string[found.start() - 1 : found.start()]
    return CHINESE.match(before) is not None and END.match(found.string, found.end()) is not None


def _weakly_announced(code: str, found: re.Match[str], cue: str) -> bool:
    """A code behind ``填``, ``凭`` or ``code``: it has to look made up rather than like a word."""
    if found.re is WORDED:
        return True
    if not _plausible(code, found):
        return False
    digits = sum(char.isdigit() for char in code)
    upper = sum(char.isupper() for char in code)
    if "(" in found["glue"] and len(cue) < MIN_HEARD:
        return False  # 安全码(CVV): a remark
    if _between_signs(found):
        return True
    if cue in invite_words().coded and _is_coded(code, upper, digits):
        return True
    if cue in invite_words().spoken:
        if digits != len(code):
            return upper >= 2 and len(code) >= 3 and "_" not in code
        sum_or_date = DATE.fullmatch(code) or DECIMAL.match(found.string, found.end())
        return (
            4 <= digits <= LONGEST_SPOKEN and not sum_or_date and not (len(cue) == 1 and YEAR.fullmatch(code))
        )
    return upper >= 2 and digits >= 1 and len(code) >= 5


def _between_signs(found: re.Match[str]) -> bool:
    """Whether a code stands between the signs that an app looks for in the clipboard: ``¥AB12¥``."""
    return found["glue"].endswith("¥") and found.string.startswith("¥", found.end())


def _is_coded(code: str, upper: int, digits: int) -> bool:
    """A capital and three digits, a long word with four, or somebody's name with one."""
    if digits == len(code):
        return False
    return (
        (upper >= 1 and digits >= 3)
        or (upper >= 3 and digits >= 1 and "-" in code)
        or (digits >= 1 and ((digits >= 4 and len(code) >= LONG_CODE) or is_pinyin_name(code.lower())))
    )


def _bare_codes(block: int, text: Normalised, links: tuple[FoundLink, ...]) -> Iterator[Contact]:
    """Codes in a table or in bold, in a text that speaks of invitations."""
    for found in WRITTEN_CODE.finditer(text.raw):
        code = found["code"]
        start, end = found.span("code")
        upper = sum(char.isupper() for char in code)
        digits = sum(char.isdigit() for char in code)
        made_up = (upper >= 2 and digits) or (upper and digits >= 3) or (upper == len(code) >= 6)
        if made_up and not in_link(links, start):
            yield Contact("invite_code", code, Span(block, start, end), code, 0.45)
