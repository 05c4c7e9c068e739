"""What an edited lexicon would find and no longer find in texts seen before, before it is published.

Two lexicons read the same documents; a finding that only one of them makes was gained or lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from nlp.case import FINDING_DETECTORS
from nlp.lexicon import default_folder
from nlp.lexicon_files import read_folder
from nlp.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.document import Document
    from nlp.analyse import Engine
    from nlp.lexicon import Lexicon
    from nlp.lexicon_entries import LexiconFiles
    from nlp.normalise import Normalised

AROUND = 16
"""Characters of the raw text shown to either side of a word."""

BATCH = 256

Side = Literal["gained", "lost"]


@dataclass(frozen=True, slots=True)
class Example:
    """A word of one text that only one of the two lexicons finds, with the raw text around it."""

    side: Side
    ref: str
    url: str
    before: str
    matched: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One rule: findings gained and lost, the texts they stand in, and the first examples of each."""

    rule: str
    gained: int
    lost: int
    texts: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class LeadChange:
    """A text that becomes a lead, or no longer is one, with its scores under the two lexicons."""

    side: Side
    ref: str
    url: str
    title: str
    old_score: float
    new_score: float


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole comparison: ``changed`` of ``texts`` differ; ``leads`` is None unless verdicts were asked."""

    old: str
    new: str
    texts: int
    changed: int
    gained: int
    lost: int
    rules: tuple[Change, ...]
    leads: tuple[LeadChange, ...] | None = None


def read_edited(edited: Path, folder: Path | None = None) -> LexiconFiles:
    """The files as they would be with ``edited``: a whole folder, or one file among those of ``folder``."""
    if edited.is_dir():
        return read_folder(edited)
    return read_folder(folder or default_folder(), edited=edited)


def preview(
    documents: Iterable[tuple[str, Document]],
    old: Lexicon,
    new: Lexicon,
    *,
    most: int = 3,
    engines: tuple[Engine, Engine] | None = None,
) -> Preview:
    """Compare two lexicons over ``(ref, document)`` pairs, as a stream.

    ``most`` examples a rule and side are kept. With ``engines`` (the old and the new one) the verdicts of
    each document are compared too.
    """
    count = _Count(most)
    leads: list[LeadChange] = []
    stream = iter(documents)
    while batch := list(islice(stream, BATCH)):
        for ref, document in batch:
            count.add(ref, document, old, new)
        if engines is not None:
            leads += _changed_leads(batch, *engines)
    return count.close(old.version, new.version, tuple(leads) if engines is not None else None)


@dataclass(slots=True)
class _Rule:
    gained: int = 0
    lost: int = 0
    texts: int = 0
    examples: list[Example] = field(default_factory=list)


class _Count:
    """Counts differences text by text; holds counts and a few examples, never the texts."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rules: dict[str, _Rule] = {}
        self._texts = self._changed = 0

    def add(self, ref: str, document: Document, old: Lexicon, new: Lexicon) -> None:
        self._texts += 1
        touched: set[str] = set()
        for number, block in enumerate(document.blocks):
            text = normalise(block.text)
            before, after = _found(number, text, old), _found(number, text, new)
            for finding in sorted(before ^ after, key=lambda found: (found.start, found.end, found.rule)):
                side: Side = "gained" if finding in after else "lost"
                touched.add(finding.rule)
                self._note(finding.rule, _example(side, ref, document.url, block.text, finding))
        for rule in touched:
            self._rules[rule].texts += 1
        self._changed += bool(touched)

    def _note(self, rule: str, example: Example) -> None:
        counted = self._rules.setdefault(rule, _Rule())
        if example.side == "gained":
            number = counted.gained = counted.gained + 1
        else:
            number = counted.lost = counted.lost + 1
        if number <= self._most:
            counted.examples.append(example)

    def close(self, old: str, new: str, leads: tuple[LeadChange, ...] | None) -> Preview:
        """The comparison, most changed rules first."""
        rules = [
            Change(name, rule.gained, rule.lost, rule.texts, tuple(rule.examples))
            for name, rule in self._rules.items()
        ]
        rules.sort(key=lambda change: (-change.texts, change.rule))
        gained, lost = sum(rule.gained for rule in rules), sum(rule.lost for rule in rules)
        return Preview(old, new, self._texts, self._changed, gained, lost, tuple(rules), leads)


class _Found(NamedTuple):
    rule: str
    start: int
    end: int


def _found(number: int, text: Normalised, lexicon: Lexicon) -> set[_Found]:
    findings = [found for find in FINDING_DETECTORS for found in find(number, text, lexicon)]
    return {_Found(found.rule, found.span.start, found.span.end) for found in findings}


def _example(side: Side, ref: str, url: str, text: str, found: _Found) -> Example:
    before = text[max(0, found.start - AROUND) : found.start]
    return Example(
        side, ref, url, before, text[found.start : found.end], text[found.end : found.end + AROUND]
    )


def _changed_leads(batch: list[tuple[str, Document]], old: Engine, new: Engine) -> Iterator[LeadChange]:
    from nlp.analyse import analyse_many

    documents = [document for _, document in batch]
    verdicts = zip(batch, analyse_many(documents, old), analyse_many(documents, new), strict=True)
    for (ref, document), before, after in verdicts:
        if before.lead is not after.lead:
            yield LeadChange(
                "gained" if after.lead else "lost",
                ref,
                document.url,
                document.title,
                before.score.probability,
                after.score.probability,
            )
