"""Who speaks and how: cue words of a block, and what a sentence does with them.

Two kinds of findings. ``cue/<group>/<name>`` is a word or phrase that stands there. ``cue/speaker/<who>``
and ``cue/frame/<how>`` say what its sentence makes of it: a call to action that is denied, quoted, supposed
or listed as something not to do is no call to action.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from nlp.analysis import Finding, Span
from nlp.detectors.terms import MAX_REPEATS, SOUND_DISCOUNT, Places, apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nlp.lexicon import Lexicon
    from nlp.lexicon_entries import Entry
    from nlp.normalise import Normalised
    from nlp.patterns import TermMatch

SPEAKERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("official", frozenset({"official"})),
    ("warning", frozenset({"warnings"})),
    ("forbidding", frozenset({"forbidding"})),
    ("reporting", frozenset({"report"})),
    ("asking", frozenset({"asking"})),
    ("explaining", frozenset({"education", "tech"})),
    ("offering", frozenset({"call_to_action", "diversion", "recruiting", "returns", "selling"})),
)
"""Who speaks in a sentence, by the first of these whose cues stand in it."""

VOICES = {group: number for number, (_, groups) in enumerate(SPEAKERS) for group in groups}
"""The number of its speaker for each group that has one."""

RULES = tuple(f"cue/speaker/{who}" for who, _ in SPEAKERS)

SOLICITING = frozenset(
    {"call_to_action", "diversion", "recruiting", "returns", "selling", "urgency", "disguise"}
)
"""Cues that a frame can take the force from."""

DISTANT = frozenset({"warnings", "forbidding", "report", "official"})
"""Voices that speak about somebody else's solicitation."""

MAX_WEIGHED = 10 * MAX_REPEATS
"""Cues of one rule that are looked at in one block."""

NEGATION_REACH = 10
DENIAL_WINDOW = NEGATION_REACH + 16
"""A denial that reaches a cue begins at most this far before it."""

LIST_ITEMS = 20

# classes of punctuation
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_CLAUSE_END = re.compile(r"[，,：:、]")
_ITEM = re.compile(r"\s*(?:[-*•·●✗❌×]|[(（]?(?P<number>\w{1,2})[.、)）:：])")
_QUOTED = re.compile(r"[“「『\"]([^“”「」『』\"\n]{1,80})[”」』\"]")


class Cue(Struct, frozen=True, gc=False):
    """A cue in the normalised text, with its raw span."""

    start: int
    end: int
    raw_start: int
    raw_end: int
    entry: Entry
    rule: str
    group: str


