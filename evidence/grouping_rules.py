"""What a merge, a split, or taking one back needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.audit import UNDO, standing_steps
from evidence.errors import ReviewError
from evidence.grouping import MERGE, SPLIT, decisions_of, merge_about, part_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.lead import AuditEntry
    from evidence.store.protocol import EvidenceStore

_MERGEABLE = ("new", "triaged", "confirmed")


def checked_about(store: EvidenceStore, draft: AuditEntry, steps: Sequence[AuditEntry]) -> tuple[str, ...]:
    """What the log notes of a step on the grouping; nothing for other steps. Raises ReviewError."""
    if draft.action == MERGE:
        return _target(store, draft)
    if draft.action == SPLIT:
        return _parted(store, draft)
    if draft.action == UNDO and steps[-1].action == MERGE:
        _check_undecided(store, steps[-1].about[0])
    if draft.action == UNDO and steps[-1].action == SPLIT:
        part = part_id(draft.lead_id, steps[-1].about)
        if standing_steps(store.audit(lead_id=part)):
            raise ReviewError(
                f"lead {part}, split off by that step, has steps: undo those first", rule="part"
            )
    return ()


def merged_since(store: EvidenceStore, lead_id: str, sequence: int) -> tuple[AuditEntry, ...]:
    """The steps that merged other leads into this one later than that entry of the log."""
    lead = store.get_lead(lead_id)
    lasts = (standing_steps(store.audit(lead_id=name))[-1:] for name in (lead.joined if lead else ()))
    return tuple(
        entry for last in lasts for entry in last if entry.action == MERGE and entry.sequence > sequence
    )


def _check_undecided(store: EvidenceStore, name: str) -> None:
    """Raises ReviewError where the lead that hits would be taken out of, at the end of merges, is decided."""
    seen: set[str] = set()
    while store.get_lead(name) is not None and name not in seen:
        seen.add(name)
        steps = standing_steps(store.audit(lead_id=name))
        if not steps or steps[-1].action != MERGE:
            state = steps[-1].after if steps else "new"
            if state not in _MERGEABLE:
                raise ReviewError(
                    f"lead {name}, which has its hits, is {state}: what is decided keeps them", rule="decided"
                )
            return
        name = steps[-1].about[0]


def _target(store: EvidenceStore, draft: AuditEntry) -> tuple[str, ...]:
    target = store.get_lead(draft.about[0]) if draft.about else None
    if target is None:
        raise ReviewError("there is no lead to merge into", rule="lead")
    if target.id == draft.lead_id:
        raise ReviewError("a lead is not merged into itself", rule="self")
    steps = standing_steps(store.audit(lead_id=target.id))
    if steps and steps[-1].action == MERGE:
        raise ReviewError(f"lead {target.id} was merged into {steps[-1].about[0]}: name that", rule="merged")
    state = steps[-1].after if steps else "new"
    if state not in _MERGEABLE:
        raise ReviewError(f"lead {target.id} is {state}: what is decided takes no other lead", rule="state")
    if _leads_to(store, target.id, draft.lead_id):
        raise ReviewError("it was split off that lead: undo the split instead", rule="circle")
    return merge_about(target)


def _leads_to(store: EvidenceStore, start: str, end: str) -> bool:
    """Whether hits of one lead may go on to another by what the log decides."""
    waiting, seen = [start], {start}
    while waiting:
        name = waiting.pop()
        decided = decisions_of(name, store.audit(lead_id=name))
        for following in {decided.into, *(to for _, to in decided.apart)} - {"", *seen}:
            if following == end:
                return True
            seen.add(following)
            waiting.append(following)
    return False


def _parted(store: EvidenceStore, draft: AuditEntry) -> tuple[str, ...]:
    lead = store.get_lead(draft.lead_id)
    going = tuple(sorted(set(draft.about)))
    if lead is None or not going or not set(going) <= set(lead.hit_ids):
        raise ReviewError("only hits of the lead can be split off it", rule="hits")
    if len(going) == len(lead.hit_ids):
        raise ReviewError("one hit at least has to stay in the lead", rule="rest")
    return going
