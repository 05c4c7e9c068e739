"""Cut Chinese text into words by jieba's dictionary and rules, through the Rust binding."""

from __future__ import annotations

import re

SURROGATE = re.compile("[\ud800-\udfff]")


def cut(text: str) -> list[str]:
    """Words of a text in order; joined they give the text again."""
    import rjieba

    if not SURROGATE.search(text):
        words: list[str] = rjieba.cut(text)
        return words
    result: list[str] = []
    start = 0
    for word in rjieba.cut(SURROGATE.sub("\ufffd", text)):
        result.append(text[start : start + len(word)])
        start += len(word)
    return result
