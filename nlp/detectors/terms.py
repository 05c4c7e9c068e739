"""Words of the lexicon in a text: which of them count, given what stands around them.

All positions are in the raw text, so the plain, the squeezed and the sounded reading of a text agree on what
is near, what covers what, and what was already found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from nlp.analysis import Finding, Span
from nlp.lexicon import Pattern, at_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.lexicon import Lexicon, PatternIndex
    from nlp.normalise import Normalised

WINDOW = 50
"""Characters of the raw text to either side in which context counts."""

MAX_REPEATS = 20
"""Findings of one rule kept in one block: a text that repeats a word ten thousand times says it once."""

SHORT = 2
"""Forms up to this length prove little when they had to be put together first."""

SOUND_DISCOUNT = 0.7
"""Part of the weight that is left when a term was found by its sound only."""

SPREAD = 7
"""How many raw characters one character of a word may take: a syllable has up to six letters."""

_BREAKS = frozenset("，。！？；：、,!?;:\n\r\"'“”‘’（）()《》【】")


class Hit(NamedTuple):
    """A pattern at ``[start, end)`` of the raw text. ``weak`` ones need context whatever their entry says."""

    start: int
    end: int
    pattern: Pattern
    weak: bool = False
    scale: float = 1.0

    @property
    def settled(self) -> bool:
        """Whether nothing around it can change what it means."""
        entry = self.pattern.entry
        return entry is not None and not (self.weak or entry.needs or entry.unless)


@dataclass(frozen=True, slots=True)
class Places:
    """Spans ordered by start, to ask what lies near or what covers."""

    starts: Sequence[int]
    spans: Sequence[tuple[int, int]]
    longest: int

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Places:
        ordered = sorted(set(spans))
        return cls([s for s, _ in ordered], ordered, max((e - s for s, e in ordered), default=0))

    def near(self, start: int, end: int) -> bool:
        """Whether a span lies within the window, apart from the one asked for."""
        first = bisect_left(self.starts, start - WINDOW - self.longest)
        last = bisect_right(self.starts, end + WINDOW)
        for s, e in self.spans[first:last]:  # noqa: SIM110 - asked for every hit, and any() costs twice as much
            if e >= start - WINDOW and (e <= start or s >= end):
                return True
        return False

    def cover(self, start: int, end: int) -> bool:
        """Whether a longer span contains this one."""
        return self._around(start, end, end - start + 1)

    def holds(self, start: int, end: int) -> bool:
        """Whether this span, or a longer one that contains it, is among them."""
        return self._around(start, end, end - start)

    def _around(self, start: int, end: int, width: int) -> bool:
        if width > self.longest:
            return False
        first = bisect_left(self.starts, end - self.longest)
        last = bisect_right(self.starts, start)
        for s, e in self.spans[first:last]:  # noqa: SIM110 - asked for every hit, and any() costs twice as much
            if e >= end and e - s >= width:
                return True
        return False


def find_terms(block: int, text: Normalised, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``<category>/<term>`` and ``brand/<name>`` in one block, ordered by span."""
    hits = [*_plain(text, lexicon.terms), *_squeezed(text, lexicon.terms), *_sounded(text, lexicon)]
    allowed = Places.of((hit.start, hit.end) for hit in hits if hit.pattern.allow)
    standing = [hit for hit in hits if hit.pattern.entry and not _innocent(hit, allowed)]
    if not standing:
        return ()
    if not all(hit.settled for hit in standing):
        near = _Near([*standing, *_plain(text, lexicon.context)], allowed)
        standing = [hit for hit in standing if _counts(hit, near)]
    return _findings(block, text.raw, _longest(standing))


def _innocent(hit: Hit, allowed: Places) -> bool:
    """Whether an allowed phrase speaks here: a longer one, or, where a word was only heard, any."""
    heard = hit.scale < 1
    return allowed.holds(hit.start, hit.end) if heard else allowed.cover(hit.start, hit.end)


