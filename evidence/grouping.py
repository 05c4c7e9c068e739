"""Where hits go once people have merged leads and split hits off: decisions over the grouping by subject.

A step ``merge`` on a lead sends everything that comes to it on to another lead; ``split`` sends some of its
hits to a lead of their own. Decisions name subjects and hits, never what was there at the time: the same hits
in any order and the same decisions give the same leads. The audit log holds them, leads carry a copy.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from evidence.audit import standing_steps
from evidence.lead import Lead, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evidence.hit import Hit
    from evidence.lead import AuditEntry, SubjectKind
    from evidence.store.protocol import EvidenceStore

MERGE, SPLIT = "merge", "split"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What holds of one lead: the lead it is merged into, that one's subject, and hits split off to where."""

    into: str = ""
    subject: Subject | None = None
    apart: tuple[tuple[str, str], ...] = ()


def part_id(lead_id: str, hit_ids: Iterable[str]) -> str:
    """The id of the lead that these hits of a lead are split off into: 32 hex digits."""
    named = "\x1f".join(("part", lead_id, *sorted(hit_ids)))
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


def merge_about(target: Lead) -> tuple[str, ...]:
    """What the log keeps of a merge: enough to make the target anew should it have been purged."""
    return (target.id, target.subject.kind, target.subject.value)


def decisions_of(lead_id: str, entries: Iterable[AuditEntry]) -> Decisions:
    """What the log of a lead decides on grouping."""
    into, subject, apart = "", None, dict[str, str]()
    for entry in standing_steps(entries):
        if entry.action == MERGE and len(entry.about) == 3:
            into, kind, value = entry.about
            subject = Subject(cast("SubjectKind", kind), value)
        elif entry.action == SPLIT:
            apart |= dict.fromkeys(entry.about, part_id(lead_id, entry.about))
    return Decisions(into, subject, tuple(sorted(apart.items())))


def chain(store: EvidenceStore, names: Iterable[str]) -> dict[str, Lead]:
    """The leads of those ids that are there, and all that hits may go on to from them, by id."""
    known: dict[str, Lead] = {}
    asked: set[str] = set()
    waiting = dict.fromkeys(names)
    while waiting:
        asked |= waiting.keys()
        found = {lead.id: lead for lead in store.get_leads(waiting)}
        known |= found
        following = dict.fromkeys(name for lead in found.values() for name in onward(lead))
        waiting = {name: None for name in following if name not in asked}
    return known


def onward(lead: Lead) -> tuple[str, ...]:
    """The leads that hits may go on to from a lead."""
    return tuple(dict.fromkeys((*(to for _, to in lead.apart), *([lead.into] if lead.into else []))))


def place(start: str, hit_id: str, known: Mapping[str, Lead]) -> str:
    """The lead that a hit ends in when it comes to the lead ``start``."""
    name, seen = start, {start}
    while (lead := known.get(name)) is not None:
        following = _part_of(lead, hit_id) or lead.into
        if not following or following in seen:
            break
        seen.add(following)
        name = following
    return name


def _part_of(lead: Lead, hit_id: str) -> str:
    """The lead that a hit was split off into; empty where it was not. ``apart`` is sorted."""
    at = bisect_left(lead.apart, (hit_id, ""))
    return lead.apart[at][1] if at < len(lead.apart) and lead.apart[at][0] == hit_id else ""


def routed(
    store: EvidenceStore, groups: Mapping[str, tuple[Lead, Sequence[Hit]]]
) -> dict[str, tuple[Lead, tuple[Hit, ...]]]:
    """The leads that hits have to be added to, as they are stored, each with those hits; by id.

    ``groups``: by the id of each subject's lead, that lead as it is where it is new, and the hits about it.
    """
    known = chain(store, groups)
    added: dict[str, dict[str, Hit]] = {}
    joined: dict[str, set[str]] = {}
    for base, (_, hits) in groups.items():
        for hit in hits:
            added.setdefault(place(base, hit.id, known), {})[hit.id] = hit
        if base in known and known[base].into:
            joined.setdefault(known[base].into, set()).add(base)
    leads = {name: known.get(name) or _new(store, name, groups, known) for name in sorted(added)}
    return {
        name: (
            replace(lead, joined=tuple(sorted({*lead.joined, *joined.get(name, ())}))),
            tuple(added[name].values()),
        )
        for name, lead in leads.items()
    }


def _new(
    store: EvidenceStore,
    name: str,
    groups: Mapping[str, tuple[Lead, Sequence[Hit]]],
    known: Mapping[str, Lead],
) -> Lead:
    """A lead that is not stored: of a subject, split off another lead, or merged into and purged since."""
    if name in groups:
        return groups[name][0]
    for lead in known.values():
        if any(to == name for _, to in lead.apart):
            return new_lead(name, lead.subject, parted_from=lead.id)
    merged = next(lead for lead in known.values() if lead.into == name)
    subject = decisions_of(merged.id, store.audit(lead_id=merged.id)).subject
    return new_lead(name, subject or merged.subject)


def new_lead(
    identity: str, subject: Subject, *, parted_from: str = "", carriers: tuple[str, ...] = ()
) -> Lead:
    """A lead without hits; version 0 says that it is not stored."""
    return Lead(identity, subject, (), (), 0.0, "", "", version=0, parted_from=parted_from, carriers=carriers)
