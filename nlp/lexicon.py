"""The knowledge in ``lexicons/``, compiled for matching.

``load_lexicon`` reads the folder, refuses it when anything in it is wrong, and builds the automata in memory.
Which hits count, given what stands around them, is decided in ``nlp.detectors``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import LexiconError
from nlp.lexicon_entries import GAP, Entry
from nlp.lexicon_files import read_folder
from nlp.lookalike import BrandHosts
from nlp.matcher import Matcher
from nlp.normalise import normalise
from nlp.sound import sound_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.lexicon_entries import Allowed, Context, LexiconFiles
    from nlp.lookalike import BrandHost
    from nlp.offsets import Channel

GAP_WIDTH = 30
SHORT_SOUND = 3
"""Words up to this length are looked for in the usual reading of their characters only."""

HEARD_FROM = 0.5
"""Cues of less weight are everyday words: heard in others they would say nothing."""

NO_GROUPS: frozenset[str] = frozenset()
_SENTENCE_ENDS = "。！？!?；;\n"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One string the automaton looks for and what a hit of it means.

    ``rest`` are the parts that must follow within a gap; ``gives`` are the context groups it stands for.
    ``heard`` is the written word of a pattern that is a sound. The last four follow from the others.
    """

    text: str
    entry: Entry | None = None
    rest: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    allow: bool = False
    rule: str = ""
    heard: str = ""
    group: str = field(init=False, repr=False, compare=False)
    settled: bool = field(init=False, repr=False, compare=False)
    asks: frozenset[str] = field(init=False, repr=False, compare=False)
    latin: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive what every hit is asked for: category, whether context matters, which, and the edges."""
        entry = self.entry
        edges = [part[at] for part in (self.text, *self.rest) for at in (0, -1)]
        derived = {
            "group": self.rule.partition("/")[0],
            "settled": entry is not None and not (entry.needs or entry.unless),
            "asks": frozenset(chain(entry.unless, *entry.needs)) if entry is not None else NO_GROUPS,
            # a hit may cut a Latin word or a number in two
            "latin": any(char.isascii() and char.isalnum() for char in edges),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


TermMatch = tuple[int, int, Pattern]
"""A word of the lexicon at ``[start, end)`` of the text that was given, whatever stands around it."""


class PatternIndex:
    """Patterns with their automaton."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        alike: dict[str, list[Pattern]] = {}
        for pattern in self.patterns:
            alike.setdefault(pattern.text, []).append(pattern)
        self._alike = list(alike.values())
        self._matcher = Matcher(list(alike))
        self._plain = [not any(p.latin or p.rest for p in same) for same in self._alike]

    def find(self, text: str) -> list[TermMatch]:
        """Hits that begin and end at word boundaries and whose ``rest`` follows, ordered by their end."""
        found: list[TermMatch] = []
        for start, end, number in self._matcher.find(text):
            if self._plain[number]:
                for pattern in self._alike[number]:
                    found.append((start, end, pattern))
                continue
            for pattern in self._alike[number]:
                last = _follow(text, end, pattern.rest) if pattern.rest else end
                bare = not pattern.rest and not pattern.latin
                if last and (bare or at_boundaries(text, start, last)):
                    found.append((start, last, pattern))
        return found

    def find_apart(self, channel: Channel) -> list[TermMatch]:
        """Hits in a rewritten text that its source does not hold letter by letter, with their source offsets.

        Only words of one part are looked for; at least two characters.
        """
        found: list[TermMatch] = []
        starts, ends = channel.starts, channel.ends
        if starts is None or ends is None:
            return found
        for start, end, number in self._matcher.find(channel.text):
            first, last = starts[start], ends[end - 1]
            if last - first > end - start > 1:
                found += [(first, last, pattern) for pattern in self._alike[number] if not pattern.rest]
        return found