def _plain(text: Normalised, index: PatternIndex) -> list[Hit]:
    matches = index.find(text.text)
    if text.channel.starts is None:
        return [Hit(start, end, pattern) for start, end, pattern in matches]
    source = text.source
    return [Hit(*source(start, end), pattern) for start, end, pattern in matches]


def _squeezed(text: Normalised, index: PatternIndex) -> list[Hit]:
    """Words written apart: ``跑.分``, ``U S D T``."""
    if len(text.squeezed.text) == len(text.text):
        return []
    return [
        Hit(start, end, pattern, weak=len(pattern.text) <= SHORT)
        for start, end, pattern in index.find_apart(text.squeezed)
        if apart(text.raw, start, end, pattern.text)
    ]


def apart(raw: str, start: int, end: int, word: str) -> bool:
    """Whether the raw span is one word with something inserted, not the seam of two words."""
    quoted = raw[start:end]
    if end - start > SPREAD * len(word) or not at_boundaries(raw, start, end) or _BREAKS.intersection(quoted):
        return False
    if word.isascii():  # Latin words are apart letter by letter, or not at all
        return not any(a.isalnum() and b.isalnum() for a, b in pairwise(quoted))
    return True


def _sounded(text: Normalised, lexicon: Lexicon) -> list[Hit]:
    """Words written with other characters of the same sound."""
    channel, plain = text.sound, text.text
    aligned = len(channel.text) == len(plain) and text.squeezed is text.channel
    hits = []
    for start, end, pattern in lexicon.sounds.find(channel.text):
        if aligned and plain[start:end] == pattern.heard:
            continue  # it is written as it sounds, and was found so
        first, last = channel.source(start, end)
        if not _BREAKS.intersection(text.raw[first:last]):
            hits.append(Hit(first, last, pattern, True, SOUND_DISCOUNT))
    return hits


class _Near:
    """Where each context group stands, in order of place; a group is put in order when asked for."""

    def __init__(self, hits: Iterable[Hit], allowed: Places) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._places: dict[str, Places] = {}
        for start, end, pattern, _, _ in hits:
            # an innocent phrase gives no context; hits that are entries stand outside of them already
            if pattern.gives and (pattern.entry is not None or not allowed.cover(start, end)):
                for group in pattern.gives:
                    self._spans.setdefault(group, []).append((start, end))

    def stands(self, group: str, hit: Hit) -> bool:
        """Whether the group stands near a hit."""
        places = self._places.get(group)
        if places is None:
            places = self._places[group] = Places.of(self._spans.get(group, ()))
        return places.near(hit.start, hit.end)

    def any_stands(self, hit: Hit) -> bool:
        """Whether any group stands near a hit."""
        return any(self.stands(group, hit) for group in self._spans)


def _counts(hit: Hit, near: _Near) -> bool:
    entry = hit.pattern.entry
    if entry is None or any(near.stands(group, hit) for group in entry.unless):
        return False
    if entry.needs:
        return any(all(near.stands(group, hit) for group in item) for item in entry.needs)
    return not hit.weak or near.any_stands(hit)


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """Without hits inside a longer hit of the same category, and without the same rule twice at one place."""
    ends: dict[str, tuple[int, int]] = {}
    rules: dict[str, int] = {}
    kept = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end, -h.scale)):
        rule = hit.pattern.rule
        place = rule.partition("/")[0]
        end, width = ends.get(place, (-1, 0))
        if (hit.end <= end and hit.end - hit.start < width) or hit.start < rules.get(rule, -1):
            continue
        if hit.end > end:
            ends[place] = hit.end, hit.end - hit.start
        rules[rule] = hit.end
        kept.append(hit)
    return kept


def _findings(block: int, raw: str, hits: Iterable[Hit]) -> tuple[Finding, ...]:
    seen: Counter[str] = Counter()
    found = []
    for start, end, pattern, _, scale in hits:
        seen[pattern.rule] += 1
        if pattern.entry is not None and seen[pattern.rule] <= MAX_REPEATS:
            weight = round(pattern.entry.weight * scale, 4)
            finding = Finding(
                pattern.rule, Span(block, start, end), raw[start:end], pattern.entry.term, weight
            )
            found.append(finding)
    return tuple(found)
