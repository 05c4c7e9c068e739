"""Words of the lexicon in a text: which of them count, given what stands around them.

All positions are in the raw text, so the plain, the squeezed and the sounded reading of a text agree on what
is near, what covers what, and what was already found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from nlp.analysis import Finding, Span
from nlp.patterns import Pattern, TermMatch, at_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlp.lexicon import Lexicon
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

ANY = ""
"""Stands for all context groups together."""

NOWHERE = (-1, 0)

_BREAKS = frozenset("，。！？；：、,!?;:\n\r\"'“”‘’（）()《》【】")


class Hit(Struct, frozen=True, gc=False):
    """A pattern at ``[start, end)`` of the raw text. ``weak`` ones need context whatever their entry says."""

    start: int
    end: int
    pattern: Pattern
    weak: bool = False
    scale: float = 1.0

    @property
    def settled(self) -> bool:
        """Whether nothing around it can change what it means."""
        return self.pattern.settled and not self.weak


class Places(Struct, frozen=True, gc=False):
    """Spans ordered by start, to ask what lies near or what covers."""

    starts: Sequence[int]
    spans: Sequence[tuple[int, int]]
    longest: int

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Places:
        ordered = sorted(set(spans))
        if not ordered:
            return NO_PLACES
        return cls([s for s, _ in ordered], ordered, max([e - s for s, e in ordered]))

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


NO_PLACES = Places((), (), 0)


def find_terms(block: int, text: Normalised, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``<category>/<term>`` and ``brand/<name>`` in one block, ordered by span."""
    terms, context, _ = lexicon.written(text)
    written = _plain(text, terms)
    hits = [*written, *_squeezed(text, lexicon), *_sounded(text, lexicon, written)]
    allowed = Places.of([(hit.start, hit.end) for hit in hits if hit.pattern.allow])
    standing = [hit for hit in hits if hit.pattern.entry and not (allowed.spans and _innocent(hit, allowed))]
    unsettled = [hit for hit in standing if not hit.settled]
    if unsettled:
        near = _Near(unsettled, standing, _plain(text, context), allowed)
        standing = [hit for hit in standing if hit.settled or _counts(hit, near)]
    return _findings(block, text.raw, _longest(standing))


def _innocent(hit: Hit, allowed: Places) -> bool:
    """Whether an allowed phrase speaks here: a longer one, or, where a word was only heard, any."""
    heard = hit.scale < 1
    return allowed.holds(hit.start, hit.end) if heard else allowed.cover(hit.start, hit.end)


def _plain(text: Normalised, matches: Iterable[TermMatch]) -> list[Hit]:
    if text.channel.starts is None:
        return [Hit(start, end, pattern) for start, end, pattern in matches]
    source = text.source
    return [Hit(*source(start, end), pattern) for start, end, pattern in matches]


def _squeezed(text: Normalised, lexicon: Lexicon) -> list[Hit]:
    """Words written apart: ``跑.分``, ``U S D T``."""
    if len(text.squeezed.text) == len(text.text):
        return []
    return [
        Hit(start, end, pattern, weak=len(pattern.text) <= SHORT)
        for start, end, pattern in lexicon.apart(text)[0]
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


def _sounded(text: Normalised, lexicon: Lexicon, written: Iterable[Hit]) -> list[Hit]:
    """Words written with other characters of the same sound; those that are ``written`` were found so."""
    channel, hits = text.sound, []
    matches = lexicon.heard(text)[0]
    known = {(hit.start, hit.end, hit.pattern.rule) for hit in written} if matches else set()
    for start, end, pattern in matches:
        first, last = channel.source(start, end)
        if (first, last, pattern.rule) not in known and not _BREAKS.intersection(text.raw[first:last]):
            hits.append(Hit(first, last, pattern, True, SOUND_DISCOUNT))
    return hits


class _Near:
    """Where each context group stands that ``unsettled`` hits ask for, in order of place.

    A group is put in order when it is asked for. ``standing`` hits and words of ``context`` give context.
    """

    def __init__(
        self, unsettled: Iterable[Hit], standing: Iterable[Hit], context: Iterable[Hit], allowed: Places
    ) -> None:
        self._places: dict[str, Places] = {}
        self._spans: dict[str, list[tuple[int, int]]] = {ANY: []}
        for hit in unsettled:
            for group in hit.pattern.asks:
                self._spans[group] = []
        for hit in standing:
            if hit.pattern.gives:
                self._add(hit)
        for hit in context:
            # an innocent phrase gives no context; hits that are entries stand outside of them already
            if not allowed.spans or not allowed.cover(hit.start, hit.end):
                self._add(hit)

    def _add(self, hit: Hit) -> None:
        span = hit.start, hit.end
        self._spans[ANY].append(span)
        for group in hit.pattern.gives:
            if group in self._spans:
                self._spans[group].append(span)

    def stands(self, group: str, hit: Hit) -> bool:
        """Whether the group stands near a hit."""
        places = self._places.get(group)
        if places is None:
            places = self._places[group] = Places.of(self._spans[group])
        return places.near(hit.start, hit.end)


def _counts(hit: Hit, near: _Near) -> bool:
    """Whether what stands around an unsettled hit lets it count."""
    entry = hit.pattern.entry
    if entry is None:
        return False
    for group in entry.unless:
        if near.stands(group, hit):
            return False
    if not entry.needs:
        return not hit.weak or near.stands(ANY, hit)
    for groups in entry.needs:  # noqa: SIM110 - asked for every hit, and any() costs twice as much
        if all(near.stands(group, hit) for group in groups):
            return True
    return False


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """Without hits inside a longer hit of the same category, and without the same rule twice at one place."""
    ends: dict[str, tuple[int, int]] = {}
    rules: dict[str, int] = {}
    kept = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end, -h.scale)):
        rule, place = hit.pattern.rule, hit.pattern.group
        end, width = ends.get(place, NOWHERE)
        if (hit.end <= end and hit.end - hit.start < width) or hit.start < rules.get(rule, -1):
            continue
        if hit.end > end:
            ends[place] = hit.end, hit.end - hit.start
        rules[rule] = hit.end
        kept.append(hit)
    return kept


def _findings(block: int, raw: str, hits: Iterable[Hit]) -> tuple[Finding, ...]:
    seen: dict[str, int] = {}
    found = []
    for hit in hits:
        pattern = hit.pattern
        seen[pattern.rule] = count = seen.get(pattern.rule, 0) + 1
        if pattern.entry is not None and count <= MAX_REPEATS:
            weight = round(pattern.entry.weight * hit.scale, 4)
            span = Span(block, hit.start, hit.end)
            found.append(Finding(pattern.rule, span, raw[hit.start : hit.end], pattern.entry.term, weight))
    return tuple(found)
