"""Find links whose host imitates a brand: ``okx-login.com``, ``biannce.com``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nlp.analysis import Finding, Span
from nlp.detectors.links import find_links
from nlp.detectors.terms import MAX_REPEATS

if TYPE_CHECKING:
    from nlp.lexicon import Lexicon
    from nlp.normalise import Normalised

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


def _host_in(raw: str, start: int, end: int, host: str) -> tuple[int, int]:
    """Where the host stands in its link; the whole link where it is written otherwise."""
    at = raw[start:end].lower().find(host)
    return (start, end) if at < 0 else (start + at, start + at + len(host))
