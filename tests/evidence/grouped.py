"""Hits about a few handles, and people who merge and split their leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.lead import Lead, Subject
from evidence.leads import lead_id
from evidence.review import Step, take
from nlp.analysis import Contact, Span
from tests.evidence.samples import fixed_clock, make_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.hit import Hit
    from evidence.store.protocol import EvidenceStore


def hit_about(number: int, *handles: str) -> Hit:
    """A hit that names these Telegram handles."""
    contacts = tuple(Contact("telegram", name, Span(0, 0, 1), name) for name in handles)
    return make_hit(f"第{number}条", url=f"https://f{number}.example/", contacts=contacts)


def named(handle: str) -> str:
    """The id of a handle's lead."""
    return lead_id(Subject("handle", f"telegram:{handle}"))


class Grouping:
    """Steps on the grouping, by ann."""

    def __init__(self, store: EvidenceStore, blobs: Blobs) -> None:
        self.store, self.blobs = store, blobs

    def take(self, lead: str, action: str, *about: str) -> Lead:
        """Take a step on a lead."""
        step = Step(lead, action, "ann", "why", about=about)
        return take(self.store, self.blobs, step, clock=fixed_clock)

    def held(self) -> dict[str, set[str]]:
        """The hits of each lead that has any."""
        return {lead.id: set(lead.hit_ids) for lead in self.store.leads() if lead.hit_ids}

    def leads(self) -> dict[str, Lead]:
        """All leads, but for their versions, which tell of the order."""
        return {lead.id: replace(lead, version=0) for lead in self.store.leads()}
