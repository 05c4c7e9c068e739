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
    from evidence.store.protocol import EvidenceStore

RETENTION_DAYS: int = EvidenceSettings.model_fields["retention_days"].default


def retain_until(seen_at: str, *, days: int = RETENTION_DAYS) -> date | None:
    """The first day on which something seen then may be purged; None where the moment is unreadable."""
    seen = beijing_date(seen_at)
    return seen + timedelta(days=days) if seen else None


def expired(store: EvidenceStore, *, on: date, days: int = RETENTION_DAYS) -> Iterator[Hit]:
    """Hits that may be purged on that day: past their date, and in no lead that is still being worked on."""
    for result in store.scan(Query(until=(on - timedelta(days=days)).isoformat(), sort="oldest")):
        until = retain_until(result.hit.seen_at, days=days)
        if until is not None and until <= on and not _held(store, result.hit.id):
            yield result.hit


def _held(store: EvidenceStore, hit_id: str) -> bool:
    """A lead under way holds its proof whatever its date."""
    under_way = ("triaged", "confirmed", "approved", "submitted", "acknowledged")
    return any(lead.state in under_way for lead in store.leads_of_hit(hit_id))
