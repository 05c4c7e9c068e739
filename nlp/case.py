"""A case: an excerpt of one document made ready for scoring, with what the detectors found and its units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crawler.document import Document
from nlp.analysis import Contact, Finding, Span
from nlp.detectors.app_names import lures_of
from nlp.detectors.contacts import find_contacts
from nlp.detectors.lookalikes import find_lookalikes
from nlp.detectors.referrals import find_referrals
from nlp.detectors.stance import find_cues
from nlp.detectors.terms import find_terms
from nlp.detectors.wallets import find_wallets
from nlp.facts import count_facts
from nlp.mend import ODD, VERY_ODD, share_changed
from nlp.normalise import Normalised, normalise
from nlp.pieces import Excerpt
from nlp.windows import WINDOW, cut_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nlp.lexicon import Lexicon
    from nlp.mend import Mender
    from nlp.pieces import Place

CONTACT_DETECTORS = (find_contacts, find_wallets, find_referrals)
FINDING_DETECTORS = (find_terms, find_cues, find_lookalikes)

CHANNELS = ("joined", "squeezed", "sound")
"""Spellings of a text that detectors read, each made of the one before."""

APART = frozenset({"ad", "ocr", "qr", "comment", "alt"})
"""Kinds of block that are scored by themselves as well."""
SHORTEST_APART = 8
MOST_APART = 400
AROUND = 2400
"""Characters of an excerpt that a deep tier reads."""


@dataclass(frozen=True, slots=True)
class Case:
    """The normalised excerpt, its units, and findings and contacts in order of place in the source.

    ``units`` are ranges of ``reading``; ``mended`` is the share of characters that were mended.
    """

    document: Document
    excerpt: Excerpt
    text: Normalised
    units: tuple[tuple[int, int], ...]
    findings: tuple[Finding, ...]
    contacts: tuple[Contact, ...]
    mended: float = 0.0

    @property
    def reading(self) -> str:
        """The spelling that is scored: squeezed."""
        return self.text.squeezed.text

    @property
    def sound(self) -> str:
        """What the reading sounds like."""
        return self.text.sound.text

    def place(self, position: int) -> Place:
        """Where a position of the reading lies in the source."""
        return self.excerpt.place(self.text.squeezed.source(position, position)[0])

    def quote(self, start: int, end: int) -> tuple[Span, str] | None:
        """Span and words of the source behind a range of the reading; None where it crosses blocks."""
        first, last = self.text.squeezed.source(start, end)
        span = self.excerpt.span(first, last)
        return None if span is None else (span, self.text.raw[first:last])

    def around(self, start: int, *, longest: int = AROUND) -> str:
        """The raw excerpt, of a long one what stands around a position of the reading."""
        raw = self.text.raw
        middle = self.text.squeezed.source(start, start)[0]
        first = max(0, min(middle - longest // 4, len(raw) - longest))
        return raw[first : first + longest]

    def findings_in(self, unit: int) -> tuple[Finding, ...]:
        """Findings that begin in a unit."""
        ((first, beyond),) = self._ranges(self.findings, [self.units[unit]])
        return self.findings[first:beyond]

    def facts(self) -> list[dict[str, float]]:
        """Facts of each unit; of an only unit, all findings count."""
        rules = [finding.rule for finding in self.findings]
        platforms = [contact.platform for contact in self.contacts]
        spelt = {"mended": self.mended} if self.mended else {}
        inside = zip(
            self.units,
            self._ranges(self.findings, self.units),
            self._ranges(self.contacts, self.units),
            strict=True,
        )
        return [
            count_facts(rules[slice(*found)], platforms[slice(*named)], end - start) | spelt
            for (start, end), found, named in inside
        ]

    def _ranges(
        self, found: Sequence[Finding | Contact], units: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """For each unit, the range of what begins in it."""
        # what begins in characters that the reading leaves out belongs to the unit at its border
        if not found or (len(units) == 1 and units[0] == (0, len(self.reading))):
            return [(0, len(found))] * len(units)
        places = self.excerpt.offsets([(item.span.block, item.span.start) for item in found])
        starts, ends = np.array(units, np.int64).T
        sources = self.text.squeezed.sources(np.concatenate([starts, ends]))
        first, beyond = np.split(np.searchsorted(places, sources), 2)
        first[starts == 0] = 0
        beyond[ends >= len(self.reading)] = len(found)
        return list(zip(first.tolist(), beyond.tolist(), strict=True))


def _span_key(item: Finding | Contact) -> tuple[int, int, int]:
    return item.span.block, item.span.start, item.span.end


def _blocks_apart(document: Document, excerpt: Excerpt, text: Normalised) -> Iterator[tuple[int, int]]:
    """The segments whose blocks are scored by themselves as well, as ranges of the reading."""
    if len(excerpt.segments) == 1:
        return
    for at, block, start, end in excerpt.segments:
        if document.blocks[block].kind in APART and end - start >= SHORTEST_APART:
            first = text.squeezed.position(at)
            yield first, min(text.squeezed.position(at + end - start), first + 2 * WINDOW)


def open_case(document: Document, excerpt: Excerpt, lexicon: Lexicon, mender: Mender | None = None) -> Case:
    """Run every detector on an excerpt of a document; a mender mends its disguised spelling first."""
    return open_cases([(document, excerpt)], lexicon, mender)[0]


def open_cases(
    excerpts: Sequence[tuple[Document, Excerpt]], lexicon: Lexicon, mender: Mender | None = None
) -> list[Case]:
    """Run every detector on excerpts of documents.

    A detector reads one text after the other: its tables then stay in the processor's cache.
    """
    plain = [normalise(excerpt.text) for _, excerpt in excerpts]
    texts = (
        plain
        if mender is None
        else [
            mender.mend(text, limit=VERY_ODD if excerpt.partial else ODD)
            for text, (_, excerpt) in zip(plain, excerpts, strict=True)
        ]
    )
    changed = [share_changed(old.text, new.text) for old, new in zip(plain, texts, strict=True)]
    for channel in CHANNELS:
        for text in texts:
            getattr(text, channel)
    findings: list[list[Finding]] = [[] for _ in texts]
    for detect in FINDING_DETECTORS:
        for text, found in zip(texts, findings, strict=True):
            found += detect(0, text, lexicon)
    contacts: list[list[Contact]] = [[] for _ in texts]
    for detector in CONTACT_DETECTORS:
        for text, reached in zip(texts, contacts, strict=True):
            reached += detector(0, text)
    linked = [_linked(document, excerpt, lexicon) for document, excerpt in excerpts]
    return [
        replace(_make_case(document, excerpt, text, found, reached, lures), mended=share)
        for (document, excerpt), text, found, reached, lures, share in zip(
            excerpts, texts, findings, contacts, linked, changed, strict=True
        )
    ]


def _linked(document: Document, excerpt: Excerpt, lexicon: Lexicon) -> list[Finding]:
    """What is found in the links of a document, where the excerpt holds their words; placed in the source."""
    return [lure for lure in lures_of(document, lexicon) if excerpt.holds(lure.span)]


def _make_case(
    document: Document,
    excerpt: Excerpt,
    text: Normalised,
    findings: list[Finding],
    contacts: list[Contact],
    linked: list[Finding],
) -> Case:
    """The case of an excerpt whose findings and contacts are placed in its text; ``linked`` in the source."""
    if len(excerpt.segments) > 1 or excerpt.place(0) != (0, 0):
        findings = list(_placed_findings(findings, excerpt))
        contacts = list(_placed_contacts(contacts, excerpt))
    apart = list(_blocks_apart(document, excerpt, text))[:MOST_APART]
    return Case(
        document=document,
        excerpt=excerpt,
        text=text,
        units=(*cut_windows(text.squeezed.text, alone=not excerpt.partial), *apart),
        findings=tuple(sorted([*findings, *linked], key=_span_key)),
        contacts=tuple(sorted(contacts, key=_span_key)),
    )


def _placed_findings(findings: Iterable[Finding], excerpt: Excerpt) -> Iterator[Finding]:
    """Findings of the excerpt where they lie in the source; one that crosses blocks is none."""
    for finding in findings:
        placed = excerpt.span(finding.span.start, finding.span.end)
        if placed is not None:
            yield Finding(finding.rule, placed, finding.matched, finding.normal, finding.weight)


def _placed_contacts(contacts: Iterable[Contact], excerpt: Excerpt) -> Iterator[Contact]:
    for contact in contacts:
        placed = excerpt.span(contact.span.start, contact.span.end)
        if placed is not None:
            yield Contact(contact.platform, contact.handle, placed, contact.raw, contact.confidence)
