"""Find links whose host imitates a brand: ``okx-login.com``, ``biannce.com``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nlp.analysis import Finding, Span
from nlp.detectors.links import find_links
from nlp.detectors.terms import MAX_REPEATS

if TYPE_CHECKING:
    from crawler.document import Document, Link
    from nlp.lexicon import Lexicon
    from nlp.normalise import Normalised

LONGEST_QUOTE = 40
"""Characters quoted of the words of a link, or of a title for one without."""

MAX_HOSTS = 400
"""Different hosts of one text that are looked up: thousands are nobody's lure, and each costs time."""


def find_lookalikes(block: int, text: Normalised, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``brand/lookalike:<name>`` on hosts of links, ordered by span.

    ``normal`` is the brand's domain that is imitated. Own domains and known mirrors are no findings.
    """
    found = []
    hosts: set[str] = set()
    seen: Counter[str] = Counter()
    for link in find_links(text):
        if link.host not in hosts and len(hosts) == MAX_HOSTS:
            continue
        hosts.add(link.host)
        known = lexicon.brand_of_host(link.host)
        if known is None or known.how != "lookalike":
            continue
        seen[known.rule] += 1
        if seen[known.rule] <= MAX_REPEATS:
            span = _host_in(text.raw, link.start, link.end, link.host)
            matched = text.raw[span[0] : span[1]]
            found.append(
                Finding(known.rule, Span(block, *span), matched, known.domain, lexicon.lookalike_weight)
            )
    return tuple(found)


def linked_lookalikes(document: Document, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``brand/lookalike:<name>`` on where a document leads and what nobody reads there.

    Hosts behind the words of links, and the document's own, each once. The span is that of the words that
    lead there; of a link without words and of the document's own host, the beginning of its title. A host
    that stands in the words themselves is left to :func:`find_lookalikes`.
    """
    hosts: dict[str, Link | None] = {_host_of(document.url): None}
    for link in document.links:
        if (host := _host_of(link.url)) not in hosts:
            if len(hosts) > MAX_HOSTS:
                break
            hosts[host] = link
    found = []
    for host, first in hosts.items():
        known = lexicon.brand_of_host(host) if host else None
        if known is None or known.how != "lookalike":
            continue
        span = _words_of(first, document)
        if span is not None and host not in document.blocks[span.block].text.lower():
            words = document.blocks[span.block].text[span.start : span.end]
            found.append(Finding(known.rule, span, words, known.domain, lexicon.lookalike_weight))
    return tuple(sorted(found, key=lambda one: (one.span.block, one.span.start)))


def _host_of(url: str) -> str:
    """The host of an absolute address; cheap, for there are many."""
    parts = url.split("/", 3)
    return parts[2].rpartition("@")[2].partition(":")[0].lower() if len(parts) > 2 else ""


def _words_of(link: Link | None, document: Document) -> Span | None:
    """Where the words of a link stand."""
    block = link.block if link is not None else -1
    if block < 0:
        block = _title_of(document)
    if not 0 <= block < len(document.blocks):
        return None
    text = document.blocks[block].text
    start = text.find(link.text) if link is not None and link.text else -1
    if link is not None and start >= 0:
        return Span(block, start, start + min(len(link.text), LONGEST_QUOTE))
    start = len(text) - len(text.lstrip())
    return Span(block, start, min(len(text), start + LONGEST_QUOTE)) if start < len(text) else None


def _title_of(document: Document) -> int:
    """Number of the title's block, else of the first that shows anything; -1 where none does."""
    shown = [number for number, block in enumerate(document.blocks) if block.text.strip()]
    titles = [number for number in shown if document.blocks[number].kind == "title"]
    return next(iter([*titles, *shown]), -1)


def _host_in(raw: str, start: int, end: int, host: str) -> tuple[int, int]:
    """Where the host stands in its link; the whole link where it is written otherwise."""
    at = raw[start:end].lower().find(host)
    return (start, end) if at < 0 else (start + at, start + at + len(host))
