"""Invitation codes without an announcing word before them: in a table's column, or used by a sentence."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.normalise import written
from nlp.platforms import either, invite_words, link_knowledge, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

CELL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,17}")
PARTS = re.compile(r"[^\s/`*]+")
SEPARATORS = ("|", "\t", ",", "，")
MIN_DIGITS = 4
LONGEST_HEAD = 12
"""Characters of a column's head; longer cells are sentences."""
WORD = re.compile(r"[a-z0-9](?<![a-z0-9_@./=-][a-z0-9])[a-z0-9_-]{3,15}(?![a-z0-9_@./=-])")
STOPS = " ,。;!—-"


@cache
def _announcing() -> re.Pattern[str]:
    return re.compile(either(invite_words().strong))


def codes_in_columns(raw: str) -> Iterator[tuple[int, int]]:
    """Ranges of codes in the column of a table, Markdown or comma-separated, whose head announces them."""
    head = _announcing()
    mark, column, start = "", -1, 0
    for line in raw.split("\n"):
        cells = line.split(mark) if mark else []
        if column >= 0 and len(cells) > column:
            offset = start + sum(map(len, cells[:column])) + len(mark) * column
            for found in PARTS.finditer(cells[column]):
                if CELL.fullmatch(found[0]) and _is_code(found[0]):
                    yield offset + found.start(), offset + found.end()
        else:
            mark, column = _code_column(line, head)
        start += len(line) + 1


def _code_column(line: str, head: re.Pattern[str]) -> tuple[str, int]:
    """Separator and number of the column of codes, if a line is the head of such a table."""
    if head.search(line) is None:
        return "", -1
    mark = max(SEPARATORS, key=line.count)
    cells = line.split(mark)
    if len(cells) < 3:
        return "", -1
    columns = (n for n, cell in enumerate(cells) if len(cell.strip()) <= LONGEST_HEAD and head.search(cell))
    return mark, next(columns, -1)


def codes_in_use(text: Normalised) -> Iterator[tuple[int, int]]:
    """Ranges in the raw text of ``用 DAY400 注册`` and ``GZ1888，填这个``."""
    plain, words = text.joined.text, invite_words()
    for found in WORD.finditer(plain):
        start, end = found.span()
        after = plain[end : end + 16].lstrip()
        used = after.startswith(words.uses) and plain[max(0, start - 8) : start].rstrip().endswith(
            words.users
        )
        if used or after.lstrip(STOPS).startswith(words.pointed):
            first, last = text.joined.source(start, end)
            if _is_made_up(written(text.raw[first:last])):
                yield first, last


def _is_code(word: str) -> bool:
    lower = word.lower()
    if lower in vocabulary().not_handles or lower in link_knowledge().not_codes:
        return False
    if word.isdigit():
        return len(word) >= MIN_DIGITS
    # capitals inside a word: AlBNUAhe
    return word[1:] != word[1:].lower() or any(char.isdigit() for char in word)


def _is_made_up(word: str) -> bool:
    """Letters and digits, or capitals only; neither a product nor a word."""
    lower = word.lower()
    if lower in vocabulary().not_handles or word.isdigit():
        return False
    capitals = sum(char.isupper() for char in word)
    digits = sum(char.isdigit() for char in word)
    if capitals >= 4 or (capitals >= 2 and digits):
        return True
    product = lower.rstrip("0123456789") in vocabulary().products
    return not product and digits > 0 and (digits >= 3 or "-" in word)
