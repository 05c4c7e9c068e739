"""Group hits into leads: one lead for each subject.

The merge is a union with a strongest member, so the same hits in any order and any batches give the same
leads.
A lead's ``hit_ids`` begin with its strongest hit (by probability, then id), the others following sorted.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.errors import Conflict
from evidence.grouping import new_lead, routed
from evidence.retention import UNDER_WAY
from evidence.spread import carriers
from evidence.subjects import grouping, subjects_of
from nlp.analysis import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evidence.hit import Hit
    from evidence.lead import Lead, Subject
    from evidence.store.protocol import EvidenceStore
    from nlp.analysis import Category

_ATTEMPTS = 100
_TITLE_LENGTH = 80
CASE = "XS-"


def update_leads(store: EvidenceStore, hits: Iterable[Hit]) -> tuple[Lead, ...]:
    """Add hits (already in the store) to the leads of their subjects; answers those leads.

    Idempotent. Raises Conflict only where others keep changing a lead for a hundred attempts.
    """
    groups: dict[str, tuple[Subject, dict[str, Hit]]] = {}
    for hit in hits:
        for subject in subjects_of(hit):
            groups.setdefault(lead_id(subject), (subject, {}))[1][hit.id] = hit
    named = {
        identity: (new_lead(identity, subject), tuple(group.values()))
        for identity, (subject, group) in sorted(groups.items())
    }
    done: dict[str, Lead] = {}
    for _ in range(_ATTEMPTS):
        additions = routed(store, named)
        done |= _add(store, {name: added for name, added in additions.items() if name not in done})
        if additions.keys() <= done.keys():
            return tuple(done[name] for name in additions)
    left = next(name for name in additions if name not in done)
    raise Conflict(f"lead {left} kept changing while hits were added to it; try again")


def let_go(store: EvidenceStore, hit_ids: Iterable[str]) -> tuple[Lead, ...]:
    """Take hits (still in the store) out of their leads; answers the leads that held nothing else and went.

    Raises Conflict where a lead is under way: it may not lose its proof.
    """
    going = frozenset(hit_ids)
    concerned = dict.fromkeys(lead.id for hit_id in sorted(going) for lead in store.leads_of_hit(hit_id))
    return tuple(gone for name in concerned if (gone := _let_go(store, name, going)) is not None)


def lead_id(subject: Subject) -> str:
    """The lead's id: 32 hex digits over its subject."""
    return hashlib.sha256(f"{subject.kind}\x1f{subject.value}".encode("utf-8", "replace")).hexdigest()[:32]


def leads_called(store: EvidenceStore, name: str) -> tuple[Lead, ...]:
    """The lead of that id, else all whose ids begin so. ``name`` may be a report's number (``XS-…``) too."""
    exact = store.get_lead(name)
    if exact is not None:
        return (exact,)
    beginning = name.strip().lower().removeprefix(CASE.lower())
    if not beginning:
        return ()
    return tuple(lead for lead in store.leads() if lead.id.startswith(beginning))


def case_id(lead_id: str) -> str:
    """How a lead is called in reports."""
    return f"{CASE}{lead_id[:12].upper()}"


def priority(probability: float, *, hits: int, categories: Iterable[Category]) -> float:
    """What to look at first, 0 to 1: how sure the strongest hit is, how many hits there are, how harmful."""
    rules = grouping()
    reach = min(1.0, math.log1p(hits - 1) / math.log1p(rules.full_reach - 1)) if hits > 1 else 0.0
    harm = max((rules.harm_of.get(category, 0.0) for category in categories), default=0.0)
    total = rules.strength * probability + rules.reach * reach + rules.harm * harm
    return round(min(1.0, total), 6)


def rebuilt(lead: Lead, hits: Iterable[Hit]) -> Lead:
    """A lead with these hits alone; without any it keeps its title and scores nothing."""
    bare = replace(lead, hit_ids=(), categories=(), first_seen="", last_seen="", carriers=(), score=0.0)
    kept = tuple(hits)
    return _merge(bare, kept, {}) if kept else bare


def _add(store: EvidenceStore, additions: Mapping[str, tuple[Lead, tuple[Hit, ...]]]) -> dict[str, Lead]:
    """One attempt to add hits to leads (by id, each as it was read; version 0: new); answers those done."""
    wanted = dict.fromkeys(name for lead, hits in additions.values() for name in _needed(lead, hits))
    known = {hit.id: hit for hit in store.get_many(wanted)} if wanted else {}
    merged = {identity: _merge(lead, hits, known) for identity, (lead, hits) in additions.items()}
    done = {identity: lead for identity, lead in merged.items() if lead == additions[identity][0]}
    changes = [(lead, lead.version) for identity, lead in merged.items() if identity not in done]
    written = store.save_leads(changes) if changes else ()
    return done | {outcome.id: outcome for outcome in written if not isinstance(outcome, Conflict)}


def _let_go(store: EvidenceStore, identity: str, going: frozenset[str]) -> Lead | None:
    for _ in range(_ATTEMPTS):
        lead = store.get_lead(identity)
        if lead is None:
            return None
        if lead.state in UNDER_WAY:
            raise Conflict(f"lead {identity} is {lead.state} by now: its hits have to stay")
        kept = tuple(store.get_many(name for name in lead.hit_ids if name not in going))
        try:
            if not kept:
                store.remove_lead(identity, expect=lead.version)
                return lead
            store.save_lead(rebuilt(lead, kept), expect=lead.version)
        except Conflict:
            continue
        return None
    raise Conflict(f"lead {identity} kept changing while hits were taken out of it; try again")


def _needed(lead: Lead, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Which stored hits of a lead count when ``hits`` are added: the strongest so far alone.

    Where that one is among those added it was judged anew and may have fallen behind: then all of them do.
    """
    added = {hit.id for hit in hits}
    before = lead.hit_ids if lead.hit_ids and lead.hit_ids[0] in added else lead.hit_ids[:1]
    return tuple(name for name in before if name not in added)


def _merge(lead: Lead, hits: Sequence[Hit], known: Mapping[str, Hit]) -> Lead:
    """``lead`` with ``hits`` added. ``known`` holds the stored hits that :func:`_needed` names."""
    candidates = {hit.id: hit for hit in hits}
    candidates |= {name: known[name] for name in _needed(lead, hits) if name in known}
    strongest = min(candidates.values(), key=lambda hit: (-hit.analysis.score.probability, hit.id))
    members = {*lead.hit_ids, *candidates}
    found = {*lead.categories, *(name for hit in hits for name in hit.analysis.categories)}
    leading = strongest.analysis.categories
    categories = (*leading, *(name for name in CATEGORIES if name in found and name not in leading))
    moments = sorted(filter(None, (lead.first_seen, lead.last_seen, *(hit.seen_at for hit in hits))))
    return replace(
        lead,
        hit_ids=(strongest.id, *sorted(members - {strongest.id})),
        categories=categories,
        score=priority(strongest.analysis.score.probability, hits=len(members), categories=categories),
        first_seen=moments[0] if moments else "",
        last_seen=moments[-1] if moments else "",
        title=_title(strongest),
        carriers=carriers(lead.carriers, hits),
    )


def _title(hit: Hit) -> str:
    blocks = hit.document.blocks
    decided = blocks[hit.analysis.block].text if 0 <= hit.analysis.block < len(blocks) else ""
    text = hit.document.title or decided or next((block.text for block in blocks if block.text), "")
    return " ".join(text.split())[:_TITLE_LENGTH]
