"""What every store does with hits that are put into it and taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.store.protocol import EvidenceStore, Query
from tests.contracts.world import (
    ENGLISH,
    NEWS,
    PITCH,
    WORLD,
    found,
    in_parallel,
)
from tests.factories import make_analysis, make_audit, make_hit, make_lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.lead import Lead


class HitsContract:
    """Hits: put, replaced, refused, removed."""

    def test_a_hit_comes_back_as_it_was_put(self, world: EvidenceStore) -> None:
        assert world.get(PITCH.id) == PITCH
        assert world.get("unknown") is None
        ids = [ENGLISH.id, "unknown", PITCH.id]
        assert list(world.get_many(ids)) == [ENGLISH, PITCH]

    def test_put_tells_new_from_known(self, store: EvidenceStore) -> None:
        assert store.put(WORLD[:2]).indexed == (PITCH.id, NEWS.id)
        report = store.put(WORLD)
        assert report.indexed == (ENGLISH.id,)
        assert report.known == (PITCH.id, NEWS.id)
        assert store.stats()["hits"] == 3
        assert store.put([]) == type(report)()

    def test_a_known_hit_is_replaced_but_keeps_when_it_was_first_seen(self, store: EvidenceStore) -> None:
        first = make_hit("卡承兑", seen_at="2026-02-01T00:00:00Z")
        later = replace(first, seen_at="2026-02-09T00:00:00Z", analysis=make_analysis(score=0.6))
        earlier = replace(first, seen_at="2026-01-20T00:00:00Z", job="again")
        store.put([first])
        store.put([later])
        assert store.get(first.id) == replace(later, seen_at=first.seen_at)
        store.put([earlier])
        assert store.get(first.id) == earlier
        assert store.search(Query("score:0.9 承兑")).total == 1
        assert store.search(Query("job:again seen:2026-01")).total == 1
        assert store.search(Query("")).total == 1

    def test_a_replaced_hit_is_found_by_its_new_words_alone(self, store: EvidenceStore) -> None:
        first = make_hit("卡承兑")
        second = replace(make_hit("跑分车队"), id=first.id)
        store.put([first])
        store.put([second])
        assert [store.search(Query(word)).total for word in ("承兑", "承", "跑分")] == [0, 0, 1]

    def test_an_id_twice_in_a_batch_is_one_hit(self, store: EvidenceStore) -> None:
        hit = make_hit("卡承兑", seen_at="2026-02-01T00:00:00Z")
        report = store.put([hit, replace(hit, seen_at="2026-02-03T00:00:00Z", job="second")])
        assert report.indexed == (hit.id,)
        assert store.get(hit.id) == replace(hit, job="second")

    def test_what_cannot_be_indexed_is_reported_and_the_rest_goes_on(self, store: EvidenceStore) -> None:
        undated = make_hit("没有日期", seen_at="yesterday")
        unscored = make_hit("没有分数", analysis=make_analysis(score=float("nan")))
        report = store.put([undated, PITCH, unscored])
        assert report.indexed == (PITCH.id,)
        assert [hit_id for hit_id, _ in report.failed] == [undated.id, unscored.id]
        assert "yesterday" in report.failed[0][1]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("带 \ud800 半个代理的承兑", id="lone surrogate"),
            pytest.param("空字符\x00承兑\x01\x1e", id="control characters"),
            pytest.param('"承兑" AND (OR) * \\ % _ \'', id="query syntax"),
            pytest.param("承兑" + "a" * 40_000, id="endless word"),
            pytest.param("承兑" * 60_000, id="huge text"),
            pytest.param("İı ﬁ ǅ 承兑", id="uneven case"),
        ],
    )
    def test_hostile_text_is_kept_and_found(self, store: EvidenceStore, text: str) -> None:
        hit = make_hit(text)
        assert store.put([hit]).indexed == (hit.id,)
        kept = store.get(hit.id)
        assert kept is not None
        assert len(kept.document.blocks[0].text) == len(text)
        (result,) = store.search(Query("承兑")).results
        assert all(text[light.start : light.end].startswith("承") for light in result.highlights)

    def test_a_removed_hit_is_found_by_nothing(self, store: EvidenceStore) -> None:
        store.put(WORLD)
        assert store.remove([PITCH.id, "unknown", PITCH.id]) == (PITCH.id,)
        assert store.get(PITCH.id) is None
        assert found(store, "") == {"news", "english"}
        assert found(store, "承") == {"news"}
        assert found(store, "platform:wechat") == set()
        page = store.search(Query(""))
        assert dict(page.facets["category"]) == {"stablecoin": 1}
        assert store.stats()["hits"] == 2
        assert store.remove([PITCH.id]) == ()
        assert store.remove([]) == ()

    def test_a_removed_hit_may_come_back(self, store: EvidenceStore) -> None:
        store.put(WORLD)
        store.remove([hit.id for hit in WORLD])
        later = replace(PITCH, seen_at="2027-01-01T00:00:00Z")
        assert store.put([later]).indexed == (PITCH.id,)
        assert store.get(PITCH.id) == later
        assert found(store, "承兑") == {"pitch"}

    def test_parallel_writers_of_hits_double_nothing(
        self, store: EvidenceStore, reopen: Callable[[], EvidenceStore]
    ) -> None:
        hits = [make_hit(f"承兑 {number}") for number in range(120)]
        stores = [store, *(reopen() for _ in range(3))]
        reports = in_parallel(
            lambda place: [stores[place].put(hits[start : start + 20]) for start in range(0, 120, 20)]
        )
        indexed = [hit_id for batches in reports for report in batches for hit_id in report.indexed]
        assert sorted(indexed) == sorted(hit.id for hit in hits)
        assert store.search(Query("承兑", size=200)).total == 120

    def test_stats_count(self, store: EvidenceStore) -> None:
        store.put(WORLD)
        saved: Lead = store.save_lead(make_lead(), expect=0)
        store.append_audit(make_audit(1, lead_id=saved.id))
        assert store.stats() == {"hits": 3, "leads": 1, "audit": 1}
