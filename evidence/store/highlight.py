"""Where in the raw text of a hit a query matched; one function for both stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.store.index_document import contact_keys, keyword_keys
from evidence.store.protocol import Highlight
from evidence.store.query_tree import Keyword, Text, positive_leaves
from evidence.store.terms import fold, places, term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from evidence.hit import Hit
    from evidence.store.query_tree import Node
    from evidence.store.terms import Spelling
    from nlp.analysis import Contact, Span

_CONTACT_FIELDS = frozenset({"handle", "wallet", "invite", "package"})


def highlights(node: Node, hit: Hit) -> tuple[Highlight, ...]:
    """Ranges in the raw blocks that made ``node`` find ``hit``: ordered, merged where they touch."""
    leaves = tuple(dict.fromkeys(positive_leaves(node)))
    terms = [term(leaf.value, prefix=leaf.prefix) for leaf in leaves if isinstance(leaf, Text)]
    found = list(_in_blocks(hit, terms)) if terms else []
    for leaf in leaves:
        found += [(span.block, span.start, span.end) for span in _spans(leaf, hit)]
    return tuple(Highlight(*ranged) for ranged in _merged(found))


def _in_blocks(hit: Hit, terms: list[tuple[Spelling, ...]]) -> Iterator[tuple[int, int, int]]:
    from nlp.normalise import normalise

    spelled = [spelling for group in terms for spelling in group]
    for number, block in enumerate(hit.document.blocks):
        for start, end in places(fold(block.text), spelled):
            yield number, start, end
        normalised = normalise(block.text)
        for start, end in places(fold(normalised.text), spelled):
            yield number, *normalised.source(start, end)


def _spans(leaf: Text | Keyword, hit: Hit) -> Iterator[Span]:
    """Spans of contacts and findings that a leaf names."""
    match leaf:
        case Text(value, prefix):
            spelled = term(value, prefix=prefix)
            for contact in hit.analysis.contacts:
                if any(spelling.pattern().search(fold(contact.handle)) for spelling in spelled):
                    yield contact.span
        case Keyword("platform", value, prefix):
            for contact in hit.analysis.contacts:
                if _same(fold(contact.platform), fold(value).strip(), prefix=prefix):
                    yield contact.span
        case Keyword("rule", value, prefix):
            for finding in hit.analysis.findings:
                if _same(fold(finding.rule), fold(value).strip(), prefix=prefix):
                    yield finding.span
        case Keyword(field, value, prefix) if field in _CONTACT_FIELDS:
            keys = keyword_keys(field, value)
            for contact in hit.analysis.contacts:
                if any(
                    _same(form, key, prefix=prefix) for form in _contact_forms(contact, field) for key in keys
                ):
                    yield contact.span


def _contact_forms(contact: Contact, field: str) -> Iterator[str]:
    platform = fold(contact.platform)
    scope = platform.removeprefix("wallet:") if field == "wallet" else platform
    for key in contact_keys(contact):
        yield key
        yield f"{scope}:{key}"


def _same(stored: str, asked: str, *, prefix: bool) -> bool:
    return stored.startswith(asked) if prefix else stored == asked


def _merged(ranges: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    merged: list[tuple[int, int, int]] = []
    for block, start, end in sorted(set(ranges)):
        if start >= end:
            continue
        if merged and merged[-1][0] == block and start <= merged[-1][2]:
            merged[-1] = (block, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((block, start, end))
    return merged
