"""What every store does with leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.errors import Conflict
from evidence.lead import Lead, Subject
from tests.contracts.world import (
    in_parallel,
)
from tests.factories import make_lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.store.protocol import EvidenceStore


class LeadsContract:
    """Leads: versions, conflicts, parallel writers."""

    def test_a_lead_is_versioned(self, store: EvidenceStore) -> None:
        saved = store.save_lead(make_lead(), expect=0)
        assert saved.version == 1
        assert store.get_lead("lead-1") == saved
        again = store.save_lead(replace(saved, state="triaged"), expect=1)
        assert again.version == 2
        assert store.get_lead("lead-1") == again
        assert store.get_lead("lead-2") is None

    @pytest.mark.parametrize("expect", [0, 2])
    def test_a_lead_changed_by_others_is_a_conflict(self, store: EvidenceStore, expect: int) -> None:
        saved = store.save_lead(make_lead(), expect=0)
        with pytest.raises(Conflict, match="lead-1"):
            store.save_lead(replace(saved, state="dismissed"), expect=expect)
        assert store.get_lead("lead-1") == saved

    def test_a_lead_that_is_not_there_cannot_be_changed(self, store: EvidenceStore) -> None:
        with pytest.raises(Conflict):
            store.save_lead(make_lead(), expect=1)
        assert store.get_lead("lead-1") is None

    def test_parallel_writers_of_a_lead_lose_nothing(self, store: EvidenceStore) -> None:
        store.save_lead(make_lead(hit_ids=()), expect=0)

        def add(writer: int) -> None:
            for number in range(5):
                while True:
                    lead = store.get_lead("lead-1")
                    assert lead is not None
                    grown = replace(lead, hit_ids=(*lead.hit_ids, f"{writer}-{number}"))
                    try:
                        store.save_lead(grown, expect=lead.version)
                    except Conflict:
                        continue
                    break

        assert in_parallel(add) == [None] * 4
        lead = store.get_lead("lead-1")
        assert lead is not None
        assert len(set(lead.hit_ids)) == len(lead.hit_ids) == 20
        assert lead.version == 21

    def test_leads_come_strongest_first_and_filtered(self, store: EvidenceStore) -> None:
        strong = store.save_lead(make_lead("a", score=0.99, categories=("rwa", "scheme")), expect=0)
        weak = store.save_lead(make_lead("b", score=0.4, categories=("mining",)), expect=0)
        middle = store.save_lead(make_lead("c", score=0.7, categories=("rwa",)), expect=0)
        middle = store.save_lead(replace(middle, state="triaged"), expect=1)
        assert list(store.leads()) == [strong, middle, weak]
        assert list(store.leads(state="triaged")) == [middle]
        assert list(store.leads(category="rwa")) == [strong, middle]
        assert list(store.leads(state="new", category="mining")) == [weak]
        assert list(store.leads(category="payment")) == []

    def test_leads_of_a_hit_follow_its_changes(self, store: EvidenceStore) -> None:
        first = store.save_lead(make_lead("a", hit_ids=("x", "y"), score=0.5), expect=0)
        subject = Subject("handle", "wechat:ab_c123")
        second = store.save_lead(make_lead("b", hit_ids=("y",), subject=subject), expect=0)
        assert store.leads_of_hit("y") == (second, first)
        assert store.leads_of_hit("x") == (first,)
        changed = store.save_lead(replace(first, hit_ids=("y", "z")), expect=1)
        assert store.leads_of_hit("x") == ()
        assert store.leads_of_hit("z") == (changed,)

    def test_many_leads_are_listed_without_a_cap(self, store: EvidenceStore) -> None:
        for number in range(520):
            store.save_lead(make_lead(f"lead-{number:03}", score=0.5), expect=0)
        assert [lead.id for lead in store.leads()] == [f"lead-{number:03}" for number in range(520)]

    def test_leads_written_together_are_as_if_written_singly(self, store: EvidenceStore) -> None:
        old = store.save_lead(make_lead("b", hit_ids=("x", "y"), score=0.4), expect=0)
        grown = replace(old, hit_ids=("y", "z"), state="triaged")
        outcomes = store.save_leads([(make_lead("a", hit_ids=("x",)), 0), (grown, 1), (make_lead("c"), 0)])
        assert [lead.version for lead in outcomes if isinstance(lead, Lead)] == [1, 2, 1]
        assert tuple(store.get_leads(["c", "none", "a", "b"])) == (outcomes[2], outcomes[0], outcomes[1])
        assert store.leads_of_hit("x") == (outcomes[0],)
        assert store.leads_of_hit("z") == (outcomes[1],)
        assert store.save_leads([]) == ()

    def test_a_conflict_is_told_of_its_lead_and_the_others_are_written(self, store: EvidenceStore) -> None:
        saved = store.save_lead(make_lead("a"), expect=0)
        outcomes = store.save_leads(
            [
                (replace(saved, state="dismissed"), 7),
                (make_lead("b"), 0),
                (make_lead("c"), 1),
                (replace(make_lead("a"), id="d"), 0),
            ]
        )
        assert [type(outcome) for outcome in outcomes] == [Conflict, Lead, Conflict, Lead]
        assert "lead a" in str(outcomes[0])
        assert store.get_lead("a") == saved
        assert store.get_lead("c") is None
        assert {lead.id for lead in store.leads()} == {"a", "b", "d"}
        assert isinstance(store.save_leads([(make_lead("b"), 0)])[0], Conflict)

    def test_parallel_writers_of_many_leads_lose_nothing(
        self, store: EvidenceStore, reopen: Callable[[], EvidenceStore]
    ) -> None:
        names = [f"lead-{number}" for number in range(5)]
        stores = [store, *(reopen() for _ in range(3))]

        def add(writer: int) -> None:
            own, waiting = stores[writer], set(names)
            while waiting:
                stored = {lead.id: lead for lead in own.get_leads(sorted(waiting))}
                changes = []
                for name in sorted(waiting):
                    lead = stored.get(name) or replace(make_lead(name, hit_ids=()), version=0)
                    changes.append((replace(lead, hit_ids=(*lead.hit_ids, f"w{writer}")), lead.version))
                waiting -= {lead.id for lead in own.save_leads(changes) if isinstance(lead, Lead)}

        assert in_parallel(add) == [None] * 4
        for lead in store.get_leads(names):
            assert (sorted(lead.hit_ids), lead.version) == (["w0", "w1", "w2", "w3"], 4)

    def test_a_lead_is_removed_only_as_it_was_read(self, store: EvidenceStore) -> None:
        lead = store.save_lead(make_lead("a", hit_ids=("x",)), expect=0)
        for name, expect in (("a", 2), ("a", 0), ("b", 0), ("b", 1)):
            with pytest.raises(Conflict):
                store.remove_lead(name, expect=expect)
        assert store.get_lead("a") == lead
        store.remove_lead("a", expect=1)
        assert store.get_lead("a") is None
        assert store.leads_of_hit("x") == ()
        assert list(store.leads()) == []
        assert store.save_lead(make_lead("a", hit_ids=("y",)), expect=0).version == 1
