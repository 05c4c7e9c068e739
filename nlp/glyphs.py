"""The tables behind the normaliser, read from lexicons/{glyphs,homophones}.csv when first used."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import daachorse
import numpy as np
from numpy.typing import NDArray

import lexicons
from nlp.kinds import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(lexicons.__file__).parent
TABLE_SIZE = 0x2FA20
"""Code points from here on have no compatibility form: they pass unchanged."""
UNEVEN = "\x00"
"""Stands in the folded text for a code point whose form has no or several code points."""
UNKNOWN = "\ufffd"
COMPATIBILITY_BLOCKS = (
    (0x00, 0x3400),
    (0xA640, 0xABC0),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1EE00, 0x1EF00),
    (0x1F100, 0x1F300),
    (0x1FBF0, 0x1FBFA),
    (0x2F800, TABLE_SIZE),
)
FOREIGN = "\u0370-\u052f\u0531-\u058f\u13a0-\u13ff\u2c80-\u2cff"
"""Greek, Cyrillic, Armenian, Cherokee and Coptic, as a character class."""
KEPT = frozenset("…⋯‥—")
"""Punctuation whose compatibility form is longer and brings nothing."""
KANA_MARKS = frozenset("\u3099\u309a")
LINE_BREAKS = frozenset("\n\x0b\x0c\x85\u2028\u2029")
IGNORABLE = (
    (0x034F, 0x0350), (0x115F, 0x1161), (0x17B4, 0x17B6), (0x180B, 0x1810), (0x2060, 0x2070),
    (0x3164, 0x3165), (0xFE00, 0xFE10), (0xFFA0, 0xFFA1), (0xFFF0, 0xFFF9), (0x1BCA0, 0x1BCA4),
    (0x1D173, 0x1D17B),
)  # fmt: skip
"""Default-ignorable code points that are not of category Cf (Unicode DerivedCoreProperties)."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What :func:`nlp.normalise.normalise` needs.

    ``table``: a string indexed by code point, one code point each; ``UNEVEN`` where the form has none or
    several. ``codes``: the same as an array over all code points. ``longer``: those several.
    ``look_alikes``: foreign letters to Latin ones; ``foreign`` finds runs of them that no other foreign
    letter touches.
    """

    table: str
    codes: NDArray[np.uint32]
    longer: dict[str, str]
    look_alikes: dict[int, str]
    foreign: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Characters written as two components: an automaton over the pairs, and what each pair stands for."""

    automaton: daachorse.CharwiseDoubleArrayAhoCorasick
    joined: tuple[str, ...]


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _fold(char: str) -> str:
    """Form of one code point: compatibility folded, lower case, without marks; empty when it is dropped."""
    category = unicodedata.category(char)
    if char in LINE_BREAKS:
        return "\n"
    if char.isspace():
        return " "
    if category in {"Cs", "Co"}:
        return UNKNOWN
    if category in {"Cc", "Cf", "Mn", "Me"}:
        return ""
    if char in KEPT:
        return char
    folded = unicodedata.normalize("NFKC", char).casefold()
    plain = unicodedata.normalize("NFKD", folded)
    if plain[:1].isascii():
        folded = "".join(mark for mark in plain if not unicodedata.combining(mark))
    if len(folded) > 1 or folded in KANA_MARKS:
        folded = "".join(
            mark for mark in folded if unicodedata.category(mark) not in {"Mn", "Me", "Cf", "Cc"}
        )
    return unicodedata.normalize("NFKC", folded).replace("\u2044", "/").strip(" ")


def _base_table() -> tuple[list[str], dict[str, str]]:
    table = list(map(chr, range(TABLE_SIZE)))
    longer: dict[str, str] = {}
    for first, last in COMPATIBILITY_BLOCKS:
        for code in range(first, last):
            form = _fold(chr(code))
            if len(form) > 1:
                longer[chr(code)] = form
            table[code] = form if len(form) == 1 else UNEVEN
    for code in range(0xD800, 0xF900):
        table[code] = UNKNOWN
    for first, last in IGNORABLE:
        table[first:last] = [UNEVEN] * (last - first)
    return table, longer


def _char_class(chars: Iterable[str]) -> str:
    return "".join(map(re.escape, sorted(chars)))


@cache
def _kinds() -> dict[str, dict[str, str]]:
    kinds: dict[str, dict[str, str]] = {}
    for row in _rows("glyphs.csv"):
        kinds.setdefault(row["kind"], {})[row["from"]] = row["to"]
    return kinds


@cache
def glyphs() -> Glyphs:
    """Load the tables of single code points, once a process."""
    kinds = _kinds()
    table, longer = _base_table()
    for old, new in (*kinds["enclosed"].items(), *kinds["emoji"].items()):
        longer.pop(old, None)
        if len(new) == 1:
            table[ord(old)] = new
        else:
            longer[old] = new
            table[ord(old)] = UNEVEN
    simplified = kinds["traditional"]
    renamed = simplified | {old: new for old, new in kinds["enclosed"].items() if len(new) == 1}
    for first, last in COMPATIBILITY_BLOCKS:
        table[first:last] = [renamed.get(char, char) for char in table[first:last]]
    for old, new in simplified.items():
        if ord(old) < TABLE_SIZE:
            table[ord(old)] = new
    look_alikes = _char_class(kinds["look_alike"])
    codes = np.arange(CODES, dtype=np.uint32)
    codes[:TABLE_SIZE] = list(map(ord, table))
    return Glyphs(
        table="".join(table),
        codes=codes,
        longer={old: "".join(simplified.get(c, c) for c in new) for old, new in longer.items()},
        look_alikes={ord(old): new for old, new in kinds["look_alike"].items()},
        # the look-behind stands behind a character: a pattern that begins with a class is scanned fast
        foreign=re.compile(f"[{look_alikes}](?<![{FOREIGN}][{look_alikes}])[{look_alikes}]*(?![{FOREIGN}])"),
    )


@cache
def _pairs(kind: str) -> Pairs:
    rows = _kinds()[kind]
    return Pairs(daachorse.CharwiseDoubleArrayAhoCorasick(list(rows)), tuple(rows.values()))


def closed_pairs() -> Pairs:
    """Pairs with a component that never stands alone: joined in every text."""
    return _pairs("split")


def open_pairs() -> Pairs:
    """Pairs of two ordinary characters: joined only in the squeezed channel."""
    return _pairs("split_open")


@cache
def readings() -> dict[str, tuple[str, ...]]:
    """Toneless readings of each character, the usual one first."""
    return {row["char"]: tuple(row["readings"].split()) for row in _rows("homophones.csv")}
