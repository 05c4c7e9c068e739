"""The full-text part of the embedded index: which rows hold which tokens."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING

from evidence.store.terms import IDEOGRAPH, SEPARATOR, SYMBOL, TOKEN_LIMIT, WORD, tokens

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

_WORD, _IDEOGRAPH, _SYMBOL, _SPACE = 1, 2, 3, 4
_BLANK = ord(" ")


def joined(texts: Iterable[str]) -> str:
    """The searchable texts of a hit as one; terms do not cross from one into the next."""
    return SEPARATOR.join(texts)


def add_texts(connection: sqlite3.Connection, rows: Sequence[tuple[int, str]]) -> None:
    """Index joined texts under row numbers that hold none yet."""
    connection.executemany(
        "INSERT INTO grams(rowid, tokens) VALUES(?, ?)", ((row, token_text(text)) for row, text in rows)
    )


def remove_text(connection: sqlite3.Connection, row: int, text: str) -> None:
    """Take a row out of the index; ``text`` must be what it was indexed with."""
    connection.execute(
        "INSERT INTO grams(grams, rowid, tokens) VALUES('delete', ?, ?)", (row, token_text(text))
    )


def token_text(text: str) -> str:
    """The tokens of :func:`evidence.store.terms.tokens`, some of them repeatedly, with blanks between.

    Works on arrays of code points: making a Python string of every pair costs more than indexing it.
    """
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    kinds = _kinds()[codes]
    word = kinds == _WORD
    word_end = word & ~np.append(word[1:], False)
    if _longest_run(word, word_end) > TOKEN_LIMIT:
        return " ".join(tokens(text))
    kept = kinds != _SPACE
    codes, kinds, word_end = codes[kept], kinds[kept], word_end[kept]
    ideograph = kinds == _IDEOGRAPH
    paired = ideograph & np.append(ideograph[1:], False)
    # Up to three characters for each one: itself, the second of its pair, a blank; zero is nothing.
    written = np.zeros((len(codes), 3), np.uint32)
    written[:, 0] = np.where(kinds != 0, codes, 0)
    written[:, 1] = np.where(paired, np.append(codes[1:], 0), 0)
    written[:, 2] = np.where(ideograph | word_end | (kinds == _SYMBOL), _BLANK, 0)
    flat = written.ravel()
    return bytes(flat[flat != 0].tobytes()).decode("utf-32-le")


def _longest_run(word: NDArray[np.bool_], word_end: NDArray[np.bool_]) -> int:
    import numpy as np

    ends = np.flatnonzero(word_end)
    if not len(ends):
        return 0
    starts = np.flatnonzero(word & ~np.insert(word[:-1], 0, False))
    return int((ends - starts).max()) + 1


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of every code point, as the expressions of ``terms`` tell them."""
    import numpy as np

    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    # Planes 2 and 3 hold ideographs alone, those beyond neither words nor symbols.
    kinds[0x20000:0x40000] = _IDEOGRAPH
    everything = "".join(map(chr, range(0x20000)))
    for kind, expression in (
        (_SPACE, r"\s+"),
        (_WORD, f"{WORD}+"),
        (_SYMBOL, f"{SYMBOL}+"),
        (_IDEOGRAPH, f"[{IDEOGRAPH}]+"),
    ):
        for match in re.finditer(expression, everything):
            kinds[match.start() : match.end()] = kind
    return kinds
