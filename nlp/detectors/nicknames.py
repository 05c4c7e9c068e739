"""Handles that only their place betrays: quoted nicknames, ``找 abc_123``, a signature ending a line."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.kinds import count_chinese
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
ENDING = re.compile(r"[a-z0-9_-]{5}[ ]?(?:[\n。!]|$)")
"""Without both there is no signature."""
TELLING = re.compile(
    r"[0-9]{3,}-[a-z]{2,}|[0-9]{2,}-[a-z]{3,}|[a-z]+[0-9]+[a-z]{3,}|[a-z]{2,}[_-]?[a-z]*\d"
    r"|[a-z0-9]+_[a-z0-9]+|[a-z]+-[a-z]+"
)
HYPHENED = re.compile("[a-z]+(?:-[a-z]+)+")
QUOTE = re.compile('[“"「『【]')
WORD = re.compile("[a-z0-9_-]{5}")
CODE_SIGNS = re.compile(
    r"[{}]|;$|=>|\(\)|```|^\s*(?:import|def|const|function|pip|npm)\b|</|\\n", re.MULTILINE
)
MAX_SIGNATURE_TEXT = 1_500
NEAR = 60
"""Characters around a handle in which no code may stand."""
MAX_NAME = 26
"""Characters before a handle in which a verb and a name may stand."""
PERSONAL = re.compile(
    r"(?P<handle>[a-z](?<![a-z0-9_@./=$&-][a-z])[a-z0-9_-]{4,25})"
    r"(?![a-z0-9_@/=-]|[.:][a-z0-9_]|[ ]?[({][a-z0-9_\"')]|[ ]?=)"
)
MADE_UP = re.compile(
    r"[a-z]{1,4}[0-9]+[a-z]+[0-9]+$|[a-z]{2,}[0-9]{2,}$|[a-z]+\d*_[a-z0-9_]+$|[a-z]+-[a-z]+\d{2,}$"
)
MIN_CHINESE_SHARE = 0.25


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = vocabulary()
    verbs = rf"{either(words.contact_verbs)}|(?<![a-z])dm"
    asked = re.compile(rf"(?:{verbs})(?:{either(words.pronouns)})?[ :“\"「【`*]{{0,3}}$")
    quoted = re.compile(
        rf"(?:{either(words.nickname_cues)})[ :]{{0,2}}[“\"「『【](?P<handle>[\w·-]{{2,14}})[”\"」』】]"
        rf"|[“「『【](?P<before>[\w·-]{{2,14}})[”」』】](?:{either(_account_names())})"
    )
    return asked, quoted


@cache
def _named() -> re.Pattern[str]:
    """A verb and a name, a role, or a plus, up to the handle."""
    words = vocabulary()
    verbs = either(words.name_verbs)
    free = "".join(rf"(?<!{re.escape(word)})" for word in words.not_before_verb)
    identifiers = "".join(rf"(?<!{re.escape(word)})" for word in words.not_names)
    name = rf"{free}(?:{verbs})[ ]?[{HAN}]{{0,8}}(?:[ ][{HAN}]{{1,8}})?{identifiers}[ ]?$"
    role = rf"(?:{either(words.roles)})(?:[{HAN}]{{1,3}}{identifiers})?[ ]?$"
    plus = rf"[{HAN}](?:[,。;][ ]?\+[ ]?|[ ]\+)$"
    return re.compile(f"{name}|{role}|{plus}")


@cache
def _invitation() -> re.Pattern[str]:
    return re.compile(either(invite_words().strong))


@cache
def _account_names() -> tuple[str, ...]:
    return next(platform.strong for platform in platforms() if platform.name == "official_account")


def find_nicknames(block: int, text: Normalised) -> Iterator[Contact]:
    """Weakly marked handles, read as WeChat names, with low confidence."""
    plain = text.text
    _, quoted = _patterns()
    if QUOTE.search(plain):
        for found in quoted.finditer(plain):
            yield _contact(block, text, found, 0.5)
    if not WORD.search(plain):
        return
    if not ("_" in plain or "-" in plain or b"ld" in text.channel.kinds):
        return  # neither is a handle made up, nor does one tell
    yield from _behind_names(block, text)
    # whether a text is code costs more to tell than whether a handle stands in it
    for handle in _asked(text):
        if not _near_code(plain, handle):
            yield _contact(block, text, handle, 0.55)
    signed = list(_signed(text))
    if signed and not CODE_SIGNS.search(plain):
        for handle in signed:
            yield _contact(block, text, handle, 0.4)


def _near_code(text: str, found: re.Match[str]) -> bool:
    return CODE_SIGNS.search(text[max(0, found.start() - NEAR) : found.end() + NEAR]) is not None


def _asked(text: Normalised) -> Iterator[re.Match[str]]:
    """``找 abc_123``."""
    plain = text.text
    asked, _ = _patterns()
    for found in HANDLE.finditer(plain):
        handle = found["handle"].lstrip("@")
        telling = TELLING.search(handle) and handle not in vocabulary().not_handles
        if HYPHENED.fullmatch(handle) and plain.startswith(("`", ":"), found.end()):
            continue
        if telling and asked.search(plain, max(0, found.start() - 12), found.start()):
            yield found


def _behind_names(block: int, text: Normalised) -> Iterator[Contact]:
    """``先加蜂嫂 fengsao_huai``, ``顾问 rwa_beian9``: what a person is called or does, and the handle."""
    plain = text.text
    if "_" not in plain and b"ld" not in text.channel.kinds:
        return
    named = [
        found
        for found in PERSONAL.finditer(plain)
        if _made_up(found["handle"], apart=plain[found.start() - 1 : found.start()] == " ")
        and _named().search(plain, max(0, found.start() - MAX_NAME), found.start())
    ]
    for found in named:
        if not _near_code(plain, found):
            yield _contact(block, text, found, 0.5)


def _made_up(handle: str, *, apart: bool) -> bool:
    """Whether a word is an account, not a product: ``kd_uu_hz``, ``grace0417``, but not ``iphone15``."""
    if not MADE_UP.match(handle) or handle in vocabulary().not_handles:
        return False
    return "_" in handle or (apart and handle.rstrip("0123456789") not in vocabulary().products)


def _signed(text: Normalised) -> Iterator[re.Match[str]]:
    """A handle that ends a line of Chinese prose."""
    plain = text.text
    if len(plain) > MAX_SIGNATURE_TEXT or not (SIGNED.search(plain) and ENDING.search(plain)):
        return
    if count_chinese(plain) < MIN_CHINESE_SHARE * len(plain):
        return
    for found in SIGNATURE.finditer(plain):
        handle = found["handle"] or found["last"]
        announced = _invitation().search(plain, max(0, found.start() - 14), found.end())
        if (
            announced is None
            and TELLING.search(handle)
            and not handle[0].isdigit()
            and handle not in vocabulary().not_handles
        ):
            yield found


def _contact(block: int, text: Normalised, found: re.Match[str], sure: float) -> Contact:
    group = found.lastgroup or "handle"
    first, last = text.source(*found.span(group))
    handle = found[group]
    around = found[0].replace(handle, "", 1)
    named = any(name in around for name in _account_names())
    telegram = handle.startswith("@") or handle.endswith("_bot")
    platform = "telegram" if telegram else "official_account" if named else "wechat"
    return Contact(platform, handle.lstrip("@"), Span(block, first, last), text.raw[first:last], sure)
