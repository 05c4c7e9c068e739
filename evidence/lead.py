"""A lead: hits with one subject, and where it stands in review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from nlp.analysis import Category

SubjectKind = Literal["domain", "handle", "wallet", "invite_code", "package", "text"]
State = Literal["new", "triaged", "confirmed", "approved", "submitted", "acknowledged", "closed", "dismissed"]
Role = Literal["reviewer", "approver"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Subject:
    """What hits are grouped by: ``handle`` values are ``platform:handle``, wallets ``chain:address``.

    ``text`` (a digest of the wording, of the hit where it is short) is the last resort where a hit names
    nobody.
    """

    kind: SubjectKind
    value: str


@dataclass(frozen=True, slots=True)
class Lead:
    """Hits with one subject. ``version`` rises by one at each change and guards against lost updates.

    ``carriers`` are short digests of the sites that carry the subject (see :mod:`evidence.spread`). People
    decide the rest (see :mod:`evidence.grouping`): ``into`` is the lead that this one was merged into, which
    has its hits; ``joined`` are those merged into this one; ``apart`` are hits split off, each with the lead
    it is in; ``parted_from`` is the lead that this one was split off.
    """

    id: str
    subject: Subject
    hit_ids: tuple[str, ...]
    categories: tuple[Category, ...]
    score: float
    first_seen: str
    last_seen: str
    state: State = "new"
    version: int = 1
    title: str = ""
    reviewers: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    into: str = ""
    joined: tuple[str, ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    parted_from: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One step of the append-only audit log.

    ``digest`` is SHA-256 over the canonical JSON of all other fields, ``previous`` being the digest before.
    ``identified`` says that the actor had proven to be the person named; else the name was only typed in.
    ``about`` is what a step on the grouping concerns: the lead merged into, or the hits split off.
    """

    sequence: int
    at: str
    actor: str
    action: str
    lead_id: str
    before: str
    after: str
    reason: str
    previous: str
    digest: str
    identified: bool = False
    about: tuple[str, ...] = ()
