"""A reviewed lead on two hits, and the report on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.leads import update_leads
from evidence.report.build import build_report
from evidence.review import Step, take
from tests.evidence.samples import TEXT, fixed_clock, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Report
    from evidence.store.protocol import EvidenceStore


@pytest.fixture
def lead_id(store: EvidenceStore, blobs: Blobs) -> str:
    """A confirmed lead of two hits."""
    hits = [sealed_hit(blobs), sealed_hit(blobs, f"{TEXT} 再说一次", url="https://forum.example/t/2")]
    store.put(hits)
    (lead,) = update_leads(store, hits)
    for action in ("triage", "confirm"):
        take(store, blobs, Step(lead.id, action, "ann", "原文属实"), clock=fixed_clock)
    return lead.id


@pytest.fixture
def report(store: EvidenceStore, blobs: Blobs, lead_id: str) -> Report:
    """The report on that lead."""
    return build_report(store, blobs, [lead_id], clock=fixed_clock)
