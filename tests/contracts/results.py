"""How every store answers: in which order, marked how, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.errors import QueryError
from evidence.store.protocol import EvidenceStore, Highlight, Query
from tests.contracts.world import (
    NAMES,
    PITCH,
    WORLD,
    quotes,
)
from tests.factories import make_analysis, make_hit

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.store.protocol import Sort


class ResultsContract:
    """Facets, highlights, order, pages, scans."""

    def test_facets_count_over_all_results(self, world: EvidenceStore) -> None:
        page = world.search(Query("", size=1))
        assert page.total == 3
        assert page.facets["category"] == (("stablecoin", 2), ("payment", 1))
        assert page.facets["stance"] == (("promo", 2), ("report", 1))
        assert page.facets["domain"] == (("example.com", 1), ("example.net", 1), ("example.org", 1))
        assert page.facets["platform"] == (("wallet:tron", 1), ("wechat", 1))
        assert page.facets["job"] == (("nightly", 2),)
        assert world.search(Query("承兑", size=1)).facets["category"] == (("payment", 1), ("stablecoin", 1))
        for name, counts in page.facets.items():
            for value, number in counts:
                assert world.search(Query("", filters=((name, value),))).total == number

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("承兑", ["承兑"]),
            ("长期合作", ["長期合作"]),
            ("usdt", ["ＵＳＤＴ"]),
            ("us*", ["ＵＳ"]),
            ("premium", ["Premium"]),
            ("商，长期", ["商，長期"]),
            ("handle:ab_c123", ["ab_c 1 2 3"]),
            ("handle:AB_*", ["ab_c 1 2 3"]),
            ("ab_c123", ["ab_c 1 2 3"]),
            ("platform:wechat", ["ab_c 1 2 3"]),
            ("rule:payment/承兑", ["承兑"]),
            ("卡承 OR 承兑商", ["卡承兑商"]),
            ("category:payment", []),
            ("承兑 NOT 不冻卡", ["承兑"]),
        ],
    )
    def test_highlights_quote_the_raw_text(self, world: EvidenceStore, text: str, shown: list[str]) -> None:
        assert quotes(world, text) == shown

    def test_highlights_name_block_and_code_points(self, store: EvidenceStore) -> None:
        hit = make_hit("🚀🚀 卡 承兑，承兑", title="承兑")
        store.put([hit])
        (result,) = store.search(Query("卡承兑 OR 承兑")).results
        assert result.highlights == (Highlight(0, 3, 7), Highlight(0, 8, 10), Highlight(1, 0, 2))

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("newest", ["english", "news", "pitch"]),
            ("oldest", ["pitch", "news", "english"]),
            ("score", ["pitch", "english", "news"]),
            ("relevance", ["pitch", "english", "news"]),
        ],
    )
    def test_results_are_sorted(self, world: EvidenceStore, sort: Sort, order: list[str]) -> None:
        page = world.search(Query("", sort=sort))
        assert [NAMES[result.hit.id] for result in page.results] == order
        assert [NAMES[result.hit.id] for result in world.scan(Query("", sort=sort))] == order

    def test_relevance_puts_more_and_rarer_terms_first(self, store: EvidenceStore) -> None:
        common = [make_hit(f"承兑 甲 {number}", analysis=make_analysis(score=0.99)) for number in range(5)]
        rare = make_hit("跑分 乙", analysis=make_analysis(score=0.5))
        both = make_hit("跑分 承兑 丙", analysis=make_analysis(score=0.1))
        store.put([*common, rare, both])
        page = store.search(Query("承兑 OR 跑分"))
        assert [result.hit.id for result in page.results[:2]] == [both.id, rare.id]
        assert page.results[0].rank > page.results[1].rank > page.results[2].rank

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest", "score"])
    def test_pages_hold_every_result_once_while_others_write(self, store: EvidenceStore, sort: Sort) -> None:
        hits = [
            make_hit(
                f"承兑 {number} {'跑分' if number % 3 else ''}",
                analysis=make_analysis(score=(number % 4) / 10),
                seen_at=f"2026-02-0{1 + number % 5}T00:00:00Z",
            )
            for number in range(23)
        ]
        store.put(hits)
        seen: list[str] = []
        query = Query("承兑 OR 跑分", sort=sort, size=5)
        for number in range(6):
            page = store.search(query)
            assert page.total == 23
            seen += [result.hit.id for result in page.results]
            store.put([make_hit(f"承兑 后来 {sort} {number}", seen_at="2026-02-03T00:00:00Z")])
            if not page.cursor:
                break
            query = replace(query, cursor=page.cursor)
        assert len(seen) == 23
        assert set(seen) == {hit.id for hit in hits}
        assert store.search(Query("承兑")).total == 23 + 5

    def test_the_last_page_has_no_cursor(self, world: EvidenceStore) -> None:
        assert world.search(Query("", size=3)).cursor == ""
        assert world.search(Query("", size=0)).total == 3
        assert world.search(Query("", size=0)).results == ()

    def test_a_foreign_cursor_is_refused(self, world: EvidenceStore) -> None:
        cursor = world.search(Query("商", size=1)).cursor
        assert cursor
        for query in (Query("商", size=1, cursor="!"), Query("承", size=1, cursor=cursor)):
            with pytest.raises(QueryError, match="cursor"):
                world.search(query)

    def test_a_scan_is_uncapped_and_still_while_others_write(self, store: EvidenceStore) -> None:
        hits = [make_hit(f"承兑 {number}") for number in range(1203)]
        store.put(hits)
        seen = set()
        for number, result in enumerate(store.scan(Query("承兑", sort="oldest", size=1))):
            seen.add(result.hit.id)
            if number == 600:
                store.put([make_hit("承兑 后来")])
        assert seen == {hit.id for hit in hits}

    def test_another_store_sees_what_was_written(
        self, store: EvidenceStore, reopen: Callable[[], EvidenceStore]
    ) -> None:
        store.put(WORLD)
        store.search(Query(""))
        other = reopen()
        assert other.get(PITCH.id) == PITCH
        assert other.search(Query("承兑")).total == 1
