"""People merge and split leads; the same hits and decisions give the same leads, in any order."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.blobs import open_blobs
from evidence.errors import Conflict, ReviewError
from evidence.grouping import part_id
from evidence.leads import update_leads
from evidence.purge import plan_purge, purge
from evidence.regroup import follow_all
from evidence.reported import already_reported
from evidence.review import Step, allowed_actions, take
from evidence.verify import verify_audit
from tests.evidence.grouped import Grouping, hit_about, named
from tests.evidence.memory import MemoryStore

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.hit import Hit
    from evidence.store.protocol import EvidenceStore

HANDLES = ("desk_a", "desk_b", "desk_c", "desk_d")
A, B, C, D = map(named, HANDLES)
ONE, TWO, BOTH, THREE = (
    hit_about(1, "desk_a"),
    hit_about(2, "desk_b"),
    hit_about(3, "desk_a", "desk_b"),
    hit_about(4, "desk_c"),
)


@pytest.fixture
def desk(store: EvidenceStore, blobs: Blobs) -> Grouping:
    hits = [ONE, TWO, BOTH, THREE]
    store.put(hits)
    update_leads(store, hits)
    return Grouping(store, blobs)


def test_a_merge_moves_the_hits_and_undo_brings_them_back(desk: Grouping) -> None:
    before = desk.leads()
    gone = desk.take(B, "merge", A)
    assert (gone.into, gone.hit_ids) == (A, ())
    assert desk.held()[A] == {ONE.id, TWO.id, BOTH.id}
    assert desk.leads()[A].joined == (B,)
    assert allowed_actions(desk.store, B) == ("undo",)
    desk.take(B, "undo")
    assert desk.held() == {A: {ONE.id, BOTH.id}, B: {TWO.id, BOTH.id}, C: {THREE.id}}
    assert replace(desk.leads()[B], reviewers=()) == before[B]
    assert verify_audit(desk.store, desk.blobs).ok


def test_what_comes_later_goes_where_the_lead_was_merged(desk: Grouping) -> None:
    desk.take(C, "merge", B)
    desk.take(B, "merge", A)
    later = hit_about(5, "desk_c")
    desk.store.put([later])
    assert [lead.id for lead in update_leads(desk.store, [later])] == [A]
    desk.take(B, "undo")
    assert desk.held()[B] == {TWO.id, BOTH.id, THREE.id, later.id}
    assert desk.held()[A] == {ONE.id, BOTH.id}


def test_a_split_makes_a_lead_of_its_own_and_undo_ends_it(desk: Grouping) -> None:
    part = part_id(A, [BOTH.id])
    assert desk.take(A, "split", BOTH.id).apart == ((BOTH.id, part),)
    assert desk.held() == {A: {ONE.id}, part: {BOTH.id}, B: {TWO.id, BOTH.id}, C: {THREE.id}}
    assert desk.leads()[part].parted_from == A
    update_leads(desk.store, [ONE, BOTH])
    assert desk.held()[A] == {ONE.id}
    desk.take(A, "undo")
    assert part not in desk.leads()
    assert desk.held()[A] == {ONE.id, BOTH.id}
    assert verify_audit(desk.store, desk.blobs).ok


def test_a_part_that_was_reviewed_is_undone_first(desk: Grouping) -> None:
    desk.take(A, "split", BOTH.id)
    part = part_id(A, [BOTH.id])
    desk.take(part, "triage")
    with pytest.raises(ReviewError, match="has steps"):
        desk.take(A, "undo")
    desk.take(part, "undo")
    desk.take(A, "undo")
    assert desk.held()[A] == {ONE.id, BOTH.id}


@pytest.mark.parametrize(
    ("lead", "action", "about", "rule"),
    [
        (A, "merge", (A,), "self"),
        (A, "merge", ("none",), "lead"),
        (A, "merge", (), "lead"),
        (A, "split", (THREE.id,), "hits"),
        (A, "split", (), "hits"),
        (A, "split", (ONE.id, TWO.id, BOTH.id), "rest"),
        (B, "triage", (), "merged"),
        (A, "merge", (B,), "merged"),
        (C, "merge", (D,), "state"),
        (D, "merge", (C,), "state"),
    ],
    ids=str,
)
def test_what_cannot_be_grouped_is_refused(
    desk: Grouping, lead: str, action: str, about: tuple[str, ...], rule: str
) -> None:
    other = hit_about(9, "desk_d")
    desk.store.put([other])
    update_leads(desk.store, [other])
    desk.take(D, "dismiss")
    desk.take(B, "merge", A)
    before = desk.leads()
    with pytest.raises(ReviewError) as refused:
        desk.take(lead, action, *about)
    assert refused.value.rule == rule
    assert desk.leads() == before


def test_what_is_decided_keeps_the_hits_that_were_merged_into_it(desk: Grouping) -> None:
    desk.take(C, "merge", B)
    desk.take(B, "merge", A)
    desk.take(A, "dismiss")
    held = desk.held()
    for merged in (B, C):
        with pytest.raises(ReviewError) as refused:
            desk.take(merged, "undo")
        assert refused.value.rule == "decided"
    assert desk.held() == held
    desk.take(A, "undo")
    desk.take(B, "undo")
    assert desk.held()[A] == {ONE.id, BOTH.id}


def test_who_merges_into_a_confirmed_lead_does_not_approve_it(desk: Grouping) -> None:
    def step(lead: str, action: str, actor: str, *about: str) -> str:
        try:
            take(desk.store, desk.blobs, Step(lead, action, actor, "why", about=about))
        except ReviewError as refused:
            return refused.rule
        return ""

    step(C, "merge", "bo", A)
    for action in ("triage", "confirm"):
        step(A, action, "ann")
    assert step(A, "approve", "bo") == "evidence"  # ann has seen what bo merged: only the proof is missing
    step(B, "merge", "bo", A)
    assert step(A, "approve", "bo") == "second-person"
    assert step(A, "approve", "cy") == "evidence"


def test_what_was_split_off_is_not_merged_back_in_a_circle(desk: Grouping) -> None:
    desk.take(A, "split", BOTH.id)
    part = part_id(A, [BOTH.id])
    with pytest.raises(ReviewError, match="undo the split"):
        desk.take(part, "merge", A)
    desk.take(part, "merge", C)
    with pytest.raises(ReviewError, match="undo the split"):
        desk.take(C, "merge", A)


def test_a_merged_lead_finds_its_way_when_the_other_was_purged(desk: Grouping) -> None:
    desk.take(B, "merge", A)
    plan = plan_purge(desk.store, desk.blobs, before=datetime(2027, 1, 1, tzinfo=UTC).date())
    purge(desk.store, desk.blobs, plan, actor="ann")
    assert desk.held() == {}
    desk.store.put([TWO])
    (lead,) = update_leads(desk.store, [TWO])
    assert (lead.id, lead.subject.value, lead.joined) == (A, "telegram:desk_a", (B,))


def test_what_was_reported_before_is_told(desk: Grouping) -> None:
    def reported(name: str) -> list[str]:
        lead = desk.leads()[name]
        return [
            each.id for each in already_reported(desk.store, lead, list(desk.store.get_many(lead.hit_ids)))
        ]

    assert reported(A) == []
    sent = desk.store.get_lead(B)
    assert sent is not None
    desk.store.save_lead(replace(sent, state="submitted"), expect=sent.version)
    assert reported(A) == reported(B) == [B]
    assert reported(C) == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.sampled_from(HANDLES), st.sampled_from(HANDLES)),
        st.tuples(st.just("split"), st.sampled_from(HANDLES), st.integers(0, 3)),
        st.tuples(st.just("undo"), st.sampled_from(HANDLES), st.just(0)),
    ),
    max_size=6,
)
HITS = st.lists(
    st.builds(
        lambda number, names: hit_about(number, *sorted(names)),
        st.integers(0, 30),
        st.sets(st.sampled_from(HANDLES), min_size=1),
    ),
    max_size=10,
    unique_by=lambda hit: hit.id,
)


@given(hits=HITS, steps=STEPS, data=st.data())
def test_any_order_of_hits_before_and_after_the_decisions_gives_the_same_leads(
    hits: list[Hit], steps: list[tuple[str, str, object]], data: st.DataObject
) -> None:
    first = [hit_about(100 + at, name) for at, name in enumerate(HANDLES)]
    first += [hit_about(200 + at, name) for at, name in enumerate(HANDLES)]
    cut = data.draw(st.integers(0, len(hits)))
    shuffled = data.draw(st.permutations(hits))
    with tempfile.TemporaryDirectory() as folder:
        blobs = open_blobs(Path(folder))
        one, other = Grouping(MemoryStore(), blobs), Grouping(MemoryStore(), blobs)
        _put(one, first)
        _put(one, shuffled[:cut])
        for step in steps:
            _try(one, *step, first=first)
        _put(one, shuffled[cut:])
        # the same decisions on an index that is made anew from the hits and the log
        other.store.log = list(one.store.log)  # type: ignore[attr-defined]
        _put(other, hits)
        follow_all(other.store)
        _put(other, first[::-1])
        follow_all(other.store)
        assert _grouped(other) == _grouped(one)
        assert verify_audit(one.store).ok


def _grouped(desk: Grouping) -> dict[str, object]:
    """The leads that hold anything: a lead without hits is only a sign to another."""
    return {
        name: (lead.hit_ids, lead.score, lead.title, lead.carriers, lead.subject, lead.parted_from)
        for name, lead in desk.leads().items()
        if lead.hit_ids
    }


def _put(desk: Grouping, hits: list[Hit]) -> None:
    desk.store.put(hits)
    update_leads(desk.store, hits)


def _try(desk: Grouping, action: str, handle: str, what: object, *, first: list[Hit]) -> None:
    lead = named(handle)
    at = HANDLES.index(handle)
    about = {"merge": [named(str(what))], "split": [first[at].id], "undo": []}[action]
    try:
        desk.take(lead, action, *about)
    except ReviewError:
        return


def test_parallel_hits_and_decisions_lose_nothing(desk: Grouping) -> None:
    hits = [hit_about(number, HANDLES[number % 3]) for number in range(10, 40)]

    def add(at: int) -> None:
        desk.store.put(hits[at : at + 5])
        update_leads(desk.store, hits[at : at + 5])

    def decide(lead: str) -> None:
        for _ in range(3):
            try:
                desk.take(lead, "merge", A)
                desk.take(lead, "undo")
            except Conflict:
                continue

    with ThreadPoolExecutor(6) as pool:
        jobs = [
            *(pool.submit(add, at) for at in range(0, 30, 5)),
            pool.submit(decide, B),
            pool.submit(decide, C),
        ]
        for job in jobs:
            job.result()
    follow_all(desk.store)
    expected = {name: {BOTH.id} for name in (A, B)} | {C: set()}
    for hit in (*hits, ONE, TWO, THREE):
        expected[named(hit.analysis.contacts[0].handle)].add(hit.id)
    assert desk.held() == expected
