"""Kinds of characters, one byte each, so that a cheap search tells which patterns a text can match at all.

``h`` Chinese, ``l`` a to z, ``d`` 0 to 9, ``n`` line end, ``s`` a mark that may stand inside a mixed word,
``m`` another mark, a bracket or an emoji, ``o`` anything else.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HAN = "\u3007\u3400-\u4dbf\u4e00-\u4e27\u4e29-\u9fff"
"""Chinese characters; not 丨, which stands for a bar."""
MARKS = re.escape(" \t.·•・‧∙⋅|丨︱｜/\\-_–—*~^'\"`+=#@&$%<>^°") + "\u2010-\u2015\u2190-\u23ff\u2500-\u27bf"
EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
BRACKETS = re.escape("[](){}【】「」『』〔〕《》〈〉")
MIXED_MARKS = "-_.·•*|/~^"
IDEOGRAPHS = (0x4E00, 0x9FFF)
CODES = 0x110000
FIRST_PLANES = 0x20000
"""No character of a kind lies beyond."""


@cache
def _table() -> NDArray[np.uint8]:
    every = "".join(map(chr, range(FIRST_PLANES)))
    table = np.full(CODES, ord("o"), np.uint8)
    for letter, inside in (
        ("m", MARKS + EMOJI + BRACKETS),
        ("h", HAN),
        ("s", MIXED_MARKS),
        ("d", "0-9"),
        ("l", "a-z"),
        ("n", "\n"),
    ):
        table[codes_of("".join(re.findall(f"[{inside}]", every)))] = ord(letter)
    return table


def codes_of(text: str) -> NDArray[np.uint32]:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def text_of(codes: NDArray[np.uint32]) -> str:
    """The text of code points, none of which is a surrogate."""
    return codes.tobytes().decode("utf-32-le")


def count_chinese(text: str) -> int:
    """How many characters of a text are of the block of unified ideographs."""
    codes = codes_of(text)
    return int(np.count_nonzero((codes >= IDEOGRAPHS[0]) & (codes <= IDEOGRAPHS[1])))


def kinds_of(text: str) -> bytes:
    """The kind of each code point."""
    return _table().take(codes_of(text), mode="clip").tobytes()
