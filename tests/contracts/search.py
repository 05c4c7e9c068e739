"""What every store finds."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings

from evidence.errors import QueryError
from evidence.store.protocol import EvidenceStore, Query
from tests.contracts.world import (
    NEWS,
    found,
    stands_in,
    texts_and_a_place,
)
from tests.factories import make_hit


class SearchContract:
    """Queries, filters and dates."""

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", {"pitch", "news", "english"}),
            ("*", {"pitch", "news", "english"}),
            ("承兑", {"pitch"}),
            ("卡承兑商", {"pitch"}),
            ("承", {"pitch", "news"}),
            ("商", {"pitch", "news"}),
            ("兑", {"pitch", "news"}),
            ("兑商，", {"pitch"}),
            ("長期", {"pitch"}),
            ("长期", {"pitch"}),
            ("專業", {"pitch"}),
            ("usdt", {"pitch"}),
            ("ＵＳＤＴ", {"pitch"}),
            ("USDT秒", {"pitch"}),
            ("SDT秒结", {"pitch"}),
            ("usd", set()),
            ("usd*", {"pitch"}),
            ("sdt", set()),
            ("eth", set()),
            ("method", {"pitch", "english"}),
            ('"hello world"', {"english"}),
            ('"hello  world"', {"english"}),
            ('"world hello"', set()),
            ('"hello wor"', set()),
            ("“hello world”", {"english"}),
            ("hello world", {"english"}),
            ("helloworld", set()),
            ("🚀", {"pitch"}),
            ("，", {"pitch", "news", "english"}),
            ("承兑 OR tether", {"pitch", "english"}),
            ("承 AND 兑 AND NOT 卡", {"news"}),
            ("商 -卡", {"news"}),
            ("NOT 承", {"english"}),
            ("(承兑 OR tether) stance:promo", {"pitch", "english"}),
            ("（承兑 OR 通报）商", {"pitch", "news"}),
            ("NOT (承兑 OR tether)", {"news"}),
            ("category:payment", {"pitch"}),
            ("category：payment", {"pitch"}),
            ("category:pay*", {"pitch"}),
            ("stance:report", {"news"}),
            ("source:post", {"pitch"}),
            ("surface:comment", {"pitch"}),
            ("job:nightly", {"pitch", "english"}),
            ("ref:feed-1", {"pitch"}),
            ("domain:example.com", {"pitch"}),
            ("domain:shop.example.com", {"pitch"}),
            ("domain:example.*", {"pitch", "news", "english"}),
            ("url:https://shop.example.com/post/1?a=1", {"pitch"}),
            ("url:shop.example.com/post/*", {"pitch"}),
            (f"id:{NEWS.id}", {"news"}),
            ("platform:wechat", {"pitch"}),
            ("handle:ab_c123", {"pitch"}),
            ("handle:ＡＢ_Ｃ123", {"pitch"}),
            ('handle:"ab_c 1 2 3"', {"pitch"}),
            ("handle:@ab_c123", {"pitch"}),
            ("handle:wechat:ab_c123", {"pitch"}),
            ("handle:qq:ab_c123", set()),
            ("handle:ab_*", {"pitch"}),
            ("ab_c123", {"pitch"}),
            ("wallet:TInvented123", {"pitch"}),
            ("wallet:tron:TInvented123", {"pitch"}),
            ("rule:payment/承兑", {"pitch"}),
            ("rule:payment/*", {"pitch"}),
            ("diversion:true", {"pitch"}),
            ("review:true", {"news"}),
            ("score:>0.9", {"pitch"}),
            ("score:>=0.8", {"pitch", "english"}),
            ("score:>0.8", {"pitch"}),
            ("score:<0.8", {"news"}),
            ("score:0.4..0.8", {"news", "english"}),
            ("score:..0.5", {"news"}),
            ("seen:2026-02", {"pitch", "news"}),
            ("seen:2026", {"pitch", "news", "english"}),
            ("seen:2026-02-06", {"pitch"}),
            ("seen:2026-02-06..2026-02-28", {"pitch", "news"}),
            ("seen:>2026-02-28", {"english"}),
            ("seen:>=2026-02-28", {"news", "english"}),
            ("seen:<2026-02-28", {"pitch"}),
            ("seen:2026-03-01T00:00:00Z", {"english"}),
            ("nofield:payment", set()),
            ("zzz*", set()),
        ],
    )
    def test_the_query_language_finds(self, world: EvidenceStore, text: str, names: set[str]) -> None:
        assert found(world, text, size=10) == names

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("(承兑", "character 1"),
            ("承兑)", "character 3"),
            ('承兑 "卡', "character 4"),
            ("承兑 OR", "character 6"),
            ("AND 承兑", "character 1"),
            ("score:high", "character 1"),
            ("a seen:soon", "character 3"),
            ("catgory:payment", "did you mean 'category'"),
            ("category:gambling", "payment"),
            ("category:", "no value"),
            ("(" * 60 + "a" + ")" * 60, "deep"),
            ("a " * 300, "terms"),
            ("a" * 5000, "characters"),
        ],
    )
    def test_a_query_that_cannot_be_read_says_where(self, world: EvidenceStore, text: str, says: str) -> None:
        with pytest.raises(QueryError, match=says.replace("(", r"\(")):
            world.search(Query(text))
        with pytest.raises(QueryError):
            list(world.scan(Query(text)))

    @given(world=texts_and_a_place())
    @settings(max_examples=25, suppress_health_check=[HealthCheck.differing_executors])
    def test_every_substring_with_an_ideograph_is_found_and_nothing_else(
        self, growing: EvidenceStore, world: tuple[list[str], str]
    ) -> None:
        texts, wanted = world
        job = uuid.uuid4().hex
        hits = [make_hit(text, job=job, url=f"https://example.com/{job}/{n}") for n, text in enumerate(texts)]
        growing.put(hits)
        escaped = wanted.replace("\\", "\\\\").replace('"', '\\"')
        results = list(growing.scan(Query(f'"{escaped}"', filters=(("job", job),))))
        expected = {hit.id for hit, text in zip(hits, texts, strict=True) if stands_in(text, wanted)}
        assert {result.hit.id for result in results} == expected
        assert all(result.highlights for result in results)

    def test_filters_join_facets_and_offer_values(self, world: EvidenceStore) -> None:
        assert found(world, "", filters=(("category", "payment"),)) == {"pitch"}
        assert found(world, "", filters=(("stance", "promo"), ("stance", "report"))) == {
            "pitch",
            "news",
            "english",
        }
        assert found(world, "tether", filters=(("stance", "promo"), ("job", "nightly"))) == {"english"}
        with pytest.raises(QueryError, match="colour"):
            world.search(Query("", filters=(("colour", "red"),)))
        with pytest.raises(QueryError, match="payment"):
            world.search(Query("", filters=(("category", "red"),)))

    def test_dates_include_both_ends(self, world: EvidenceStore) -> None:
        assert found(world, "", since="2026-02-28") == {"news", "english"}
        assert found(world, "", until="2026-02-28") == {"pitch", "news"}
        assert found(world, "", since="2026-02-06", until="2026-02-06") == {"pitch"}
        with pytest.raises(QueryError, match="soon"):
            world.search(Query("", since="soon"))
