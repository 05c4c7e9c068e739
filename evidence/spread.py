"""How widely a subject is spread, and what follows: what strangers share names nobody.

Share buttons, public resolvers, statistics accounts and the like are known by the number of unrelated sites
that carry them. Their leads are kept and shown as suppressed, last of all.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from crawler.urls import host_of, registrable_domain
from evidence.clock import parse_moment
from evidence.subjects import grouping

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from evidence.hit import Hit
    from evidence.lead import Lead

MOST_CARRIERS = 256
"""Counted exactly so far. The smallest digests are kept, so the order of the hits does not matter."""
_DIGITS = 10
_DAY_S = 86_400


def site_of(hit: Hit) -> str:
    """The registrable domain that a hit was found on; its job where it has no address."""
    address = hit.fetched_url or hit.document.url
    host = host_of(address) if "//" in address else ""
    return registrable_domain(host) if host else f"job:{hit.job}"


def carriers(before: tuple[str, ...], hits: Iterable[Hit]) -> tuple[str, ...]:
    """The digests of sites with those of ``hits`` added: sorted, the smallest MOST_CARRIERS of them."""
    added = {hashlib.sha256(site_of(hit).encode("utf-8", "replace")).hexdigest()[:_DIGITS] for hit in hits}
    return tuple(sorted({*before, *added})[:MOST_CARRIERS])


def is_suppressed(lead: Lead, *, everywhere_from: int) -> bool:
    """Whether a subject names nobody by its spread; what people have taken up is never suppressed.

    ``everywhere_from``: sites from which on it does (0: none does).
    """
    return 0 < everywhere_from <= len(lead.carriers) and lead.state == "new"


def current_priority(lead: Lead, *, now: datetime) -> float:
    """Priority as of ``now``: a share of the lead's score fades with the days since it was last seen."""
    rules, seen = grouping(), parse_moment(lead.last_seen)
    if seen is None:
        return lead.score
    days = max(0.0, (now - seen).total_seconds() / _DAY_S)
    left = math.exp2(-days / rules.half_days)
    return round(lead.score * (1 - rules.fading + rules.fading * left), 6)


def ranked(leads: Iterable[Lead], *, now: datetime, everywhere_from: int) -> list[Lead]:
    """Leads in the order to look at them: the suppressed last, merged ones (they hold nothing) left out."""
    return sorted(
        (lead for lead in leads if not lead.into),
        key=lambda lead: (
            is_suppressed(lead, everywhere_from=everywhere_from),
            -current_priority(lead, now=now),
            lead.id,
        ),
    )
