"""Cut Chinese text into words by jieba's dictionary and rules: by its Rust binding, else by itself."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SURROGATE = re.compile("[\ud800-\udfff]")


def cut(text: str) -> list[str]:
    """Words of a text in order; joined they give the text again."""
    cutter = _cutter()
    if not SURROGATE.search(text):
        words: list[str] = cutter(text)
        return words
    result: list[str] = []
    start = 0
    for word in cutter(SURROGATE.sub("\ufffd", text)):
        result.append(text[start : start + len(word)])
        start += len(word)
    return result


@cache
def _cutter() -> Callable[[str], list[str]]:
    """The binding where there is a wheel of it; jieba gives the same words at a twentieth of the speed."""
    module, name = ("rjieba", "cut") if find_spec("rjieba") else ("jieba", "lcut")
    cutter: Callable[[str], list[str]] = getattr(import_module(module), name)
    return cutter
