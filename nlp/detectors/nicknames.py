"""Handles that only their place betrays: quoted nicknames, ``找 abc_123``, a signature ending a line."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.platforms import either, invite_words, platforms, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

HAN = "\u4e00-\u9fff"
HANDLE = re.compile(
    r"(?P<handle>[@a-z0-9](?<![a-z0-9_@./-][@a-z0-9])(?:(?<=@)[a-z0-9]|(?<!@))[a-z0-9_-]{4,25})"
    r"(?![a-z0-9_@./(-])"
)
SIGNATURE = re.compile(
    rf"(?:[{HAN}”】)][。,!?｜|:・·][ ]?|\n)(?P<handle>@?[a-z0-9][a-z0-9_-]{{4,24}})(?=[ ]?(?:$|[\n。!]))"
    rf"|[{HAN}][ ](?P<last>@?[a-z0-9][a-z0-9_-]{{4,24}})[ ]?$"
)
SIGNED = re.compile(r"[。,!?｜|:・· \n]@?[a-z0-9][a-z0-9_-]{4}")
"""Without it there is no signature."""
TELLING = re.compile(r"[a-z]{2,}[_-]?[a-z]*\d|[a-z0-9]+_[a-z0-9]+|[a-z]+-[a-z]+")
QUOTE = re.compile('[“"「『【]')
WORD = re.compile("[a-z0-9_-]{5}")
CHINESE = re.compile(f"[{HAN}]")
CODE_SIGNS = re.compile(
    r"[{}]|;$|=>|\(\)|```|^\s*(?:import|def|const|function|pip|npm)\b|</|\\n", re.MULTILINE
)
MAX_SIGNATURE_TEXT = 1_500
MIN_CHINESE_SHARE = 0.35


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = vocabulary()
    verbs = rf"{either(words.contact_verbs)}|(?<![a-z])dm"
    asked = re.compile(rf"(?:{verbs})(?:{either(words.pronouns)})?[ :“\"「【`*]{{0,3}}$")
    quoted = re.compile(
        rf"(?:{either(words.nickname_cues)})[ :]{{0,2}}[“\"「『【](?P<handle>[\w·-]{{2,14}})[”\"」』】]"
    )
    return re.compile(verbs), asked, quoted


@cache
def _invitation() -> re.Pattern[str]:
    return re.compile(either(invite_words().strong))


@cache
def _account_names() -> tuple[str, ...]:
    return next(platform.strong for platform in platforms() if platform.name == "official_account")


def find_nicknames(block: int, text: Normalised) -> Iterator[Contact]:
    """Weakly marked handles, read as WeChat names, with low confidence."""
    plain = text.text
    verbs, _, quoted = _patterns()
    if QUOTE.search(plain):
        for found in quoted.finditer(plain):
            yield _contact(block, text, found, 0.5)
    if not WORD.search(plain):
        return
    asked, signed = verbs.search(plain), SIGNED.search(plain) and len(plain) <= MAX_SIGNATURE_TEXT
    if (not asked and not signed) or CODE_SIGNS.search(plain):
        return
    if asked:
        yield from _asked(block, text)
    if signed and len(CHINESE.findall(plain)) >= MIN_CHINESE_SHARE * len(plain):
        yield from _signed(block, text)


def _asked(block: int, text: Normalised) -> Iterator[Contact]:
    """``找 abc_123``."""
    plain = text.text
    _, asked, _ = _patterns()
    for found in HANDLE.finditer(plain):
        handle = found["handle"].lstrip("@")
        telling = TELLING.search(handle) and handle not in vocabulary().not_handles
        if telling and asked.search(plain, max(0, found.start() - 12), found.start()):
            yield _contact(block, text, found, 0.55)


def _signed(block: int, text: Normalised) -> Iterator[Contact]:
    """A handle that ends a line."""
    plain = text.text
    for found in SIGNATURE.finditer(plain):
        handle = found["handle"] or found["last"]
        announced = _invitation().search(plain, max(0, found.start() - 14), found.end())
        if (
            announced is None
            and TELLING.search(handle)
            and not handle[0].isdigit()
            and handle not in vocabulary().not_handles
        ):
            yield _contact(block, text, found, 0.4)


def _contact(block: int, text: Normalised, found: re.Match[str], sure: float) -> Contact:
    group = found.lastgroup or "handle"
    first, last = text.source(*found.span(group))
    handle = found[group]
    before = found[0][: found.start(group) - found.start()]
    named = any(name in before for name in _account_names())
    platform = "telegram" if handle.startswith("@") else "official_account" if named else "wechat"
    return Contact(platform, handle.lstrip("@"), Span(block, first, last), text.raw[first:last], sure)
