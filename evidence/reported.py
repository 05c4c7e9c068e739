"""Has it been reported before? Asked at every draft, so that nothing goes out twice unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.grouping import chain, place
from evidence.leads import lead_id
from evidence.subjects import subjects_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.hit import Hit
    from evidence.lead import Lead, State
    from evidence.store.protocol import EvidenceStore

REPORTED: tuple[State, ...] = ("submitted", "acknowledged", "closed")


def already_reported(store: EvidenceStore, lead: Lead, hits: Sequence[Hit]) -> tuple[Lead, ...]:
    """The leads that were submitted and are about the same: sorted by id, the lead itself among them.

    The same is: whatever the hits name, what was merged into the lead, what it was split off and what was
    split off it. Two leads on one page of two sellers are the same in this sense: a person judges.
    """
    bases = {lead_id(subject): hit.id for hit in hits for subject in subjects_of(hit)}
    around = (lead.id, *bases, *lead.joined, *(to for _, to in lead.apart), lead.parted_from)
    known = chain(store, (name for name in around if name))
    ends = {place(base, hit_id, known) for base, hit_id in bases.items()}
    near = {*around, *ends}
    return tuple(known[name] for name in sorted(near & known.keys()) if known[name].state in REPORTED)
