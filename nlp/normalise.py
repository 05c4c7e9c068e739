"""The one reversible normaliser: every detector reads its text, and every finding is quoted from the raw one.

``normalise(raw).text`` is the canonical spelling. Three further channels are computed when asked for:
``.joined`` (separators inside words removed, ordinary split characters joined), ``.squeezed`` (the same, leet
digits read as letters) and ``.sound`` (one code point a syllable). Each has its ``text`` and
``source(start, end)``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nlp.glyphs import UNEVEN, closed_pairs, glyphs
from nlp.kinds import codes_of, text_of
from nlp.offsets import Channel, identity, rewrite
from nlp.sound import sounded
from nlp.squeeze import joined, leet_folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.glyphs import Glyphs
    from nlp.offsets import Edit

UNEVEN_RUN = re.compile(f"{UNEVEN}+")


@dataclass(frozen=True, eq=False)
class Normalised:
    """A text in its canonical spelling. ``raw[slice(*source(start, end))]`` is what a finding quotes.

    Compared by identity, so that detectors can share work on one text.
    """

    raw: str
    channel: Channel

    @property
    def text(self) -> str:
        """The canonical spelling."""
        return self.channel.text

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Map ``text[start:end]`` to offsets in ``raw``; see :meth:`nlp.offsets.Channel.source`."""
        return self.channel.source(start, end)

    def quote(self, start: int, end: int) -> str:
        """The raw words behind ``text[start:end]``."""
        first, last = self.channel.source(start, end)
        return self.raw[first:last]

    @cached_property
    def joined(self) -> Channel:
        """The text without separators inside words, where handles are read; ``channel`` if unchanged."""
        return joined(self.channel)

    @cached_property
    def squeezed(self) -> Channel:
        """The joined text with leet digits read as letters; terms are matched here and in ``text``."""
        return leet_folded(self.joined)

    @cached_property
    def sound(self) -> Channel:
        """The squeezed text with Chinese characters and Latin pinyin written as one code a syllable."""
        return sounded(self.squeezed)


def normalise(raw: str) -> Normalised:
    """Fold width, case, script, invisible characters, look-alikes, emoji stand-ins and split characters.

    Takes any string, lone surrogates and control characters included (they become U+FFFD or are dropped), in
    time linear in its length.
    """
    tables = glyphs()
    folded = text_of(tables.codes.take(codes_of(raw), mode="clip"))
    channel = Channel(folded, len(raw))
    if UNEVEN in folded:
        channel = rewrite(channel, _uneven_edits(raw, folded, tables))
    if tables.foreign.search(channel.text):
        channel = rewrite(channel, _foreign_edits(channel.text, tables))
    pairs = closed_pairs()
    found = pairs.automaton.find(channel.text)
    if found:
        channel = rewrite(channel, ((start, end, pairs.joined[number]) for start, end, number in found))
    return Normalised(raw, channel)


def written(raw: str) -> str:
    """A quote as a person would retype it: width and styles folded, invisible characters gone, case kept."""
    if raw.isascii() and raw.isprintable():
        return raw
    tables = glyphs()
    kept: list[str] = []
    for char in raw:
        form = tables.longer.get(char) or char.translate(tables.table)
        if form == UNEVEN:
            continue
        plain = unicodedata.normalize("NFKC", char)
        kept.append(plain if plain.casefold() == form else form)
    return "".join(kept)


def _uneven_edits(raw: str, folded: str, tables: Glyphs) -> Iterator[Edit]:
    # runs are taken together: zero-width padding comes by the thousand
    for run in UNEVEN_RUN.finditer(folded):
        start, end = run.span()
        kept = "".join(tables.longer.get(char, "") for char in raw[start:end])
        if not kept:
            yield start, end, ""
            continue
        for position in range(start, end):
            yield position, position + 1, tables.longer.get(raw[position], "")


def _foreign_edits(text: str, tables: Glyphs) -> Iterator[Edit]:
    """Runs that consist of look-alikes only, and are a word (two letters, or touching a Latin one)."""
    for found in tables.foreign.finditer(text):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if (
            end - start > 1
            or (before.isascii() and before.isalnum())
            or (after.isascii() and after.isalnum())
        ):
            yield start, end, found[0].translate(tables.look_alikes)


__all__ = ["Channel", "Normalised", "identity", "normalise"]
