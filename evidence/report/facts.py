"""What is known about a lead's subject, each fact with its source and time, or ``not found``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.urls import registrable_domain
from evidence.report.model import NOT_FOUND, Fact
from evidence.seal import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evidence.hit import Hit
    from evidence.lead import Lead

SOUGHT = ("operator", "filing_no", "package", "signing_fingerprint", "domain", "ip", "tls_issuer")
"""Facts that every report speaks of, in this order."""


def subject_facts(lead: Lead, hits: Sequence[Hit]) -> tuple[Fact, ...]:
    """Every distinct value found for the facts sought; ``not found`` where there is none."""
    found: dict[str, dict[str, Fact]] = {name: {} for name in SOUGHT}
    if lead.subject.kind in found:
        value = lead.subject.value
        found[lead.subject.kind][value] = Fact(lead.subject.kind, value, at=lead.first_seen)
    for hit in hits:
        for fact in _facts_of(hit):
            known = found[fact.name].get(fact.value)
            if known is None or (known.source == "" and fact.source):
                found[fact.name][fact.value] = fact
    return tuple(fact for name in SOUGHT for fact in found[name].values() or [Fact(name, NOT_FOUND)])


def _facts_of(hit: Hit) -> Iterator[Fact]:
    document, listing, capture = hit.document, hit.document.listing, hit.capture
    values: list[tuple[str, str]] = []
    if listing is not None:
        values += [
            ("operator", listing.developer),
            ("filing_no", listing.filing_no),
            ("package", listing.package),
            ("signing_fingerprint", listing.signing_fingerprint),
        ]
    values += [("operator", slot.advertiser) for slot in document.ad_slots]
    if document.source == "web" and "//" in document.url:
        values.append(("domain", registrable_domain(document.url)))
    if capture is not None:
        values += [(name, capture.record.get(name, "")) for name in ("ip", "tls_issuer")]
    for name, value in values:
        if value and value not in (UNKNOWN, "not applicable"):
            yield Fact(name, value, source=document.url or hit.ref, at=hit.seen_at)
