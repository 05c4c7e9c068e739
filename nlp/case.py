"""A case: one document made ready for scoring, with what the detectors found and where its units lie."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Document
from nlp.analysis import Contact, Finding
from nlp.detectors.contacts import find_contacts
from nlp.detectors.referrals import find_referrals
from nlp.detectors.stance import find_cues
from nlp.detectors.terms import find_terms
from nlp.detectors.wallets import find_wallets
from nlp.facts import count_facts
from nlp.normalise import Normalised, normalise
from nlp.windows import WINDOW, Joined, cut_windows, join_blocks

if TYPE_CHECKING:
    from nlp.lexicon import Lexicon

CONTACT_DETECTORS = (find_contacts, find_wallets, find_referrals)
FINDING_DETECTORS = (find_terms, find_cues)

APART = frozenset({"ad", "ocr", "qr", "comment", "alt"})
"""Kinds of block that are scored by themselves as well."""
SHORTEST_APART = 8
MOST_APART = 400

Place = tuple[int, int]
"""Block number and offset in its source text."""


@dataclass(frozen=True, slots=True)
class Case:
    """Normalised blocks, their joined text, its units, and findings and contacts in order of place."""

    document: Document
    blocks: tuple[Normalised, ...]
    joined: Joined
    units: tuple[tuple[int, int], ...]
    findings: tuple[Finding, ...]
    contacts: tuple[Contact, ...]

    def place(self, position: int) -> Place:
        """Where a position of the joined text lies in the source."""
        block, offset = self.joined.block_at(position)
        if not self.blocks:
            return 0, 0
        return block, self.blocks[block].squeezed.source(offset, offset)[0]

    def bounds(self, unit: int) -> tuple[Place, Place]:
        """Source range of a unit."""
        start, end = self.units[unit]
        return self.place(start), (self.place(end) if end < len(self.joined.text) else (len(self.blocks), 0))

    def findings_in(self, unit: int) -> tuple[Finding, ...]:
        """Findings that begin in a unit."""
        low, high = _slice(self.findings, *self.bounds(unit))
        return self.findings[low:high]

    def contacts_in(self, unit: int) -> tuple[Contact, ...]:
        """Contacts that begin in a unit."""
        low, high = _slice(self.contacts, *self.bounds(unit))
        return self.contacts[low:high]

    @property
    def sound(self) -> str:
        """What the joined text sounds like."""
        return "\n".join(block.sound.text for block in self.blocks if block.squeezed.text.strip())

    def facts(self, unit: int) -> dict[str, float]:
        """Facts of a unit; of the only unit, all findings count."""
        start, end = self.units[unit]
        alone = len(self.units) == 1
        findings = self.findings if alone else self.findings_in(unit)
        contacts = self.contacts if alone else self.contacts_in(unit)
        return count_facts(
            (finding.rule for finding in findings),
            (contact.platform for contact in contacts),
            length=end - start,
        )


def _slice(found: tuple[Finding, ...] | tuple[Contact, ...], low: Place, high: Place) -> tuple[int, int]:
    def place(item: Finding | Contact) -> Place:
        return item.span.block, item.span.start

    return bisect_left(found, low, key=place), bisect_left(found, high, key=place)


def _span_key(item: Finding | Contact) -> tuple[int, int, int]:
    return item.span.block, item.span.start, item.span.end


def _blocks_apart(document: Document, joined: Joined) -> list[tuple[int, int]]:
    """The blocks that are scored by themselves as well."""
    if len(joined.starts) == 1:
        return []
    ends = (*(start - 1 for start in joined.starts[1:]), len(joined.text))
    apart = [
        (start, min(end, start + 2 * WINDOW))
        for start, end, number in zip(joined.starts, ends, joined.numbers, strict=True)
        if document.blocks[number].kind in APART and end - start >= SHORTEST_APART
    ]
    return apart[:MOST_APART]


def normalise_blocks(document: Document) -> tuple[Normalised, ...]:
    """The normalised text of each block."""
    return tuple(normalise(block.text) for block in document.blocks)


def open_case(document: Document, blocks: tuple[Normalised, ...], lexicon: Lexicon) -> Case:
    """Run every detector on the normalised blocks of a document."""
    joined = join_blocks([block.squeezed.text for block in blocks])
    findings = [
        finding
        for number, block in enumerate(blocks)
        for detect in FINDING_DETECTORS
        for finding in detect(number, block, lexicon)
    ]
    contacts = [
        contact
        for number, block in enumerate(blocks)
        for detect in CONTACT_DETECTORS
        for contact in detect(number, block)
    ]
    return Case(
        document=document,
        blocks=blocks,
        joined=joined,
        units=(*cut_windows(joined.text), *_blocks_apart(document, joined)),
        findings=tuple(sorted(findings, key=_span_key)),
        contacts=tuple(sorted(contacts, key=_span_key)),
    )
