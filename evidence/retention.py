"""How long evidence is kept, and what may go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from evidence.clock import beijing_date
from evidence.settings import EvidenceSettings
from evidence.store.protocol import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.hit import Hit
    from evidence.lead import State
    from evidence.store.protocol import EvidenceStore

UNDER_WAY: tuple[State, ...] = ("triaged", "confirmed", "approved", "submitted", "acknowledged")
RETENTION_DAYS: int = EvidenceSettings.model_fields["retention_days"].default


def retain_until(seen_at: str, *, days: int = RETENTION_DAYS) -> date | None:
    """The first day on which something seen then may be purged; None where the moment is unreadable."""
    seen = beijing_date(seen_at)
    return seen + timedelta(days=days) if seen else None


def cutoff(on: date, *, days: int = RETENTION_DAYS) -> date:
    """What was last seen before this day may be purged on the day ``on``."""
    return on - timedelta(days=days - 1)


def expired(store: EvidenceStore, *, before: date) -> Iterator[Hit]:
    """Hits that were last seen before that day (Beijing) and are in no lead that is still being worked on."""
    for result in store.scan(Query(until=before.isoformat(), sort="oldest")):
        seen = last_seen(result.hit)
        if seen is not None and seen < before and not held(store, result.hit.id):
            yield result.hit


def last_seen(hit: Hit) -> date | None:
    """The day (Beijing) a hit was seen last: ``seen_at`` is the first time, its capture the newest proof."""
    captured = hit.capture.captured_at if hit.capture else ""
    days = [beijing_date(hit.seen_at), *([beijing_date(captured)] if captured else [])]
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def held(store: EvidenceStore, hit_id: str) -> bool:
    """A lead under way holds its proof whatever its date."""
    return any(lead.state in UNDER_WAY for lead in store.leads_of_hit(hit_id))
