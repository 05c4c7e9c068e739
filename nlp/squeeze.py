"""The joined and squeezed channels: words put together again that were taken apart to escape notice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.glyphs import open_pairs
from nlp.kinds import BRACKETS, EMOJI, HAN, MARKS
from nlp.offsets import rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.offsets import Channel, Edit

BRACKET = re.compile(f"[{BRACKETS}]")
FACING = re.compile(r"[\])}】」』〕》〉][ ]?[\[({【「『〔《〈]")
"""The one ends, the next begins: ``【微】【信】``. A single bracket opens a remark."""
SPACED = frozenset(" \t,\"'[](){}【】「」『』〔〕《》〈〉")
"""Separators that also stand between whole words, as emoji do."""
FIRST_EMOJI = "\U0001f300"
GAP = re.compile(f"[{MARKS}{BRACKETS}{EMOJI}]{{1,6}}(?=[{HAN}])")
GAP_KINDS = re.compile(b"h[ms]{1,6}h")
"""Separators between two Chinese characters. Sentence marks and line ends are none: they end a phrase."""
CHAIN = re.compile(rf"(?<=[{HAN}])(?P<mark>[^{HAN}\n]{{1,3}})[{HAN}](?:(?P=mark)[{HAN}])+")
"""Single characters set apart by one and the same thing, whatever it is: ``法①币①交①易``."""
CHAIN_KINDS = re.compile(b"h[^hn]{1,3}h[^hn]{1,3}h")
MIXED_GAP = re.compile(f"[-_.·•*|/~^]{{1,3}}(?=[{HAN}a-z0-9])")
MIXED_KINDS = re.compile(b"s(?:(?<=hs)s{0,2}[ld]|(?<=[ld]s)s{0,2}h)")
SPELLED = re.compile(
    r"[a-z0-9](?<![a-z0-9.@/_-][a-z0-9])(?P<mark>[ .·•*|/~_-]{1,3}|["
    rf"{EMOJI}])[a-z0-9]"
    r"(?:(?P=mark)[a-z0-9](?![a-z0-9])){1,62}(?![a-z0-9@])"
)
"""A word of Latin letters written one by one: ``u s d t``, ``b.t.c``, ``b✨t✨c``."""
SPELLED_KINDS = re.compile(b"[ld][ms]{1,3}[ld][ms]{1,3}[ld]")
SPELLED_MARK = re.compile(r"[^a-z0-9]+")
LEET_WORD = re.compile(r"[a-z0-9](?<![a-z0-9./@=?&_-][a-z0-9])[a-z0-9]{2,11}(?![a-z0-9./@=?&_-])")
LEET_KINDS = re.compile(b"dl|ld")
LEET = str.maketrans("0134578", "oieastb")
CJK = re.compile(f"[{HAN}]")


def _alone(text: str, position: int, step: int) -> bool:
    """Whether the Chinese character at ``position`` has no Chinese neighbour in direction ``step``."""
    beyond = position + step
    return not (0 <= beyond < len(text) and CJK.match(text[beyond]))


def _gap_edits(text: str) -> Iterator[Edit]:
    for found in GAP.finditer(text):
        start, end = found.span()
        if not start or not CJK.match(text[start - 1]):
            continue
        if BRACKET.search(found[0]) and not FACING.fullmatch(found[0]):
            continue
        # whole words stand in lists and brackets too: only a lone character betrays a word taken apart
        spaced = any(mark in SPACED or mark >= FIRST_EMOJI for mark in found[0])
        if not spaced or _alone(text, start - 1, -1) or _alone(text, end, 1):
            yield start, end, ""


def _chain_edits(text: str) -> Iterator[Edit]:
    for found in CHAIN.finditer(text):
        step = len(found["mark"])
        for start in range(found.start(), found.end(), step + 1):
            yield start, start + step, ""


def _spelled_edits(text: str) -> Iterator[Edit]:
    for word in SPELLED.finditer(text):
        if any(char.isalpha() for char in word[0]):
            for mark in SPELLED_MARK.finditer(text, word.start(), word.end()):
                yield mark.start(), mark.end(), ""


def _leet_edits(text: str) -> Iterator[Edit]:
    for found in LEET_WORD.finditer(text):
        word = found[0]
        digits = sum(char.isdigit() for char in word)
        if 0 < digits <= len(word) // 2:
            yield found.start(), found.end(), word.translate(LEET)


def joined(channel: Channel) -> Channel:
    """Remove separators inside words and join split characters."""
    kinds = channel.kinds
    found = {edit for shape, edits in SEPARATED if shape.search(kinds) for edit in edits(channel.text)}
    if found:
        channel = rewrite(channel, _disjoint(sorted(found)))
    pairs = open_pairs()
    split = pairs.automaton.find(channel.text)
    if split:
        channel = rewrite(channel, ((start, end, pairs.joined[number]) for start, end, number in split))
    return channel


def _disjoint(edits: list[Edit]) -> Iterator[Edit]:
    done = 0
    for edit in edits:
        if edit[0] >= done:
            yield edit
            done = edit[1]


def leet_folded(channel: Channel) -> Channel:
    """Read leet digits in Latin words as letters."""
    leet = list(_leet_edits(channel.text)) if LEET_KINDS.search(channel.kinds) else []
    return rewrite(channel, leet) if leet else channel


def _mixed_edits(text: str) -> Iterator[Edit]:
    """``微-v``, ``加.q``: a mark between a Chinese character and a Latin one."""
    for found in MIXED_GAP.finditer(text):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end]
        if (CJK.match(before) and after.isascii()) or (
            CJK.match(after) and before.isascii() and before.isalnum()
        ):
            yield start, end, ""


SEPARATED = (
    (GAP_KINDS, _gap_edits),
    (CHAIN_KINDS, _chain_edits),
    (SPELLED_KINDS, _spelled_edits),
    (MIXED_KINDS, _mixed_edits),
)
"""Ways to take a word apart: what kinds must stand in a row, and how it is put together again."""
