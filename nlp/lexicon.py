"""The knowledge in ``lexicons/``, compiled for matching.

``load_lexicon`` reads the folder, refuses it when anything in it is wrong, and builds the automata in memory.
Which hits count, given what stands around them, is decided in ``nlp.detectors``.
"""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import LexiconError
from nlp.lexicon_entries import GAP, Entry
from nlp.lexicon_files import read_folder
from nlp.lookalike import BrandHosts
from nlp.normalise import normalise
from nlp.patterns import Pattern, Scanner
from nlp.sound import sound_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.lexicon_entries import Allowed, Context, LexiconFiles
    from nlp.lookalike import BrandHost
    from nlp.normalise import Normalised
    from nlp.patterns import Found, TermMatch

SHORT_SOUND = 3
"""Words up to this length are looked for in the usual reading of their characters only."""

HEARD_FROM = 0.5
"""Cues of less weight are everyday words: heard in others they would say nothing."""


class Lexicon:
    """Compiled lexicon files. Build it with ``load_lexicon``; it is immutable and safe to share."""

    def __init__(self, files: LexiconFiles) -> None:
        self.version = files.version
        self.entries = files.entries
        self.contexts = files.contexts
        self.allowed = files.allowed
        self._rules = files.lookalike
        groups = _Groups(files.contexts)
        self.terms = tuple(_term_patterns(files.entries, files.allowed, groups))
        self.context = tuple(_context_patterns(files.entries, files.contexts, groups))
        self.cues = tuple(_cue_patterns(files.entries, files.allowed))
        self._written = Scanner((self.terms, self.context, self.cues), attrgetter("text"))

    def match(self, text: str) -> list[TermMatch]:
        """Terms and brands in an already normalised text, overlapping, without looking at their context."""
        return [match for match in self._written.find(text)[0] if match[2].entry is not None]

    def written(self, text: Normalised) -> Found:
        """Terms and allowed phrases, words of context, cues and allowed phrases in the plain spelling."""
        return self._written.read(text)

    def apart(self, text: Normalised) -> Found:
        """The same, where they are only put together in the squeezed spelling; in source offsets."""
        return self._written.read_apart(text)

    def heard(self, text: Normalised) -> Found:
        """Terms and cues in the sound of a text."""
        return self._heard.read(text)

    def brand_of_host(self, host: str) -> BrandHost | None:
        """The brand a host belongs to or imitates, if any."""
        return self._hosts.find(host)

    def brand_of_name(self, name: str) -> BrandHost | None:
        """The brand that a name of one's own (of an app, an account) imitates, if any."""
        return self._hosts.find_name(name)

    @property
    def lookalike_weight(self) -> float:
        """The weight of a link whose host imitates a brand."""
        return self._rules.weight

    @cached_property
    def _hosts(self) -> BrandHosts:
        return BrandHosts([entry for entry in self.entries if entry.kind == "brand"], self._rules)

    @cached_property
    def sounds(self) -> tuple[Pattern, ...]:
        """Terms of three characters and more, by their sound."""
        return tuple(_sounding(self.terms))

    @cached_property
    def _heard(self) -> Scanner:
        """Terms, and telling cues, of three characters and more, by their sound."""
        telling = [p for p in self.cues if p.entry is not None and p.entry.weight >= HEARD_FROM]
        return Scanner((self.sounds, tuple(_sounding(telling))), attrgetter("sound.text"))


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


__all__ = ["GAP", "Lexicon", "LexiconError", "load_lexicon"]
