"""Numbers in disguise: Chinese digits, and letters that look like digits inside runs of digits."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from nlp.detectors.shapes import CHINESE_MOBILE
from nlp.platforms import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

DATE = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d")
MIN_DIGITS = 5
"""True digits without which a run of digits and look-alikes is no number."""
BAR = re.compile("[|\u4e28]")
"""A bar parts numbers more often than it stands for a one, so it counts only in a mobile number."""

GAPS = re.compile("[ .☆★-]+")
DIGIT = re.compile("[0-9]")
WITH_DIGIT = re.compile("(?<![^ .☆★-])[^ .☆★-]*[0-9](?:.*[0-9])?[^ .☆★-]*")
"""From the first piece with a digit to the last one: a word of look-alikes beside a number stays a word."""


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = vocabulary()
    alike = "".join(char for char in map(chr, words.digit_letters) if not BAR.match(char))
    # possessive, and begun only where a word begins: each character is read twice at the most
    piece = rf"{BAR.pattern}?+[{alike}0-9]++(?:{BAR.pattern}[{alike}0-9]++)*+(?![a-z_@])"
    return (
        re.compile(f"[{words.digit_class}]{{2}}"),
        # it begins with a class, which is scanned fast
        re.compile(
            rf"[{alike}0-9](?:(?<=[0-9])(?:[ .-]{{0,2}}[{alike}]|{BAR.pattern}[0-9])"
            rf"|(?<=[{alike}])[ .-]{{0,2}}[0-9])"
        ),
        re.compile(rf"(?<![a-z_@/=&{alike}0-9]){piece}(?:[ .☆★-]{{1,3}}{piece})*+"),
    )


def numeric_view(text: str) -> str:
    """The text with disguised digits read as digits, one for one; itself where no run of them is a number."""
    return letters_read(text.translate(vocabulary().chinese_digits) if _patterns()[0].search(text) else text)


@lru_cache(maxsize=4)
def letters_read(text: str) -> str:
    """The text with ``138 O4I7 0417`` read as ``138 0417 0417``, one for one."""
    _, near, run = _patterns()
    return run.sub(_read_run, text) if near.search(text) else text


def _read_run(found: re.Match[str]) -> str:
    """A run with a bar for a one if that makes it a mobile number; else each part between bars by itself."""
    run = found[0]
    if not BAR.search(run):
        return _read_part(run)
    read = run.translate(vocabulary().digit_letters)
    # a bar before plain digits begins a table's cell
    disguised = not BAR.match(run) or _patterns()[1].search(run, 1)
    if disguised and CHINESE_MOBILE.fullmatch(re.sub(r"\D", "", read)):
        return read
    return "".join(map(_read_part, re.split(f"({BAR.pattern})", run)))


def _read_part(run: str) -> str:
    """A run as digits if it is mostly digits, and as it is otherwise."""
    digits = sum(char.isdecimal() for char in run)
    letters = sum(ord(char) in vocabulary().digit_letters for char in run)
    if not letters or digits < MIN_DIGITS:
        return run
    read = run.translate(vocabulary().digit_letters)
    if letters <= digits and CHINESE_MOBILE.fullmatch(re.sub(r"\D", "", read)):
        return read
    if letters * 2 > digits:
        return run
    if all(len(piece) == 1 for piece in GAPS.split(run)):
        return run.translate(vocabulary().digit_letters)
    core = WITH_DIGIT.search(run)
    if core is None or any(not DIGIT.search(piece) for piece in GAPS.split(core[0])):
        return run
    return run[: core.start()] + core[0].translate(vocabulary().digit_letters) + run[core.end() :]


@cache
def _mobile() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A Chinese digit beside another one, and a mobile number."""
    words = vocabulary()
    ones = "".join(chr(char) for char, digit in words.chinese_digits.items() if digit == "1")
    every = f"[{words.digit_class}0-9]"
    return (
        re.compile(rf"[{words.digit_class}][ -]?{every}"),
        re.compile(rf"[{ones}1](?<!{every}[{ones}1])(?:[ -]?{every}){{10}}(?![ -]?{every})"),
    )


def written_mobiles(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and digits of mobile numbers with Chinese digits in them."""
    beside, mobile = _mobile()
    for found in mobile.finditer(text) if beside.search(text) else ():
        number = re.sub(r"\D", "", found[0].translate(vocabulary().chinese_digits))
        if not found[0].isascii() and CHINESE_MOBILE.fullmatch(number):
            yield found.start(), found.end(), number
