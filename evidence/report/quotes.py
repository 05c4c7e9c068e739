"""Quotes in context with their marks, and the masking of bystanders' personal data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from evidence.report.model import Mark, MarkKind, Quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.document import Block
    from evidence.hit import Hit

CONTEXT = 60
MOST_QUOTES = 12
"""Characters of context on each side, and how many quotes of one hit a report lists."""

_PERSONAL = (
    # mainland identity card, 18 or 15 characters
    re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])"),
    re.compile(r"(?<![0-9A-Za-z])[1-9]\d{14}(?![0-9A-Za-z])"),
    # bank card, in groups of four or not
    re.compile(r"(?<![0-9A-Za-z])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])"),
    # mainland mobile number, with or without country code and separators
    re.compile(r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"),
    re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII),
)
_SHOWN_HEAD, _SHOWN_TAIL = 3, 2


class _Place(NamedTuple):
    start: int
    end: int
    kind: MarkKind
    rule: str
    normal: str
    weight: float


def mask_personal(text: str, *, keep: Iterable[tuple[int, int]] = ()) -> str:
    """The text with phone, identity and card numbers and addresses of mail masked, as long as before.

    ``keep`` are ranges that stay readable: the contacts that the promoter offers.
    """
    kept = list(keep)
    chars = list(text)
    for pattern in _PERSONAL:
        for found in pattern.finditer(text):
            if any(start < found.end() and found.start() < end for start, end in kept):
                continue
            for at in range(found.start() + _SHOWN_HEAD, found.end() - _SHOWN_TAIL):
                if chars[at].isalnum():
                    chars[at] = "*"
    return "".join(chars)


def quotes_of(hit: Hit) -> tuple[tuple[Quote, ...], int]:
    """The hit's quotes in reading order, and how many were left out (the weakest)."""
    found: list[tuple[float, Quote]] = []
    for number, block in enumerate(hit.document.blocks):
        places = sorted(_places(hit, number, len(block.text)))
        found.extend(_block_quotes(number, block, places))
    if not found:
        found.extend(_deciding_block(hit))
    strongest = sorted(found, key=lambda pair: -pair[0])[:MOST_QUOTES]
    listed = sorted((quote for _, quote in strongest), key=lambda quote: (quote.block, quote.start))
    return tuple(listed), len(found) - len(listed)


def masked_title(hit: Hit, title: str) -> str:
    """A title without bystanders' data; the hit's own contacts stay readable."""
    kept = []
    for contact in hit.analysis.contacts:
        at = title.find(contact.raw) if contact.raw else -1
        if at >= 0:
            kept.append((at, at + len(contact.raw)))
    return mask_personal(title, keep=kept)


def _places(hit: Hit, number: int, length: int) -> Iterator[_Place]:
    """Marked ranges of a block. A range outside the text (a damaged record) is cut to it."""
    for finding in hit.analysis.findings:
        if finding.span.block == number and finding.span.start < min(finding.span.end, length):
            normal = mask_personal(finding.normal)
            end = min(finding.span.end, length)
            kind: MarkKind = "counter" if finding.against else "finding"
            yield _Place(finding.span.start, end, kind, finding.rule, normal, abs(finding.weight))
    for contact in hit.analysis.contacts:
        if contact.span.block == number and contact.span.start < min(contact.span.end, length):
            end = min(contact.span.end, length)
            yield _Place(contact.span.start, end, "contact", contact.platform, contact.handle, 1.0)


def _block_quotes(number: int, block: Block, places: Sequence[_Place]) -> Iterator[tuple[float, Quote]]:
    keep = [(place.start, place.end) for place in places if place.kind == "contact"]
    text = mask_personal(block.text, keep=keep)
    group: list[_Place] = []
    reach = -1
    for place in places:
        if group and place.start - CONTEXT > reach + CONTEXT:
            yield _quote(number, block, text, group)
            group = []
        group.append(place)
        reach = max(reach, place.end) if len(group) > 1 else place.end
    if group:
        yield _quote(number, block, text, group)


def _quote(number: int, block: Block, text: str, places: Sequence[_Place]) -> tuple[float, Quote]:
    start = max(0, min(place.start for place in places) - CONTEXT)
    end = min(len(text), max(place.end for place in places) + CONTEXT)
    marks = tuple(
        Mark(
            start=place.start - start,
            end=place.end - start,
            kind=place.kind,
            rule=place.rule,
            normal=place.normal,
        )
        for place in places
    )
    quote = Quote(number, block.kind, block.where, block.visible, start, end, text[start:end], marks)
    return sum(place.weight for place in places), quote


def _deciding_block(hit: Hit) -> Iterator[tuple[float, Quote]]:
    """Where no rule marked anything (the model alone decided): the beginning of the block that decided."""
    number = hit.analysis.block
    if 0 <= number < len(hit.document.blocks):
        block = hit.document.blocks[number]
        end = min(len(block.text), 4 * CONTEXT)
        yield (
            0.0,
            Quote(
                number, block.kind, block.where, block.visible, 0, end, mask_personal(block.text)[:end], ()
            ),
        )
