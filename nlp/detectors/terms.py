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
from typing import TYPE_CHECKING, Protocol

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

_BREAKS = frozenset("，。！？；：、,!?;:\n\r\"'“”‘’（）()《》【】")


class Channel(Protocol):
    """A reading of the raw text with the way back."""

    @property
    def text(self) -> str: ...

    def source(self, start: int, end: int) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern at ``[start, end)`` of the raw text. ``weak`` ones need context whatever their entry says."""

    start: int
    end: int
    pattern: Pattern
    weak: bool = False
    scale: float = 1.0


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
        nearby = self.spans[first:last]
        return any(e >= start - WINDOW and (e <= start or s >= end) for s, e in nearby)

    def cover(self, start: int, end: int) -> bool:
        """Whether a longer span contains this one."""
        return self._around(start, end, end - start + 1)

    def holds(self, start: int, end: int) -> bool:
        """Whether this span, or a longer one that contains it, is among them."""
        return self._around(start, end, end - start)

    def _around(self, start: int, end: int, width: int) -> bool:
        first = bisect_left(self.starts, end - self.longest)
        last = bisect_right(self.starts, start)
        return any(e >= end and e - s >= width for s, e in self.spans[first:last])


def find_terms(block: int, text: Normalised, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``<category>/<term>`` and ``brand/<name>`` in one block, ordered by span."""
    plain = _plain(text, text.raw, lexicon.terms)
    hits = [*plain, *_squeezed(text, lexicon.terms), *_sounded(text, lexicon)]
    if not any(hit.pattern.entry for hit in hits):
        return ()
    allowed = Places.of((hit.start, hit.end) for hit in hits if hit.pattern.allow)
    standing = [h for h in hits if not h.pattern.allow and not allowed.cover(h.start, h.end)]
    near = _contexts(standing)
    kept = [hit for hit in standing if hit.pattern.entry and _counts(hit, near)]
    return _findings(block, text.raw, _longest(kept))


def _plain(channel: Channel, raw: str, index: PatternIndex) -> list[Hit]:
    hits = []
    for match in index.find(channel.text):
        start, end = channel.source(match.start, match.end)
        hits.append(Hit(start, end, match.pattern))
    return hits


def _squeezed(text: Normalised, index: PatternIndex) -> list[Hit]:
    """Words written apart: ``跑.分``, ``U S D T``."""
    channel = text.squeezed
    if len(channel.text) == len(text.text):
        return []
    hits = []
    for match in index.find(channel.text):
        start, end = channel.source(match.start, match.end)
        length = match.end - match.start
        if length < 2 or match.pattern.rest or not apart(text.raw, start, end, length):
            continue
        hits.append(Hit(start, end, match.pattern, weak=length <= SHORT))
    return hits


def apart(raw: str, start: int, end: int, length: int) -> bool:
    """Whether the raw span is one word with something inserted, not the seam of two words."""
    quoted = raw[start:end]
    if end - start > 4 * length or not at_boundaries(raw, start, end) or _BREAKS.intersection(quoted):
        return False
    if quoted.isascii():  # Latin words are apart letter by letter, or not at all
        return not any(a.isalnum() and b.isalnum() for a, b in pairwise(quoted))
    return True


def _sounded(text: Normalised, lexicon: Lexicon) -> list[Hit]:
    """Words written with other characters of the same sound."""
    hits = []
    for match in lexicon.sounds.find(text.sound.text):
        start, end = text.sound.source(match.start, match.end)
        if _BREAKS.intersection(text.raw[start:end]):
            continue
        hits.append(Hit(start, end, match.pattern, weak=True, scale=SOUND_DISCOUNT))
    return hits


def _contexts(hits: Iterable[Hit]) -> dict[str, Places]:
    spans: dict[str, list[tuple[int, int]]] = {}
    for hit in hits:
        for group in hit.pattern.gives:
            spans.setdefault(group, []).append((hit.start, hit.end))
    return {group: Places.of(found) for group, found in spans.items()}


def _counts(hit: Hit, near: dict[str, Places]) -> bool:
    entry = hit.pattern.entry
    if entry is None:
        return False

    def stands(group: str) -> bool:
        return group in near and near[group].near(hit.start, hit.end)

    if any(stands(group) for group in entry.unless):
        return False
    if entry.needs:
        return any(all(stands(group) for group in item) for item in entry.needs)
    return not hit.weak or any(stands(group) for group in near)


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """Without hits inside a longer hit of the same category, and without the same rule twice at one place."""
    ends: dict[str, tuple[int, int]] = {}
    rules: dict[str, int] = {}
    kept = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end, -h.scale)):
        entry = hit.pattern.entry
        if entry is None:
            continue
        place = entry.group if entry.kind == "term" else "brand"
        end, width = ends.get(place, (-1, 0))
        if (hit.end <= end and hit.end - hit.start < width) or hit.start < rules.get(entry.rule, -1):
            continue
        if hit.end > end:
            ends[place] = hit.end, hit.end - hit.start
        rules[entry.rule] = hit.end
        kept.append(hit)
    return kept


def _findings(block: int, raw: str, hits: Iterable[Hit]) -> tuple[Finding, ...]:
    seen: Counter[str] = Counter()
    found = []
    for hit in hits:
        entry = hit.pattern.entry
        if entry is None or seen[entry.rule] >= MAX_REPEATS:
            continue
        seen[entry.rule] += 1
        span = Span(block, hit.start, hit.end)
        weight = round(entry.weight * hit.scale, 4)
        found.append(Finding(entry.rule, span, raw[hit.start : hit.end], entry.term, weight))
    return tuple(found)
