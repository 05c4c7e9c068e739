"""Evidence past its date may go, unless a lead under way holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.leads import update_leads
from evidence.retention import expired, retain_until
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import make_hit


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
    assert [found.id for found in expired(store, on=date(2030, 1, 1))] == ([hit.id] if gone else [])
    assert list(expired(store, on=date(2027, 1, 1))) == []
