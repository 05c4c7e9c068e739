"""Review: which step may follow which, who may take it, what it needs. The rules hold here, not in a page.

new → triaged → confirmed → approved (by a second person) → submitted → acknowledged → closed, or dismissed;
any step can be taken back by a further step, ``undo``. Where reviewers are configured, a step is taken by one
of them who has proven it and has the role; where none are, any name will do, and the entry says so.

The audit log is what counts: appending to it *is* the step, ``Lead.state`` follows and is set right by the
next step should the program die in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from evidence.audit import UNDO, chained, remember_head, standing_steps
from evidence.clock import Clock, rfc3339, utc_now
from evidence.errors import Conflict, IdentityError, ReviewError
from evidence.grouping import MERGE, SPLIT
from evidence.grouping_rules import checked_about, merged_since
from evidence.lead import AuditEntry, Lead, Role, State
from evidence.names import clean_name, same_name
from evidence.regroup import follow
from evidence.reviewers import Identity, person_called
from evidence.verify import verify_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.blobs import Blobs
    from evidence.settings import Reviewer
    from evidence.store.protocol import EvidenceStore

LONGEST_REASON = 4_000
"""Characters of a reason with its receipt: the audit log is read by people."""
_ATTEMPTS = 100
_RECEIPT = "[receipt: "


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of step: the states it may start from, where it leads, and what it needs beside a reason.

    No ``target``: the state stays. ``roles``: one of them has to be the person's, where reviewers are
    configured.
    """

    origins: tuple[State, ...]
    target: State | None
    second_person: bool = False
    verified: bool = False
    roles: tuple[Role, ...] = ("reviewer", "approver")


RULES: dict[str, Rule] = {
    "triage": Rule(("new",), "triaged", roles=("reviewer",)),
    "confirm": Rule(("triaged",), "confirmed", roles=("reviewer",)),
    "approve": Rule(("confirmed",), "approved", second_person=True, verified=True, roles=("approver",)),
    "submit": Rule(("approved",), "submitted", verified=True),
    "acknowledge": Rule(("submitted",), "acknowledged"),
    "close": Rule(("acknowledged",), "closed"),
    "dismiss": Rule(("new", "triaged", "confirmed", "approved"), "dismissed"),
}
ACTIONS = (*RULES, UNDO)
GROUPING: dict[str, Rule] = {
    MERGE: Rule(("new", "triaged", "confirmed"), None, roles=("reviewer",)),
    SPLIT: Rule(("new", "triaged", "confirmed"), None, roles=("reviewer",)),
}
"""Steps on what belongs together; see :mod:`evidence.grouping`. They leave the state as it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants to do with a lead, and why.

    ``receipt`` is what the channel answered at ``submit`` (number, query code); where it is empty the reason
    has to hold it. ``who`` is the person who acts, where proven; then ``actor`` need not be given. ``about``
    is the lead to merge into, or the hits to split off.
    """

    lead_id: str
    action: str
    actor: str
    reason: str
    receipt: str = ""
    who: Identity | None = None
    about: tuple[str, ...] = ()


def take(
    store: EvidenceStore,
    blobs: Blobs,
    step: Step,
    *,
    people: Sequence[Reviewer] = (),
    clock: Clock = utc_now,
) -> Lead:
    """Take a review step and answer the lead after it. ``people`` are the configured reviewers.

    Raises ReviewError where a rule forbids the step (IdentityError: to this person), and Conflict where
    others never let go.
    """
    draft = _draft(_by(step, people))
    person = person_called(people, draft.actor) if people else None
    entry = _append(store, blobs, draft, person, clock)
    remember_head(blobs, entry)
    if entry.action in (*GROUPING, UNDO):
        follow(store, step.lead_id)
    return _follow(store, step.lead_id)


def _by(step: Step, people: Sequence[Reviewer]) -> Step:
    """The step under the name of who really takes it. Raises IdentityError where that is not proven."""
    if not people:
        return replace(step, who=None)
    if step.who is None or person_called(people, step.who.name) is None:
        raise IdentityError(
            "reviewers are configured: a step is taken by one of them, with name and token", rule="identity"
        )
    if step.actor and same_name(step.actor) != same_name(step.who.name):
        raise IdentityError("a step is taken in one's own name", rule="own-name")
    return replace(step, actor=step.who.name)


def history(store: EvidenceStore, lead_id: str) -> tuple[AuditEntry, ...]:
    """All steps of a lead, first to last, undone ones included."""
    return tuple(store.audit(lead_id=lead_id))


def receipt_of(entry: AuditEntry) -> str:
    """What the channel answered at a submission; an empty string for other steps."""
    if entry.reason.startswith(_RECEIPT):
        return entry.reason.removeprefix(_RECEIPT).partition("]")[0]
    return entry.reason if entry.action == "submit" else ""


def allowed_actions(store: EvidenceStore, lead_id: str) -> tuple[str, ...]:
    """Steps that the lead's state admits; the person and the proof are looked at when they are taken."""
    steps = standing_steps(store.audit(lead_id=lead_id))
    if steps and steps[-1].action == MERGE:
        return (UNDO,)
    state = _state(steps)
    admitted = tuple(name for name, rule in RULES.items() if state in rule.origins)
    return (*admitted, UNDO) if steps else admitted


