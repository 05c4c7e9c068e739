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
from evidence.lead import Lead, Subject
from evidence.subjects import grouping, subjects_of
from nlp.analysis import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evidence.hit import Hit
    from evidence.store.protocol import EvidenceStore
    from nlp.analysis import Category

_ATTEMPTS = 100
_TITLE_LENGTH = 80


def update_leads(store: EvidenceStore, hits: Iterable[Hit]) -> tuple[Lead, ...]:
    """Add hits (already in the store) to the leads of their subjects; answers those leads.

    Idempotent. Raises Conflict only where others keep changing a lead for a hundred attempts.
    """
    groups: dict[Subject, dict[str, Hit]] = {}
    for hit in hits:
        for subject in subjects_of(hit):
            groups.setdefault(subject, {})[hit.id] = hit
    # in the order of ids, so that two writers meet at the same leads in the same order
    ordered = sorted(groups.items(), key=lambda item: lead_id(item[0]))
    return tuple(_update(store, subject, tuple(group.values())) for subject, group in ordered)


def lead_id(subject: Subject) -> str:
    """The lead's id: 32 hex digits over its subject."""
    return hashlib.sha256(f"{subject.kind}\x1f{subject.value}".encode("utf-8", "replace")).hexdigest()[:32]


def priority(probability: float, *, hits: int, categories: Iterable[Category]) -> float:
    """What to look at first, 0 to 1: how sure the strongest hit is, how many hits there are, how harmful."""
    rules = grouping()
    reach = min(1.0, math.log1p(hits - 1) / math.log1p(rules.full_reach - 1)) if hits > 1 else 0.0
    harm = max((rules.harm_of.get(category, 0.0) for category in categories), default=0.0)
    total = rules.strength * probability + rules.reach * reach + rules.harm * harm
    return round(min(1.0, total), 6)


def _update(store: EvidenceStore, subject: Subject, hits: Sequence[Hit]) -> Lead:
    identity = lead_id(subject)
    for _ in range(_ATTEMPTS):
        stored = store.get_lead(identity)
        merged = _merge(store, stored or _empty(identity, subject), hits)
        if merged == stored:
            return merged
        try:
            return store.save_lead(merged, expect=stored.version if stored else 0)
        except Conflict:
            continue
    raise Conflict(f"lead {identity} kept changing while hits were added to it; try again")


def _empty(identity: str, subject: Subject) -> Lead:
    return Lead(identity, subject, hit_ids=(), categories=(), score=0.0, first_seen="", last_seen="")


def _merge(store: EvidenceStore, lead: Lead, hits: Sequence[Hit]) -> Lead:
    """``lead`` with ``hits`` added. Reads one stored hit: the strongest so far."""
    candidates = {hit.id: hit for hit in hits}
    before = lead.hit_ids[:1]
    if before and before[0] in candidates:
        # the strongest was judged anew and may have fallen behind: look at all of them again
        before = lead.hit_ids
    for known in store.get_many(hit for hit in before if hit not in candidates):
        candidates[known.id] = known
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
    )


def _title(hit: Hit) -> str:
    blocks = hit.document.blocks
    decided = blocks[hit.analysis.block].text if 0 <= hit.analysis.block < len(blocks) else ""
    text = hit.document.title or decided or next((block.text for block in blocks if block.text), "")
    return " ".join(text.split())[:_TITLE_LENGTH]