def at_boundaries(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` does not cut a Latin word or a number in two."""
    if start > 0 and _joined(text[start - 1], text[start]):
        return False
    return end >= len(text) or not _joined(text[end - 1], text[end])


def _joined(left: str, right: str) -> bool:
    # A letter after a digit starts a new word: people write 100u and 5000usdt.
    if not (left.isascii() and right.isascii()):
        return False
    if right.isalpha():
        return left.isalpha() or left == "_"
    if right.isdigit():
        return left.isdigit()
    return right == "_" and left.isalpha()


def _follow(text: str, end: int, rest: tuple[str, ...]) -> int:
    """The end of the last part when all follow in order within the gap and the sentence, else 0."""
    for part in rest:
        at = text.find(part, end, end + GAP_WIDTH + len(part))
        if at < 0 or any(mark in text[end:at] for mark in _SENTENCE_ENDS):
            return 0
        end = at + len(part)
    return end


class Lexicon:
    """Compiled lexicon files. Build it with ``load_lexicon``; it is immutable and safe to share."""

    def __init__(self, files: LexiconFiles) -> None:
        self.version = files.version
        self.entries = files.entries
        self.contexts = files.contexts
        self.allowed = files.allowed
        self._rules = files.lookalike
        groups = _Groups(files.contexts)
        self.terms = PatternIndex(_term_patterns(files.entries, files.allowed, groups))
        self.context = PatternIndex(_context_patterns(files.entries, files.contexts, groups))
        self.cues = PatternIndex(_cue_patterns(files.entries, files.allowed))

    def match(self, text: str) -> list[TermMatch]:
        """Terms and brands in an already normalised text, overlapping, without looking at their context."""
        return [match for match in self.terms.find(text) if match[2].entry is not None]

    def brand_of_host(self, host: str) -> BrandHost | None:
        """The brand a host belongs to or imitates, if any."""
        return self._hosts.find(host)

    @property
    def lookalike_weight(self) -> float:
        """The weight of a link whose host imitates a brand."""
        return self._rules.weight

    @cached_property
    def _hosts(self) -> BrandHosts:
        return BrandHosts([entry for entry in self.entries if entry.kind == "brand"], self._rules)

    @cached_property
    def sounds(self) -> PatternIndex:
        """Terms of three characters and more, by their sound."""
        return PatternIndex(_sounding(self.terms.patterns))

    @cached_property
    def cue_sounds(self) -> PatternIndex:
        """Telling cues of three characters and more, by their sound."""
        telling = (p for p in self.cues.patterns if p.entry is not None and p.entry.weight >= HEARD_FROM)
        return PatternIndex(_sounding(telling))


def _sounding(patterns: Iterable[Pattern]) -> Iterator[Pattern]:
    for pattern in patterns:
        if pattern.entry is not None and not pattern.rest and spoken(pattern.text):
            # A short word in a rare reading sounds like too many others.
            keys = sound_keys(pattern.text)
            for key in keys if len(pattern.text) > SHORT_SOUND else keys[:1]:
                yield Pattern(key, pattern.entry, rule=pattern.rule, heard=pattern.text)


def spoken(form: str) -> bool:
    """Whether a form is long enough, and Chinese enough, to be looked for by its sound."""
    return len(form) >= 3 and all("\u4e00" <= character <= "\u9fff" for character in form)


class _Groups:
    """Which context groups a category or a group of cues stands for."""

    def __init__(self, contexts: Iterable[Context]) -> None:
        self._names: dict[str, list[str]] = {}
        for context in contexts:
            for name in (*context.categories, *(f"cue/{group}" for group in context.cues)):
                self._names.setdefault(name, []).append(context.name)

    def of(self, entry: Entry) -> tuple[str, ...]:
        # An ambiguous word settles nothing: it needs to be settled itself.
        name = f"cue/{entry.group}" if entry.kind == "cue" else entry.category
        return () if entry.ambiguous else tuple(self._names.get(name, ()))


def _term_patterns(
    entries: Iterable[Entry], allowed: Iterable[Allowed], groups: _Groups
) -> Iterator[Pattern]:
    for entry in entries:
        if entry.kind != "cue":
            yield from _patterns(entry, groups.of(entry))
    yield from _allowing(allowed)


def _context_patterns(
    entries: Iterable[Entry], contexts: Iterable[Context], groups: _Groups
) -> Iterator[Pattern]:
    for context in contexts:
        for word in context.words:
            yield Pattern(normalise(word).text, gives=(context.name,))
    for entry in entries:
        if entry.kind == "cue" and (gives := groups.of(entry)):
            yield from (Pattern(p.text, rest=p.rest, gives=gives) for p in _patterns(entry))


def _allowing(allowed: Iterable[Allowed]) -> Iterator[Pattern]:
    return (Pattern(normalise(phrase.phrase).text, allow=True) for phrase in allowed)


def _cue_patterns(entries: Iterable[Entry], allowed: Iterable[Allowed]) -> Iterator[Pattern]:
    for entry in entries:
        if entry.kind == "cue":
            yield from _patterns(entry)
    yield from _allowing(allowed)


def _patterns(entry: Entry, gives: tuple[str, ...] = ()) -> Iterator[Pattern]:
    """Each written form once, as the normaliser writes it."""
    forms: dict[tuple[str, ...], None] = {}
    for form in entry.written:
        forms.setdefault(tuple(normalise(part).text for part in form.split(GAP) if part), None)
    for parts in forms:
        if all(parts):
            yield Pattern(parts[0], entry, parts[1:], gives, rule=entry.rule)


def default_folder() -> Path:
    """Where the package keeps its lexicons."""
    import lexicons

    return Path(lexicons.__file__).parent


def load_lexicon(folder: Path | None = None) -> Lexicon:
    """Read and compile a folder of lexicons, by default the ones in the package.

    Raises ``LexiconError`` with the first mistake; ``nlp.lexicon_check`` lists all of them.
    """
    files = read_folder(folder or default_folder())
    if files.errors:
        raise files.errors[0]
    return Lexicon(files)


__all__ = ["GAP", "Lexicon", "LexiconError", "Pattern", "PatternIndex", "TermMatch", "load_lexicon"]