def find_cues(block: int, text: Normalised, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``cue/<group>/<name>``, ``cue/speaker/<who>`` and ``cue/frame/<how>``, ordered by span."""
    matches = lexicon.written(text)[2]
    cues = _few_of_each(_longest(_plain_cues(text, matches)))
    found = [_finding(block, text.raw, cue, cue.rule) for cue in cues]
    if hits := _disguises(text, lexicon):
        settled = [(start, end) for start, end, pattern in matches if pattern.allow]
        settled += [(cue.start, cue.end) for cue in cues]
        found += _disguised(block, text, hits, Places.of([text.source(*span) for span in settled]))
    if cues:
        found += _sentences(block, text, cues)
    return _limited(found)


def _plain_cues(text: Normalised, matches: Sequence[TermMatch]) -> Iterator[Cue]:
    allowed = Places.of([(start, end) for start, end, pattern in matches if pattern.allow])
    moved = text.channel.starts is not None
    for start, end, pattern in matches:
        entry = pattern.entry
        if entry is not None and not (allowed.spans and allowed.cover(start, end)):
            first, last = text.source(start, end) if moved else (start, end)
            yield Cue(start, end, first, last, entry, pattern.rule, entry.group)


def _longest(cues: Iterable[Cue]) -> list[Cue]:
    """Without cues inside a longer one, whatever its group: 不要加微信 is no 加微信."""
    kept: list[Cue] = []
    end = -1
    for cue in sorted(cues, key=lambda c: (c.start, -c.end)):
        if cue.end > end or (kept and (cue.start, cue.end) == (kept[-1].start, kept[-1].end)):
            kept.append(cue)
            end = cue.end
    return kept


def _few_of_each(cues: Sequence[Cue]) -> Sequence[Cue]:
    """The first cues of each rule: what repeats a thousand times in one block says nothing new."""
    if len(cues) <= MAX_WEIGHED:
        return cues
    seen: Counter[str] = Counter()
    kept = []
    for cue in cues:
        seen[cue.rule] += 1
        if seen[cue.rule] <= MAX_WEIGHED:
            kept.append(cue)
    return kept


def _disguises(text: Normalised, lexicon: Lexicon) -> list[tuple[TermMatch, float]]:
    """Soliciting cues written apart (``加 / 微 / 信``) or with other characters of the same sound."""
    hits: list[tuple[TermMatch, float]] = []
    if text.squeezed is not text.channel:
        hits = [(match, 1.0) for match in lexicon.apart(text)[2]]
    channel = text.sound
    for start, end, pattern in lexicon.heard(text)[1]:
        hits.append(((*channel.source(start, end), pattern), SOUND_DISCOUNT))
    return [hit for hit in hits if (entry := hit[0][2].entry) is not None and entry.group in SOLICITING]


def _disguised(
    block: int, text: Normalised, hits: Iterable[tuple[TermMatch, float]], settled: Places
) -> Iterator[Finding]:
    """Those of the disguises that count.

    What lies inside ``settled`` is left alone: its plain reading was found and weighed already.
    """
    taken: set[tuple[str, int]] = set()
    for (start, end, pattern), scale in hits:
        entry = pattern.entry
        if entry is None or (pattern.rule, start) in taken:
            continue
        if not settled.holds(start, end) and apart(text.raw, start, end, pattern.text):
            taken.add((pattern.rule, start))
            span = Span(block, start, end)
            yield Finding(pattern.rule, span, text.raw[start:end], entry.term, round(entry.weight * scale, 4))


def _sentences(block: int, text: Normalised, cues: Sequence[Cue]) -> Iterator[Finding]:
    at, listed = 0, 0
    for found in _SENTENCE.finditer(text.text):
        if at == len(cues) and not listed:
            return
        (start, end), first = found.span(), at
        while at < len(cues) and cues[at].start < end:
            at += 1
        mine = [cue for cue in cues[first:at] if cue.start >= start]
        if not (mine or listed):
            continue
        sentence = found[0]
        if listed and (_is_item(sentence) or not sentence.strip()):
            listed -= 1
            yield from (
                _finding(block, text.raw, c, "cue/frame/listed") for c in mine if c.group in SOLICITING
            )
        elif mine:
            listed = 0
        if not mine:
            continue
        yield from _speaker(block, text.raw, mine)
        yield from _framed(block, text, sentence, start, mine)
        if _opens_list(sentence, mine):
            listed = LIST_ITEMS


def _speaker(block: int, raw: str, cues: Sequence[Cue]) -> Iterator[Finding]:
    cue = min(cues, key=_voice)
    if (voice := _voice(cue)) < len(SPEAKERS):
        yield _finding(block, raw, cue, RULES[voice])


def _voice(cue: Cue) -> int:
    return VOICES.get(cue.group, len(SPEAKERS))


def _is_item(sentence: str) -> bool:
    """Whether it begins with a list's mark, or with a number of any script as Unicode knows them."""
    found = _ITEM.match(sentence)
    return found is not None and all(unicodedata.numeric(char, -1) >= 0 for char in found["number"] or "")


def _opens_list(sentence: str, cues: Sequence[Cue]) -> bool:
    """A heading such as 以下行为均属违规： before items."""
    ends = sentence.rstrip().endswith((":", "："))
    return ends and any(cue.group in ("forbidding", "warnings") for cue in cues)


def _framed(
    block: int, text: Normalised, sentence: str, offset: int, cues: Sequence[Cue]
) -> Iterator[Finding]:
    groups = {cue.group for cue in cues}
    if SOLICITING.isdisjoint(groups):
        return
    distant = not DISTANT.isdisjoint(groups)
    quoted = Places.of([(m.start(1) + offset, m.end(1) + offset) for m in _QUOTED.finditer(sentence)])
    denials = [cue for cue in cues if cue.group in ("negation", "forbidding")]
    starts = [denial.start for denial in denials]
    supposed = min((cue.end for cue in cues if cue.group == "conditional"), default=len(text.text))
    for cue in cues:
        if cue.group not in SOLICITING:
            continue
        near = denials[bisect_left(starts, cue.start - DENIAL_WINDOW) : bisect_left(starts, cue.start)]
        if any(_denies(text.text, denial, cue) for denial in near):
            yield _finding(block, text.raw, cue, "cue/frame/negated")
        if (distant or len(cues) == 1) and quoted.holds(cue.start, cue.end):
            yield _finding(block, text.raw, cue, "cue/frame/quoted")
        if distant and supposed <= cue.start:
            yield _finding(block, text.raw, cue, "cue/frame/supposed")


def _denies(text: str, denial: Cue, cue: Cue) -> bool:
    """Whether an earlier denial of the clause reaches the cue; they may share a verb: 不要加 + 加微信."""
    between = text[denial.end : cue.start]
    return len(between) <= NEGATION_REACH and not _CLAUSE_END.search(between)


def _finding(block: int, raw: str, cue: Cue, rule: str) -> Finding:
    weight = cue.entry.weight if rule == cue.rule else 0.0
    span = Span(block, cue.raw_start, cue.raw_end)
    return Finding(rule, span, raw[cue.raw_start : cue.raw_end], cue.entry.term, weight)


def _limited(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    seen: dict[str, int] = {}
    kept: list[Finding] = []
    done: set[tuple[str, int]] = set()
    for finding in sorted(findings, key=_span_key):
        rule = finding.rule
        place = rule, finding.span.start
        count = seen.get(rule, 0)
        if count < MAX_REPEATS and place not in done:
            seen[rule] = count + 1
            done.add(place)
            kept.append(finding)
    return tuple(kept)


def _span_key(finding: Finding) -> tuple[int, int, str]:
    span = finding.span
    return span.start, span.end, finding.rule
