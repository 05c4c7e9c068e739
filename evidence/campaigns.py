"""Campaigns: hits that belong together by what they share, and the graph that says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.grouping import chain, new_lead, place
from evidence.hit import Hit
from evidence.lead import Subject
from evidence.leads import lead_id
from evidence.similar import near_duplicates
from evidence.spread import carriers, is_suppressed
from evidence.subjects import subjects_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evidence.lead import Lead
    from evidence.store.protocol import EvidenceStore

MOST_HITS = 300
"""A graph is drawn of as many hits; the rest is counted."""
ALIKE, MERGED = "near-duplicate", "merged"


@dataclass(frozen=True, slots=True)
class Shared:
    """A subject in the graph: its lead, how many sites carry it, and whether that is too many."""

    lead_id: str
    subject: Subject
    title: str
    sites: int
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Tie:
    """Why two nodes are joined: a hit names a subject (its kind), texts are alike, or people merged leads."""

    source: str
    target: str
    why: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """The hits around a lead and what joins them. ``left_out``: hits that a graph has no room for."""

    lead_id: str
    hits: tuple[Hit, ...]
    subjects: tuple[Shared, ...]
    ties: tuple[Tie, ...]
    left_out: int = 0


def grouped(hits: Iterable[Hit], *, everywhere_from: int) -> list[frozenset[str]]:
    """The campaigns among hits, as sets of hit ids, in near-linear time; the order does not matter.

    Hits are one campaign where they share a subject that is not everywhere, or say nearly the same.
    """
    from networkx.utils import UnionFind

    by_id = {hit.id: hit for hit in hits}
    named: dict[Subject, list[Hit]] = {}
    for hit in by_id.values():
        for subject in subjects_of(hit):
            named.setdefault(subject, []).append(hit)
    groups = UnionFind(by_id)
    for subject, members in named.items():
        lead = new_lead(lead_id(subject), subject, carriers=carriers((), members))
        if not is_suppressed(lead, everywhere_from=everywhere_from):
            groups.union(*(member.id for member in members))
    for one, other, _ in near_duplicates(by_id.values()):
        groups.union(one, other)
    return sorted(map(frozenset, groups.to_sets()), key=min)


def campaign(
    store: EvidenceStore, lead: Lead, *, everywhere_from: int, most_hits: int = MOST_HITS
) -> Campaign:
    """What a stored lead belongs to: from hit to subject to hit, through nothing that is everywhere."""
    hits: dict[str, Hit] = {}
    subjects: dict[str, Shared] = {}
    ties: dict[tuple[str, str], Tie] = {}
    unseen, left_out = list(lead.hit_ids), set[str]()
    while unseen:
        room = max(0, most_hits - len(hits))
        left_out |= set(unseen[room:])
        fresh = {hit.id: hit for hit in store.get_many(unseen[:room])}
        hits |= fresh
        bases = {hit.id: {lead_id(each): each for each in subjects_of(hit)} for hit in fresh.values()}
        known = chain(store, dict.fromkeys(base for found in bases.values() for base in found))
        reached: dict[str, None] = {}
        for hit_id, found in bases.items():
            for base, subject in found.items():
                end = place(base, hit_id, known)
                own = base if known.get(base) is not None and known[base].into else end
                for name in (own, end):
                    here = known.get(name) or new_lead(name, subject)
                    subjects[name] = _shared(here, everywhere_from)
                ties[hit_id, own] = Tie(hit_id, own, subject.kind)
                if own != end:
                    ties[own, end] = Tie(own, end, MERGED)
                if not subjects[end].suppressed and end in known:
                    reached |= dict.fromkeys(known[end].hit_ids)
        unseen = [name for name in reached if name not in hits and name not in left_out]
    for one, other, share in near_duplicates(hits.values()):
        ties[one, other] = Tie(one, other, ALIKE, round(share, 3))
    return Campaign(
        lead.id,
        tuple(hits[name] for name in sorted(hits)),
        tuple(subjects[name] for name in sorted(subjects)),
        tuple(ties[pair] for pair in sorted(ties)),
        len(left_out - hits.keys()),
    )


def reasons(found: Campaign) -> Sequence[tuple[Shared, int]]:
    """The subjects that more than one hit shares, with the number of hits, most first."""
    counts: dict[str, int] = {}
    for tie in found.ties:
        if tie.why not in (ALIKE, MERGED):
            counts[tie.target] = counts.get(tie.target, 0) + 1
    shared = [(each, counts.get(each.lead_id, 0)) for each in found.subjects]
    return sorted((pair for pair in shared if pair[1] > 1), key=lambda pair: (-pair[1], pair[0].lead_id))


def _shared(lead: Lead, everywhere_from: int) -> Shared:
    hidden = is_suppressed(lead, everywhere_from=everywhere_from)
    return Shared(lead.id, lead.subject, lead.title, len(lead.carriers), hidden)
