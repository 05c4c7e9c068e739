"""Invitation codes, and links that carry one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors.link_contacts import link_contacts
from nlp.detectors.links import find_links
from nlp.normalise import written
from nlp.platforms import invite_words, link_knowledge, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.detectors.links import FoundLink
    from nlp.normalise import Normalised

GLUE = (
    r"(?:[ \t\n:=>|*`'\"“”‘’「」『』【】\[\]()<>~➜→➡·,。/_-]"
    r"|为|是|如|填写|填|输入|请|手动|使用|我的|号码|号|选填|必填|写|is)"
)
CODE = r"(?P<code>[a-z0-9](?:[a-z0-9_.-]{1,30}[a-z0-9])?)(?![a-z0-9])"
WRITTEN_CODE = re.compile(
    r"(?:`|\*\*|\|[ ]?|[「【“\"(]|[:：][ ]?)(?P<code>[A-Z0-9][A-Za-z0-9]{4,13})"
    r"(?=`|\*\*|[ ]?\||[」】”\")）（]|[ ]?(?:\n|$))"
)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = invite_words()

    def either(names: tuple[str, ...]) -> str:
        ordered = sorted(names, key=len, reverse=True)
        return "|".join(re.escape(name) + ("(?![a-z])" if name[-1].isascii() else "") for name in ordered)

    start = r"(?<![a-z0-9_.])"
    strong = re.compile(rf"{start}(?:{either(words.strong)})(?P<glue>{GLUE}{{0,16}}){CODE}")
    weak = re.compile(rf"{start}(?P<cue>{either(words.weak)})(?P<glue>[ :“\"「【`*]{{0,4}}){CODE}")
    return strong, weak, re.compile(either(words.mention))


def find_referrals(block: int, text: Normalised) -> tuple[Contact, ...]:
    """Referral links (platform ``referral``) and invitation codes (``invite_code``), in order."""
    links = find_links(text)
    found = [
        contact
        for link in links
        for contact in link_contacts(block, link, text.raw)
        if contact.platform in {"referral", "invite_code"}
    ]
    found += _announced(block, text, links)
    kept: dict[tuple[str, int, int], Contact] = {}
    for contact in sorted(found, key=lambda item: -item.confidence):
        kept.setdefault((contact.platform, contact.span.start, contact.span.end), contact)
    return tuple(sorted(kept.values(), key=lambda item: (item.span.start, item.span.end)))


def _announced(block: int, text: Normalised, links: tuple[FoundLink, ...]) -> Iterator[Contact]:
    strong, weak, mention = _patterns()
    plain = text.text
    inside = [(link.start, link.end) for link in links]
    for pattern, sure in ((strong, 0.9), (weak, 0.6)):
        for found in pattern.finditer(plain):
            first, last = text.source(*found.span("code"))
            raw = text.raw[first:last]
            code = written(raw)
            if any(start <= first < end for start, end in inside):
                continue
            if _acceptable(code, found, strong=pattern is strong):
                yield Contact("invite_code", code, Span(block, first, last), raw, sure)
    if mention.search(plain):
        yield from _bare_codes(block, text, inside)


def _acceptable(code: str, found: re.Match[str], *, strong: bool) -> bool:
    """Whether a word after an announcement can be a code."""
    lower = code.lower()
    if lower in vocabulary().not_handles or lower in link_knowledge().not_codes or len(code) < 3:
        return False
    after = found.string[found.end() : found.end() + 3]
    if after[:1] in {"(", "="} or after.startswith(("://", "@")):
        return False
    digits = sum(char.isdigit() for char in code)
    if (
        not strong
        and found["cue"] == "码"
        and found.string[found.start() - 1 : found.start()] in set("代编密源数号")
    ):
        return False
    if not strong:
        return _weakly_announced(code, digits, found["cue"])
    marked = any(mark in found["glue"] for mark in ':=`*「【“"是为(填入')
    if digits == len(code):
        return len(code) >= 4 and (after[:1] not in {"%", "元", "个", "人", "年", "天", "次"})
    if digits or sum(char.isupper() for char in code) >= 2:
        return not after.startswith(('":', '" :'))
    return marked and len(code) >= 5 and code == lower and not after.startswith(('":', '" :'))


def _weakly_announced(code: str, digits: int, cue: str) -> bool:
    """Whether a word behind ``填``, ``凭`` or ``code`` looks made up rather than like a word."""
    upper = sum(char.isupper() for char in code)
    if cue in invite_words().spoken:
        return (upper >= 2 and len(code) >= 3) or (digits == len(code) and 4 <= digits <= 6)
    return upper >= 2 and digits >= 1 and len(code) >= 5


def _bare_codes(block: int, text: Normalised, inside: list[tuple[int, int]]) -> Iterator[Contact]:
    """Codes in a table or in bold, in a text that speaks of invitations."""
    for found in WRITTEN_CODE.finditer(text.raw):
        code = found["code"]
        start, end = found.span("code")
        upper = sum(char.isupper() for char in code)
        digits = sum(char.isdigit() for char in code)
        made_up = (upper >= 2 and digits) or (upper and digits >= 3) or (upper == len(code) >= 6)
        if made_up and not any(first <= start < last for first, last in inside):
            yield Contact("invite_code", code, Span(block, start, end), code, 0.45)
