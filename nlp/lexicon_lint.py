"""Mistakes that no single file can know: names that must exist elsewhere, words that stand twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.analysis import CATEGORIES
from nlp.errors import LexiconError
from nlp.lexicon_entries import GAP
from nlp.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nlp.lexicon_entries import Allowed, Context, Entry


def check_whole(
    entries: Sequence[Entry], contexts: Sequence[Context], allowed: Sequence[Allowed]
) -> Iterator[LexiconError]:
    """Each mistake with file, line and field."""
    words = {context.name: set(context.words) for context in contexts}
    groups = {entry.group for entry in entries if entry.kind == "cue"}
    seen: dict[str, int] = {}
    for entry in entries:
        for problem, field in (
            *_unknown_groups(entry, words),
            *_settles_itself(entry, words),
            *_invisible(entry),
            *_alone(entry),
            *_dated(entry),
        ):
            yield LexiconError(f"{problem} in {entry.term}", path=entry.path, line=entry.line, field=field)
        if entry.rule in seen:
            message = f"{entry.term} stands already at line {seen[entry.rule]}"
            yield LexiconError(message, path=entry.path, line=entry.line, field="term")
        seen.setdefault(entry.rule, entry.line)
    yield from _twice(entries)
    yield from _shared_domains(entries)
    yield from _allowed_twice(allowed)
    yield from _invisible_words(contexts, allowed)
    for context in contexts:
        for bad in sorted((set(context.categories) - set(CATEGORIES)) | (set(context.cues) - groups)):
            message = f"{bad!r} is neither category nor cue group"
            yield LexiconError(message, path=context.path, line=context.line)


def _twice(entries: Iterable[Entry]) -> Iterator[LexiconError]:
    """A form that two entries of one group write: which of them is found would be chance."""
    seen: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        for form in entry.written:
            key = (entry.kind, "" if entry.kind == "brand" else entry.group, form.casefold())
            first = seen.setdefault(key, entry)
            if first.rule != entry.rule:
                message = f"{form} of {entry.term} is a form of {first.term} at line {first.line} already"
                yield LexiconError(message, path=entry.path, line=entry.line, field="forms")


def _unknown_groups(entry: Entry, words: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for name in sorted({name for item in entry.needs for name in item} | set(entry.unless)):
        if name not in words:
            yield f"{name!r} is not in context.yaml", "needs"


def _settles_itself(entry: Entry, words: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """A word said twice must not be its own context."""
    for item in entry.needs:
        for form in entry.written:
            if len(item) == 1 and form in words.get(item[0], ()):
                yield f"{form} is a word of {item[0]}, which it needs,", "needs"


def _empty(word: str) -> bool:
    """Whether the normaliser leaves nothing of a word: zero-width characters, variation selectors."""
    return not any(char.isalnum() for char in word) and not normalise(word).text.strip()


def _invisible(entry: Entry) -> Iterator[tuple[str, str]]:
    for form in entry.written:
        if any(_empty(part) for part in form.split(GAP) if part):
            yield f"the form {form!r} is nothing once normalised", "forms"


def _invisible_words(contexts: Iterable[Context], allowed: Iterable[Allowed]) -> Iterator[LexiconError]:
    for context in contexts:
        for word in filter(_empty, context.words):
            message = f"{word!r} of {context.name} is nothing once normalised"
            yield LexiconError(message, path=context.path, line=context.line, field="words")
    for phrase in allowed:
        if _empty(phrase.phrase):
            message = f"{phrase.phrase!r} is nothing once normalised"
            yield LexiconError(message, path=phrase.path, line=phrase.line, field="phrases")


def _alone(entry: Entry) -> Iterator[tuple[str, str]]:
    """One character is part of too many words to say anything alone."""
    if entry.kind != "cue" and not entry.ambiguous:
        for form in entry.written:
            if len(form) == 1:
                yield f"the form {form} is one character: it must be ambiguous", "ambiguous"


def _dated(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.last_seen and entry.last_seen < entry.first_seen[: len(entry.last_seen)]:
        yield f"{entry.last_seen} is before first_seen, {entry.first_seen},", "last_seen"


def _shared_domains(entries: Iterable[Entry]) -> Iterator[LexiconError]:
    owners: dict[str, Entry] = {}
    for entry in entries:
        for domain in entry.domains:
            first = owners.setdefault(domain, entry)
            if first is not entry:
                message = f"{domain} of {entry.term} is a domain of {first.term} at line {first.line} already"
                yield LexiconError(message, path=entry.path, line=entry.line, field="domains")


def _allowed_twice(allowed: Iterable[Allowed]) -> Iterator[LexiconError]:
    seen: dict[str, int] = {}
    for phrase in allowed:
        first = seen.setdefault(phrase.phrase, phrase.line)
        if first != phrase.line:
            message = f"{phrase.phrase} stands already at line {first}"
            yield LexiconError(message, path=phrase.path, line=phrase.line, field="phrases")
