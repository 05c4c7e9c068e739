"""Links whose dots and slashes are written otherwise: ``hxxps://a[.]com``, ``t . me``, ``a dot com``."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.normalise import written
from nlp.platforms import either, link_knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

WITHOUT_DOT = re.compile(r"(?<![a-z0-9.])t[ ]?me/(?P<path>[a-z0-9_+][a-z0-9_+/]{4,60})")
HIDDEN_SCHEME = re.compile("^hxxp", re.IGNORECASE)
PATH = r"[a-z0-9_+?=&%#@./-]{1,200}"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    known = link_knowledge()
    words, slashes = _spoken(known.dot_words), _spoken(known.slash_words)
    bracketed = rf"[ ]?[\[({{【][ ]?(?:[.。]|{either(known.dot_words)})[ ]?[\])}}】][ ]?"
    dot = rf"(?:{bracketed}|{words}|[ ][.。][ ]?|[.。])"
    link = (
        r"(?:h(?:xx|tt)ps?[ ]?:[ ]?/[ ]?/[ ]?)?(?P<host>[a-z0-9](?<![a-z0-9@._-][a-z0-9])[a-z0-9-]{0,40}"
        rf"(?:{dot}[a-z0-9-]{{1,40}}){{0,3}}?{dot}(?:{either(known.hidden_endings)})(?![a-z0-9_@-]))"
        rf"(?P<path>(?:{slashes}|[ ]?/[ ]?){PATH})?"
    )
    every = (*known.dot_words, *known.slash_words)
    # each alternative begins with a literal, so that the scan is fast
    hints = [f" {word} " if word.isascii() else f"{word}[ ]?[a-z(]" for word in every]
    hints += [
        "hxxp",
        "t[ ]?me/",
        r" \.[ ]?[a-z]",
        *(rf"\{opening}[ ]?(?:[.。点]|dot)" for opening in "[({【"),
    ]
    return (
        re.compile("|".join(hints)),
        re.compile(link),
        re.compile(dot, re.IGNORECASE),
        re.compile(slashes, re.IGNORECASE),
    )


def _spoken(words: tuple[str, ...]) -> str:
    """Words for a sign: Latin ones stand apart, others need not."""
    apart = either(word for word in words if word.isascii())
    return rf"(?:[ ](?:{apart})[ ]|[ ]?(?:{either(word for word in words if not word.isascii())})[ ]?)"


def find_hidden(text: Normalised) -> Iterator[tuple[int, int, str]]:
    """Start and end in the normalised text, and plain spelling, of every hidden link."""
    hint, link, dot, slash = _patterns()
    plain = text.text
    if not hint.search(plain):
        return
    for bare in WITHOUT_DOT.finditer(plain):
        yield (
            bare.start(),
            bare.end(),
            f"t.me/{_cased(bare['path'], written(text.quote(*bare.span('path'))))}",
        )
    for found in link.finditer(plain):
        path = (found["path"] or "").rstrip(".?&")
        start, end = found.start(), found.end("host") + len(path)
        clean = dot.sub(".", found["host"]).replace(" ", "")
        shown = clean == found["host"] and not slash.match(path) and not found[0].startswith("hxxp")
        if shown or not any(char.isalpha() for char in clean.partition(".")[0]):
            continue
        spelled = _cased(plain[start:end], written(text.quote(start, end)))
        middle = found.end("host") - start
        head = dot.sub(".", spelled[:middle]).replace(" ", "")
        yield start, end, HIDDEN_SCHEME.sub("http", head) + slash.sub("/", spelled[middle:]).replace(" ", "")


def _cased(text: str, quote: str) -> str:
    """The normalised text with the capitals of its quote, where the two go together letter by letter."""
    if len(text) != len(quote):
        return text
    return "".join(old if old.lower() == new else new for new, old in zip(text, quote, strict=True))
