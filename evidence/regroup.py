"""Bring leads in line with what people decided on their grouping, after a merge, a split or an undo.

Leads that gain hits are written before those that lose them, so a crash in between loses none. Every lead
concerned is written, changed or not: whoever adds hits at the same time meets a Conflict and looks again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.errors import Conflict
from evidence.grouping import MERGE, SPLIT, chain, decisions_of, new_lead, onward, place
from evidence.leads import lead_id, rebuilt
from evidence.subjects import subjects_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evidence.grouping import Decisions
    from evidence.hit import Hit
    from evidence.lead import Lead
    from evidence.store.protocol import EvidenceStore

_ATTEMPTS = 100


def follow(store: EvidenceStore, name: str) -> None:
    """Bring a lead, and those that its hits come from or go to, in line with the log.

    Raises Conflict where others keep changing them for a hundred attempts.
    """
    concerned: set[str] = {name}
    for _ in range(_ATTEMPTS):
        if _settled(store, name, concerned):
            return
    raise Conflict(f"the leads around {name} kept changing while they were grouped anew; try again")


def follow_all(store: EvidenceStore) -> tuple[str, ...]:
    """:func:`follow` for every lead that was merged or split: after an index was made anew; their ids."""
    names = dict.fromkeys(entry.lead_id for entry in store.audit() if entry.action in (MERGE, SPLIT))
    for name in names:
        follow(store, name)
    return tuple(names)


def _settled(store: EvidenceStore, name: str, concerned: set[str]) -> bool:
    """One attempt; whether it was carried through. ``concerned`` grows by every lead that was looked at."""
    lead = store.get_lead(name)
    if lead is None:
        return True
    # read after the lead: if the log grows in between, the other's writing of the lead makes ours conflict
    decided = decisions_of(name, store.audit(lead_id=name))
    wanted = replace(lead, into=decided.into, apart=decided.apart)
    concerned |= {name, *onward(lead), *onward(wanted)}
    known = chain(store, concerned) | {name: wanted}
    concerned |= known.keys()
    before = {each: known[each] for each in concerned if each in known}
    members = _members(store, before, known, concerned)
    leads = {each: known.get(each) or _made(each, wanted, decided) for each in concerned}
    # nobody loses a hit before everybody has what comes to him
    grown = {each: _with(store, leads[each], members.get(each, {})) for each in concerned}
    gaining = [(lead, lead.version) for lead in grown.values() if len(lead.hit_ids) > _held(before, lead.id)]
    written = store.save_leads(gaining) if gaining else ()
    if any(isinstance(outcome, Conflict) for outcome in written):
        return False
    versions = {outcome.id: outcome.version for outcome in written if not isinstance(outcome, Conflict)}
    final = [
        _final(leads[each], members.get(each, {}), wanted, version=versions.get(each, leads[each].version))
        for each in sorted(concerned)
    ]
    return _write(store, [each for each in final if each.version])


def _members(
    store: EvidenceStore, before: Mapping[str, Lead], known: dict[str, Lead], concerned: set[str]
) -> dict[str, dict[str, Hit]]:
    """Which hits belong in which of the leads concerned; a hit that no subject brings there stays."""
    holders: dict[str, list[str]] = {}
    for lead in before.values():
        for hit_id in lead.hit_ids:
            holders.setdefault(hit_id, []).append(lead.id)
    hits = {hit.id: hit for hit in store.get_many(sorted(holders))}
    bases = {hit.id: tuple(map(lead_id, subjects_of(hit))) for hit in hits.values()}
    others = dict.fromkeys(base for found in bases.values() for base in found if base not in known)
    known |= {each: lead for each, lead in chain(store, others).items() if each not in known}
    members: dict[str, dict[str, Hit]] = {}
    for hit in hits.values():
        ends = {place(base, hit.id, known) for base in bases[hit.id]} & concerned
        for end in ends or {place(holder, hit.id, known) for holder in holders[hit.id]}:
            members.setdefault(end, {})[hit.id] = hit
    return members


def _made(name: str, wanted: Lead, decided: Decisions) -> Lead:
    """A lead that is not stored yet: merged into and purged since, or about to be split off."""
    if name == decided.into and decided.subject is not None:
        return new_lead(name, decided.subject)
    return new_lead(name, wanted.subject, parted_from=wanted.id)


def _with(store: EvidenceStore, lead: Lead, members: Mapping[str, Hit]) -> Lead:
    """A lead with its hits and these."""
    if not members.keys() - set(lead.hit_ids):
        return lead
    held = {hit.id: hit for hit in store.get_many(lead.hit_ids)}
    return rebuilt(lead, (held | dict(members)).values())


def _held(before: Mapping[str, Lead], name: str) -> int:
    return len(before[name].hit_ids) if name in before else 0


def _final(lead: Lead, members: Mapping[str, Hit], wanted: Lead, *, version: int) -> Lead:
    """A lead as it shall be: its hits alone, and whom it was joined by."""
    joined = set(lead.joined) - {wanted.id} | ({wanted.id} if lead.id == wanted.into else set())
    return replace(rebuilt(lead, members.values()), joined=tuple(sorted(joined)), version=version)


def _write(store: EvidenceStore, leads: Sequence[Lead]) -> bool:
    """Write leads, take out new ones that hold nothing more; False where somebody came first."""
    kept = [lead for lead in leads if lead.hit_ids or lead.into or lead.state != "new"]
    outcomes = store.save_leads([(lead, lead.version) for lead in kept]) if kept else ()
    done = not any(isinstance(outcome, Conflict) for outcome in outcomes)
    for lead in leads:
        if lead not in kept:
            try:
                store.remove_lead(lead.id, expect=lead.version)
            except Conflict:
                done = False
    return done
