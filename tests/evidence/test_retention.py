"""Evidence past its date may go, unless a lead under way holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from evidence.leads import update_leads
from evidence.retention import cutoff, expired, retain_until
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import make_hit, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs


@pytest.mark.parametrize(
    ("seen_at", "until"),
    [
        ("2026-11-24T03:00:00Z", date(2029, 11, 23)),
        ("2026-11-24T17:00:00Z", date(2029, 11, 24)),
        ("not a date", None),
    ],
    ids=["noon", "next day in Beijing", "unreadable"],
)
def test_retention_counts_days_in_beijing(seen_at: str, until: date | None) -> None:
    assert retain_until(seen_at) == until


@pytest.mark.parametrize(("state", "gone"), [("new", True), ("closed", True), ("submitted", False)])
def test_a_lead_under_way_holds_its_hits(state: str, gone: bool) -> None:
    store, hit = MemoryStore(), make_hit()
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    store.save_lead(replace(lead, state=state), expect=lead.version)  # type: ignore[arg-type]
    assert [found.id for found in expired(store, before=cutoff(date(2030, 1, 1)))] == (
        [hit.id] if gone else []
    )
    assert list(expired(store, before=cutoff(date(2027, 1, 1)))) == []


@pytest.mark.parametrize("days", [1, 30, 1095])
def test_a_hit_may_go_from_the_day_its_report_names(days: int) -> None:
    store, hit = MemoryStore(), make_hit()
    store.put([hit])
    until = retain_until(hit.seen_at, days=days)
    assert until is not None
    assert list(expired(store, before=cutoff(until, days=days))) == [hit]
    assert list(expired(store, before=cutoff(until - timedelta(days=1), days=days))) == []


def test_a_hit_seen_again_is_kept_from_then_on(blobs: Blobs) -> None:
    store, hit = MemoryStore(), sealed_hit(blobs)
    assert hit.capture is not None
    store.put([replace(hit, capture=replace(hit.capture, captured_at="2029-11-01T00:00:00Z"))])
    assert list(expired(store, before=date(2029, 11, 1))) == []
    assert [found.id for found in expired(store, before=date(2029, 11, 2))] == [hit.id]
