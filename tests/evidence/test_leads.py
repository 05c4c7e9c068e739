"""The same hits in any order and any batches give the same leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import Conflict
from evidence.lead import Lead, Subject
from evidence.leads import lead_id, priority, update_leads
from nlp.analysis import CATEGORIES, Contact, Score, Span
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import make_hit

if TYPE_CHECKING:
    from evidence.hit import Hit

HANDLES = ("desk_a", "desk_b", "desk_c")


def numbered_hit(
    number: int, *, handles: tuple[str, ...] = ("desk_a",), probability: float = 0.9, day: int = 1
) -> Hit:
    contacts = tuple(Contact("telegram", name, Span(0, 0, 1), name) for name in handles)
    hit = make_hit(
        f"第{number}条",
        url=f"https://f.example/{number}",
        contacts=contacts,
        score=Score(probability, 1.0),
        categories=(CATEGORIES[number % 4], CATEGORIES[number % 3 + 4]),
    )
    return replace(hit, seen_at=f"2026-11-{day:02d}T00:00:00Z")


HITS = st.lists(
    st.builds(
        numbered_hit,
        st.integers(0, 30),
        handles=st.sets(st.sampled_from(HANDLES), min_size=0).map(lambda names: tuple(sorted(names))),
        probability=st.sampled_from([0.5, 0.7, 0.9, 0.99]),
        day=st.integers(1, 28),
    ),
    max_size=15,
    unique_by=lambda hit: hit.id,
)


def leads_after(batches: list[list[Hit]]) -> dict[str, Lead]:
    store = MemoryStore()
    for batch in batches:
        store.put(batch)
        update_leads(store, batch)
    return {key: replace(lead, version=0) for key, lead in store.saved.items()}


@given(hits=HITS, data=st.data())
def test_any_order_and_any_batches_give_the_same_leads(hits: list[Hit], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(hits))
    cut = data.draw(st.integers(0, len(hits)))
    again = data.draw(st.lists(st.sampled_from(hits), max_size=3)) if hits else []
    assert leads_after([shuffled[:cut], shuffled[cut:], again]) == leads_after([hits])


def test_a_lead_holds_all_hits_of_its_subject() -> None:
    store = MemoryStore()
    hits = [numbered_hit(1, day=2), numbered_hit(2, probability=0.99, day=9), numbered_hit(3, day=5)]
    store.put(hits)
    (lead,) = update_leads(store, hits)
    assert lead.subject == Subject("handle", "telegram:desk_a")
    assert lead.id == lead_id(lead.subject)
    assert lead.hit_ids[0] == hits[1].id
    assert set(lead.hit_ids) == {hit.id for hit in hits}
    assert (lead.first_seen, lead.last_seen) == ("2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z")
    assert lead.title == "第2条"


def test_a_hit_with_two_handles_is_in_two_leads() -> None:
    store = MemoryStore()
    hits = [numbered_hit(1, handles=("desk_a", "desk_b"))]
    store.put(hits)
    assert len(update_leads(store, hits)) == 2


def test_adding_the_same_hits_again_changes_nothing() -> None:
    store = MemoryStore()
    hits = [numbered_hit(1), numbered_hit(2)]
    store.put(hits)
    assert update_leads(store, hits) == update_leads(store, hits)


def test_a_hit_judged_anew_gives_way_to_a_stronger_one() -> None:
    store = MemoryStore()
    strong, weak = numbered_hit(1, probability=0.99), numbered_hit(2, probability=0.8)
    store.put([strong, weak])
    update_leads(store, [strong, weak])
    anew = replace(strong, analysis=replace(strong.analysis, score=Score(0.1, -2.0)))
    store.put([anew])
    (lead,) = update_leads(store, [anew])
    assert lead.hit_ids[0] == weak.id


def test_the_state_of_review_is_kept() -> None:
    store = MemoryStore()
    store.put([numbered_hit(1)])
    (lead,) = update_leads(store, [numbered_hit(1)])
    store.save_lead(replace(lead, state="confirmed"), expect=lead.version)
    store.put([numbered_hit(2)])
    (after,) = update_leads(store, [numbered_hit(2)])
    assert after.state == "confirmed"
    assert len(after.hit_ids) == 2


class Busy(MemoryStore):
    """A store where somebody else comes first ``times`` times."""

    times = 3

    def save_lead(self, lead: Lead, *, expect: int) -> Lead:
        if self.times:
            self.times -= 1
            raise Conflict(lead.id)
        return super().save_lead(lead, expect=expect)


def test_a_conflict_is_tried_again() -> None:
    store = Busy()
    store.put([numbered_hit(1)])
    (lead,) = update_leads(store, [numbered_hit(1)])
    assert lead.version == 1


def test_endless_conflict_is_said() -> None:
    store = Busy()
    store.times = 10**6
    with pytest.raises(Conflict, match="kept changing"):
        update_leads(store, [numbered_hit(1)])


@given(
    probability=st.floats(0, 1),
    hits=st.integers(1, 10**6),
    categories=st.sets(st.sampled_from(CATEGORIES)),
)
def test_priority_is_a_share_and_rises_with_reach(
    probability: float, hits: int, categories: set[str]
) -> None:
    value = priority(probability, hits=hits, categories=categories)  # type: ignore[arg-type]
    assert 0 <= value <= 1
    assert priority(probability, hits=hits + 1, categories=categories) >= value  # type: ignore[arg-type]
