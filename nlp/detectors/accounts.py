"""Accounts that nothing announces: in Chinese prose a name in pinyin, with digits or joints."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors.links import top_level_domains
from nlp.kinds import count_chinese
from nlp.platforms import either, link_knowledge, vocabulary
from nlp.sound import syllables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

ACCOUNT = re.compile(
    r"[a-z0-9](?<![a-z0-9_@./\\=&$%#<{\[`'\"*~-][a-z0-9])[a-z0-9]{0,24}"
    r"(?:_[a-z0-9_-]{1,24}|\.[a-z0-9_]{2,16}(?:\.[a-z0-9_]{2,16})?"
    r"|(?<=[0-9])|(?<=[0-9][a-z])|(?<=[0-9][a-z]{2})|(?<=[0-9][a-z]{3})|(?<=[0-9][a-z]{4})"
    r"|-[a-z0-9_-]{0,24}(?:(?<=[0-9])|(?<=[a-z]{2})|(?<=[0-9][a-z])))"
    r"(?![a-z0-9_@/=\"'`-]|[.:][a-z0-9_]|[ ]?[({][a-z0-9_\"')]|[ ]?=)"
)
CODE_SIGNS = re.compile(r"[{}]|;$|=>|\(\)|```|^\s*(?:import|def|const|function|pip|npm)\b|</|\\n")
MIN_CHINESE_SHARE = 0.35
SHORTEST = 5
MAX_POST = 600
"""Characters of a text that is rather a post than an article on programs."""
MODEL = re.compile(r"[a-z]{1,7}-?\d+[a-z]?|\d+[a-z]{1,2}-?\d+[a-z]?")
"""What is made in a factory is named so: ``t4200``, ``rtx4090``."""
MAX_SOUGHT = 24
PIECE = re.compile("[a-z]+")
MIN_NAME = 5
"""Letters of a name in one piece."""
MIN_SYLLABLE = 3
"""Short syllables make English words: ``ga me``, ``ti me``."""


def is_pinyin_name(word: str) -> bool:
    """Whether a part of a lower-case word is a Chinese name in pinyin: ``taiji_zaoban``, ``lanlan0712``.

    Identifiers of programs are made of English words, so this tells the two apart.
    """
    known = vocabulary().not_pinyin_names
    pieces = [piece for piece in PIECE.findall(word) if piece not in known]
    if any(len(piece) >= MIN_NAME and _is_name(piece) for piece in pieces):
        return True
    # lao_wang, xiao-li
    short = [piece for piece in pieces if len(piece) >= MIN_SYLLABLE and len(syllables(piece)) == 1]
    return len(short) > 1


def _is_name(piece: str) -> bool:
    parts = syllables(piece)
    return len(parts) > 1 and max(map(len, parts)) >= MIN_SYLLABLE


def find_accounts(block: int, text: Normalised) -> Iterator[Contact]:
    """Names in pinyin with digits or joints amid Chinese prose; read as WeChat names, with low confidence."""
    plain = text.joined.text
    kinds = text.joined.kinds
    if "_" not in plain and not any(pair in kinds for pair in (b"ld", b"dl", b"lsl")):
        return
    short = len(plain) <= MAX_POST
    for found in ACCOUNT.finditer(plain):
        word = found[0]
        if len(word) < SHORTEST or word in vocabulary().not_handles:
            continue
        if "." in word and _is_file_or_host(word):
            continue
        named = is_pinyin_name(word) or (short and _is_numbered(word))
        if not named and not (short and _is_sought(plain, word, found.start())):
            continue
        if _in_prose(plain, *found.span()):
            first, last = text.joined.source(*found.span())
            platform = "telegram" if word.endswith("bot") else "wechat"
            sure = 0.4 if named else 0.35
            yield Contact(platform, word, Span(block, first, last), text.raw[first:last], sure)


def _is_file_or_host(word: str) -> bool:
    """``a.xyz``, ``a.py``, and packages: ``com.a.b``."""
    first, last = word.partition(".")[0], word.rpartition(".")[2]
    return bool({first, last} & top_level_domains()) or last in link_knowledge().file_endings


def _is_numbered(word: str) -> bool:
    """A word and a number: ``chain_888q``; but no version, size or date of a product."""
    name, joint, rest = word.partition("_")
    digits = sum(char.isdigit() for char in rest)
    known = vocabulary().products
    return bool(joint) and name.isalpha() and 2 <= digits <= 4 and "_" not in rest and name not in known


@cache
def _seeking() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A word that sends the reader somewhere, up to the account; and an amount with its unit."""
    words = vocabulary()
    seeking = re.compile(rf"(?:{either(words.seeking)})[^。!?\n,;]{{0,10}}[ :]?$")
    return seeking, re.compile(rf"[0-9.]+(?:{either(words.measures)})")


def _is_sought(text: str, word: str, start: int) -> bool:
    """Whether the reader is told to look for a word of letters and digits: ``想了解的姐妹微 0417ljl``."""
    digits = sum(char.isdigit() for char in word)
    if digits < 2 or not any(char.isalpha() for char in word) or "." in word:
        return False
    seeking, amount = _seeking()
    if MODEL.fullmatch(word) or amount.fullmatch(word):
        return False
    return seeking.search(text, max(0, start - MAX_SOUGHT), start) is not None


def _in_prose(text: str, start: int, end: int) -> bool:
    """Whether what stands around a word is Chinese prose rather than code."""
    near = text[max(0, start - 60) : start] + text[end : end + 60]
    return count_chinese(near) >= MIN_CHINESE_SHARE * len(near) and not CODE_SIGNS.search(near)