def _draft(step: Step) -> AuditEntry:
    """The log entry of a step, place and states still open. Raises ReviewError without who and why."""
    person, why, receipt = clean_name(step.actor), step.reason.strip(), step.receipt.strip()
    if not person:
        raise ReviewError("a step needs the name of the person who takes it", rule="person")
    if not clean_name(why) and not (step.action == "submit" and receipt):
        raise ReviewError("a step needs a reason: say why", rule="reason")
    if len(why) + len(receipt) > LONGEST_REASON:
        raise ReviewError(f"a reason has at most {LONGEST_REASON:,} characters", rule="long")
    if receipt:
        why = f"{_RECEIPT}{receipt}] {why}".strip()
    return AuditEntry(
        sequence=0,
        at="",
        actor=person,
        action=step.action,
        lead_id=step.lead_id,
        before="",
        after="",
        reason=why,
        previous="",
        digest="",
        identified=step.who is not None,
        about=step.about,
    )


def _append(
    store: EvidenceStore, blobs: Blobs, draft: AuditEntry, person: Reviewer | None, clock: Clock
) -> AuditEntry:
    """Append the step to the log if the rules allow it now; look again where somebody came first."""
    for _ in range(_ATTEMPTS):
        # the newest entry is read before the lead's own: whatever comes in between makes the append conflict
        last = store.last_audit()
        if store.get_lead(draft.lead_id) is None:
            raise ReviewError(f"there is no lead {draft.lead_id}", rule="lead")
        steps = standing_steps(store.audit(lead_id=draft.lead_id))
        before, after = _state(steps), _target(draft.action, steps)
        _check_role(draft, steps, person)
        about = checked_about(store, draft, steps)
        _check_needs(store, blobs, draft, steps)
        entry = chained(replace(draft, at=rfc3339(clock()), before=before, after=after, about=about), last)
        try:
            store.append_audit(entry)
        except Conflict:
            continue
        return entry
    raise Conflict(f"others kept reviewing while lead {draft.lead_id} was to be changed; try again")


def _target(action: str, steps: tuple[AuditEntry, ...]) -> State:
    """The state after the action. Raises ReviewError where it may not be taken now."""
    state = _state(steps)
    if action == UNDO:
        if not steps:
            raise ReviewError("there is no step to undo", rule="undo")
        return cast("State", steps[-1].before)
    rule = RULES.get(action) or GROUPING.get(action)
    if rule is None:
        raise ReviewError(f"unknown step {action!r}; steps are {', '.join(ACTIONS)}", rule="action")
    if steps and steps[-1].action == MERGE:
        raise ReviewError(f"the lead was merged into {steps[-1].about[0]}: act on that one", rule="merged")
    if state not in rule.origins:
        raise ReviewError(
            f"cannot {action} a lead that is {state}; it has to be {' or '.join(rule.origins)}", rule="state"
        )
    return rule.target or state


def _check_role(draft: AuditEntry, steps: tuple[AuditEntry, ...], person: Reviewer | None) -> None:
    """Raises IdentityError where the person has not the role; an undo needs that of the step undone."""
    action = steps[-1].action if draft.action == UNDO else draft.action
    rule = RULES.get(action) or GROUPING.get(action)
    if person is not None and rule is not None and not set(rule.roles) & set(person.roles):
        raise IdentityError(
            f"{person.name} may not {draft.action} here: it needs {' or '.join(rule.roles)}", rule="role"
        )


def _check_needs(
    store: EvidenceStore, blobs: Blobs, draft: AuditEntry, steps: tuple[AuditEntry, ...]
) -> None:
    rule = RULES.get(draft.action)
    if rule is None:
        return
    if rule.second_person:
        confirmed = [entry for entry in steps if entry.action == "confirm"]
        # who brought in more since then is nobody that has confirmed it
        since = max((entry.sequence for entry in confirmed), default=0)
        confirmed += merged_since(store, draft.lead_id, since)
        if same_name(draft.actor) in {same_name(entry.actor) for entry in confirmed}:
            raise ReviewError(
                "a lead is approved by another person than who confirmed it, or merged others into it since",
                rule="second-person",
            )
        if draft.identified and not all(entry.identified for entry in confirmed):
            raise ReviewError(
                "nobody verified who confirmed it: undo that step and confirm it again", rule="confirmer"
            )
    if rule.verified:
        outcome = verify_lead(store, blobs, draft.lead_id)
        if not outcome.ok:
            named = "; ".join(map(str, outcome.problems[:3]))
            more = f" and {len(outcome.problems) - 3} more" if len(outcome.problems) > 3 else ""
            raise ReviewError(f"the evidence does not verify: {named}{more}", rule="evidence")


def _follow(store: EvidenceStore, lead_id: str) -> Lead:
    """Bring the lead's state in line with the log."""
    for _ in range(_ATTEMPTS):
        lead = store.get_lead(lead_id)
        if lead is None:
            raise ReviewError(f"there is no lead {lead_id}", rule="lead")
        # read after the lead: if the log grows in between, the other writer's save makes ours conflict
        steps = standing_steps(store.audit(lead_id=lead_id))
        reviewers = tuple(dict.fromkeys(entry.actor for entry in steps))
        wanted = replace(lead, state=_state(steps), reviewers=reviewers)
        if wanted == lead:
            return lead
        try:
            return store.save_lead(wanted, expect=lead.version)
        except Conflict:
            continue
    raise Conflict(f"lead {lead_id} kept changing; its state follows at the next step")


def _state(steps: tuple[AuditEntry, ...]) -> State:
    return cast("State", steps[-1].after) if steps else "new"
