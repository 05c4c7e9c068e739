"""Where reviewers are configured, a step is taken by one of them who has proven it and has the role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError

from evidence.audit import entry_digest
from evidence.errors import IdentityError, ReviewError
from evidence.lead import AuditEntry
from evidence.leads import update_leads
from evidence.review import Step, history, take
from evidence.reviewers import Identity, fits, identify, secret_hash
from evidence.settings import EvidenceSettings, Reviewer
from evidence.verify import verify_audit
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import fixed_clock, sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.lead import Lead, Role
    from evidence.store.protocol import EvidenceStore


def person(name: str, *roles: Role) -> Reviewer:
    return Reviewer(name=name, roles=roles, secret_hash=SecretStr(secret_hash(f"token of {name}")))


PEOPLE = (person("Ann", "reviewer"), person("Bo", "approver"), person("Cy", "reviewer", "approver"))


class Desk:
    """A lead, and steps on it by configured people."""

    def __init__(self, store: EvidenceStore, blobs: Blobs) -> None:
        self.store, self.blobs = store, blobs
        hit = sealed_hit(blobs)
        store.put([hit])
        self.lead_id = update_leads(store, [hit])[0].id

    def take(self, action: str, name: str, *, actor: str = "") -> Lead:
        step = Step(self.lead_id, action, actor, "why", who=Identity(name) if name else None)
        return take(self.store, self.blobs, step, people=PEOPLE, clock=fixed_clock)


@pytest.fixture
def desk(store: EvidenceStore, blobs: Blobs) -> Desk:
    return Desk(store, blobs)


def test_a_secret_fits_its_own_hash_alone() -> None:
    kept = secret_hash("正确的密码")
    assert fits("正确的密码", kept)
    assert not fits("正确的密码 ", kept)
    assert secret_hash("正确的密码") != kept


@pytest.mark.parametrize(
    "kept", ["", "x", "scrypt:16384:8:1::", "scrypt:2:8:1:00:00", "scrypt:16384:8:1:zz:00"]
)
def test_a_hash_that_cannot_be_read_fits_nothing(kept: str) -> None:
    assert not fits("", kept)


@pytest.mark.parametrize(
    ("name", "secret"), [("Ann", "token of Bo"), ("Ann", ""), ("Dee", "token of Ann"), ("", "")], ids=str
)
def test_a_wrong_name_or_secret_is_refused_alike(name: str, secret: str) -> None:
    with pytest.raises(IdentityError, match="name or token is wrong"):
        identify(PEOPLE, name, secret)


def test_a_name_is_the_configured_one_however_it_is_spelled() -> None:
    assert identify(PEOPLE, " ａＮＮ ", "token of Ann") == Identity("Ann")


def test_two_spellings_of_a_name_cannot_be_configured() -> None:
    with pytest.raises(ValidationError, match="same name"):
        EvidenceSettings(reviewers=(person("Ann", "reviewer"), person("ＡＮＮ", "approver")))


def test_the_whole_way_by_people_with_the_roles(desk: Desk) -> None:
    for action, name in (("triage", "Ann"), ("confirm", "Ann"), ("approve", "Bo"), ("submit", "Ann")):
        lead = desk.take(action, name)
    assert lead.state == "submitted"
    steps = history(desk.store, desk.lead_id)
    assert all(step.identified for step in steps)
    assert [step.actor for step in steps] == ["Ann", "Ann", "Bo", "Ann"]
    assert verify_audit(desk.store, desk.blobs).ok


@pytest.mark.parametrize(
    ("before", "action", "name", "rule"),
    [
        pytest.param((), "triage", "", "identity", id="nobody"),
        pytest.param((), "triage", "Dee", "identity", id="no longer configured"),
        pytest.param((), "triage", "Bo", "role", id="approver triages"),
        pytest.param(
            (("triage", "Ann"), ("confirm", "Ann")), "approve", "Ann", "role", id="reviewer approves"
        ),
        pytest.param(
            (("triage", "Cy"), ("confirm", "Cy")), "approve", "Cy", "second-person", id="one person"
        ),
        pytest.param(
            (("triage", "Ann"), ("confirm", "Ann"), ("approve", "Bo")), "undo", "Ann", "role", id="undoes"
        ),
    ],
)
def test_others_are_refused(
    desk: Desk, before: tuple[tuple[str, str], ...], action: str, name: str, rule: str
) -> None:
    for step in before:
        desk.take(*step)
    with pytest.raises(ReviewError) as caught:
        desk.take(action, name)
    assert caught.value.rule == rule
    assert len(history(desk.store, desk.lead_id)) == len(before)


def test_nobody_acts_in_anothers_name(desk: Desk) -> None:
    with pytest.raises(IdentityError) as caught:
        desk.take("triage", "Ann", actor="Bo")
    assert caught.value.rule == "own-name"


def test_a_confirmation_that_was_only_typed_is_no_first_person(desk: Desk) -> None:
    for action in ("triage", "confirm"):
        take(desk.store, desk.blobs, Step(desk.lead_id, action, "somebody", "why"), clock=fixed_clock)
    assert not any(step.identified for step in history(desk.store, desk.lead_id))
    with pytest.raises(ReviewError) as caught:
        desk.take("approve", "Bo")
    assert caught.value.rule == "confirmer"
    desk.take("undo", "Ann")
    desk.take("confirm", "Ann")
    assert desk.take("approve", "Bo").state == "approved"


def test_without_configured_people_an_identity_proves_nothing(desk: Desk) -> None:
    step = Step(desk.lead_id, "triage", "ann", "why", who=Identity("ann"))
    take(desk.store, desk.blobs, step, clock=fixed_clock)
    assert not history(desk.store, desk.lead_id)[0].identified


@pytest.mark.parametrize("identified", [True, False])
def test_a_forged_identity_is_found(blobs: Blobs, identified: bool) -> None:
    memory = MemoryStore()
    desk = Desk(memory, blobs)
    if identified:
        desk.take("triage", "Ann")
    else:
        take(memory, blobs, Step(desk.lead_id, "triage", "Ann", "why"), clock=fixed_clock)
    memory.log[0] = replace(memory.log[0], identified=not identified)
    assert not verify_audit(memory).ok


def test_entries_of_earlier_versions_keep_their_digest() -> None:
    old = AuditEntry(1, "2026-11-24T04:00:00Z", "ann", "triage", "ab" * 16, "new", "triaged", "why", "", "")
    assert entry_digest(old) == "bd86c0d85969f6ac26effa30a9bb0d31e7bbf75a39f929dcc857daffa9be55ea"
