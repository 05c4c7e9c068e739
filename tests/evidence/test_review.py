"""The review rules hold wherever a step comes from, and the log tells all of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from evidence.audit import standing_steps
from evidence.errors import ReviewError
from evidence.leads import update_leads
from evidence.review import ACTIONS, Step, allowed_actions, history, take
from evidence.verify import verify_audit, verify_lead
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import fixed_clock, make_hit, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.lead import Lead
    from evidence.store.protocol import EvidenceStore


class Desk:
    """A store with one sealed lead, and a short way to take steps on it."""

    def __init__(self, store: EvidenceStore, blobs: Blobs) -> None:
        self.store, self.blobs = store, blobs
        self.hit = sealed_hit(blobs)
        self.store.put([self.hit])
        self.lead_id = update_leads(self.store, [self.hit])[0].id

    def take(self, *actions: str, actor: str = "ann", receipt: str = "") -> Lead:
        for action in actions:
            step = Step(self.lead_id, action, actor, f"why {action}", receipt)
            lead = take(self.store, self.blobs, step, clock=fixed_clock)
        return lead


@pytest.fixture
def desk(store: EvidenceStore, blobs: Blobs) -> Desk:
    return Desk(store, blobs)


@pytest.fixture
def memory() -> MemoryStore:
    """A store whose log a test can forge: the real ones only append."""
    return MemoryStore()


def test_the_whole_way(desk: Desk) -> None:
    desk.take("triage", "confirm")
    assert desk.take("approve", actor="bob").state == "approved"
    desk.take("submit", actor="bob", receipt="12377-0001")
    lead = desk.take("acknowledge", "close")
    assert lead.state == "closed"
    assert lead.reviewers == ("ann", "bob")
    entries = history(desk.store, desk.lead_id)
    assert [entry.action for entry in entries] == list(ACTIONS[:6])
    assert entries[3].reason == "[receipt: 12377-0001] why submit"
    assert verify_audit(desk.store, desk.blobs).ok


@pytest.mark.parametrize(
    ("taken", "action"),
    [
        ((), "confirm"),
        ((), "approve"),
        ((), "undo"),
        (("triage",), "submit"),
        (("triage", "confirm"), "submit"),
        (("dismiss",), "triage"),
        ((), "publish"),
    ],
    ids=str,
)
def test_steps_out_of_order_are_refused(desk: Desk, taken: tuple[str, ...], action: str) -> None:
    if taken:
        desk.take(*taken)
    with pytest.raises(ReviewError):
        desk.take(action, actor="bob")
    assert len(history(desk.store, desk.lead_id)) == len(taken)


@pytest.mark.parametrize(
    "actor", ["ann", " Ann ", "ＡＮＮ", "a\u200bnn"], ids=["same", "case", "wide", "hidden"]
)
def test_the_one_who_confirmed_cannot_approve(desk: Desk, actor: str) -> None:
    desk.take("triage", "confirm")
    with pytest.raises(ReviewError, match="another person"):
        desk.take("approve", actor=actor)


@pytest.mark.parametrize(("actor", "reason"), [("", "why"), ("ann", "  "), ("\u200b", "why")])
def test_a_step_needs_a_person_and_a_reason(desk: Desk, actor: str, reason: str) -> None:
    with pytest.raises(ReviewError, match="needs"):
        take(desk.store, desk.blobs, Step(desk.lead_id, "triage", actor, reason))


def test_a_reason_is_read_by_people_and_has_an_end(desk: Desk) -> None:
    with pytest.raises(ReviewError, match="at most"):
        take(desk.store, desk.blobs, Step(desk.lead_id, "triage", "ann", "长" * 4_001))


def test_an_unknown_lead_is_said(desk: Desk) -> None:
    with pytest.raises(ReviewError, match="there is no lead"):
        take(desk.store, desk.blobs, Step("f" * 32, "triage", "ann", "why"))


def test_altered_evidence_cannot_be_approved(desk: Desk) -> None:
    desk.take("triage", "confirm")
    capture = desk.hit.capture
    assert capture is not None
    assert desk.blobs.local is not None
    path = next(desk.blobs.local.rglob(capture.files[-1].sha256))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ReviewError, match=f"does not verify: captures/{capture.id}/{capture.files[-1].name}"):
        desk.take("approve", actor="bob")


def test_a_lead_without_a_capture_cannot_be_approved(desk: Desk) -> None:
    bare = make_hit("承兑 @usdt_desk", url="https://f.example/2")
    desk.store.put([bare])
    update_leads(desk.store, [bare])
    desk.take("triage", "confirm")
    with pytest.raises(ReviewError, match="has no capture"):
        desk.take("approve", actor="bob")


def test_evidence_is_checked_again_at_submission(desk: Desk) -> None:
    desk.take("triage", "confirm")
    desk.take("approve", actor="bob")
    bare = make_hit("承兑 @usdt_desk", url="https://f.example/2")
    desk.store.put([bare])
    update_leads(desk.store, [bare])
    with pytest.raises(ReviewError, match="has no capture"):
        desk.take("submit", actor="bob")


def test_undo_takes_back_the_last_standing_step(desk: Desk) -> None:
    desk.take("triage", "confirm")
    assert desk.take("undo").state == "triaged"
    assert desk.take("undo").state == "new"
    assert standing_steps(history(desk.store, desk.lead_id)) == ()
    assert len(history(desk.store, desk.lead_id)) == 4
    assert desk.take("dismiss").state == "dismissed"
    assert desk.take("undo").state == "new"


def test_after_an_undone_confirmation_only_the_standing_one_counts(desk: Desk) -> None:
    desk.take("triage", "confirm", "undo")
    desk.take("confirm", actor="bob")
    assert desk.take("approve", actor="ann").state == "approved"


def test_the_steps_on_offer_are_those_the_state_admits(desk: Desk) -> None:
    assert allowed_actions(desk.store, desk.lead_id) == ("triage", "dismiss")
    desk.take("triage")
    assert allowed_actions(desk.store, desk.lead_id) == ("confirm", "dismiss", "undo")


def test_a_state_left_behind_by_a_crash_is_set_right(desk: Desk) -> None:
    lead = desk.take("triage")
    desk.store.save_lead(replace(lead, state="new"), expect=lead.version)
    assert not verify_audit(desk.store).ok
    assert desk.take("confirm").state == "confirmed"
    assert verify_audit(desk.store).ok


def test_parallel_reviewers_never_overwrite_each_other(desk: Desk) -> None:
    def dismiss(number: int) -> bool:
        try:
            desk.take("dismiss", actor=f"reviewer {number}")
        except ReviewError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(dismiss, range(16)))
    assert sum(outcomes) == 1
    assert len(history(desk.store, desk.lead_id)) == 1
    assert verify_audit(desk.store, desk.blobs).ok


@pytest.mark.parametrize("field", ["actor", "reason", "after", "at", "digest", "previous", "sequence"])
def test_any_changed_entry_is_found(memory: MemoryStore, blobs: Blobs, field: str) -> None:
    desk = Desk(memory, blobs)
    desk.take("triage", "confirm")
    changed: object = 7 if field == "sequence" else "forged"
    memory.log[0] = replace(memory.log[0], **{field: changed})  # type: ignore[arg-type]
    assert not verify_audit(desk.store).ok


def test_a_log_cut_short_is_found(memory: MemoryStore, blobs: Blobs) -> None:
    desk = Desk(memory, blobs)
    lead = desk.take("triage", "confirm")
    memory.log.pop()
    desk.store.save_lead(replace(lead, state="triaged"), expect=lead.version)
    assert verify_audit(desk.store).ok
    assert not verify_audit(desk.store, desk.blobs).ok


def test_a_verdict_changed_in_the_index_is_found(desk: Desk) -> None:
    assert verify_lead(desk.store, desk.blobs, desk.lead_id).ok
    desk.store.put([replace(desk.hit, analysis=replace(desk.hit.analysis, stance="warning"))])
    problems = verify_lead(desk.store, desk.blobs, desk.lead_id).problems
    assert [problem.file for problem in problems] == ["verdict.json"]


def test_a_document_changed_in_the_index_is_found(desk: Desk) -> None:
    block = structs.replace(desk.hit.document.blocks[0], text="别的话")
    desk.store.put([replace(desk.hit, document=replace(desk.hit.document, blocks=(block,)))])
    problems = verify_lead(desk.store, desk.blobs, desk.lead_id).problems
    assert [problem.file for problem in problems] == ["item.json"]
