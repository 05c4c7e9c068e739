"""What every evidence store does. A test class per store inherits it and supplies the ``store`` fixture."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evidence.errors import Conflict, QueryError
from evidence.lead import AuditEntry, Lead, Subject
from evidence.store.protocol import EvidenceStore, Highlight, Query
from evidence.store.terms import fold, has_ideograph
from nlp.analysis import Finding, Span
from nlp.normalise import normalise
from tests.factories import make_analysis, make_audit, make_contact, make_hit, make_lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.hit import Hit
    from evidence.store.protocol import Sort

PITCH = make_hit(
    "专业卡承兑商，長期合作，ＵＳＤＴ秒结。加薇❤ ab_c 1 2 3 咨询 method",
    url="https://shop.example.com/post/1?a=1",
    title="出售 Premium 服务🚀",
    analysis=make_analysis(
        score=0.97,
        categories=("payment", "stablecoin"),
        contacts=(
            make_contact("wechat", "ab_c123", raw="ab_c 1 2 3", start=23),
            make_contact("wallet:tron", "TInvented123", raw="專業", start=0),
        ),
        findings=(Finding("payment/承兑", Span(0, 3, 5), "承兑", "承兑", 1.2),),
    ),
    seen_at="2026-02-06T00:00:00Z",
    job="nightly",
    ref="feed-1",
    source="post",
    surface="comment",
)
NEWS = make_hit(
    "警方通报：一名承包商被骗，嫌疑人以兑换为名。",
    url="https://news.example.org/a",
    analysis=make_analysis(score=0.4, stance="report", categories=()),
    seen_at="2026-02-28T23:59:59.5+00:00",
)
ENGLISH = make_hit(
    "Buy tether with hello world, no method needed",
    url="https://example.net/",
    analysis=make_analysis(score=0.8, categories=("stablecoin",)),
    seen_at="2026-03-01T08:00:00+08:00",
    job="nightly",
)
WORLD = (PITCH, NEWS, ENGLISH)
NAMES = {PITCH.id: "pitch", NEWS.id: "news", ENGLISH.id: "english"}


def found(store: EvidenceStore, text: str, **options: object) -> set[str]:
    """Names of the hits a query finds, which search, total and scan must agree on."""
    query = Query(text, **options)  # type: ignore[arg-type]
    page = store.search(query)
    names = {NAMES[result.hit.id] for result in page.results}
    assert page.total == len(page.results)
    assert {NAMES[result.hit.id] for result in store.scan(query)} == names
    return names


def quotes(store: EvidenceStore, text: str, hit: Hit = PITCH) -> list[str]:
    """The raw words highlighted in a hit."""
    (result,) = (result for result in store.search(Query(text)).results if result.hit.id == hit.id)
    blocks = hit.document.blocks
    return [blocks[light.block].text[light.start : light.end] for light in result.highlights]


def in_parallel(work: Callable[[int], object], number: int = 4) -> list[object]:
    """Run ``work(0..number-1)`` in threads at once; returns results, exceptions among them."""
    results: list[object] = [None] * number
    gate = threading.Barrier(number)

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = work(place)
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def stands_in(text: str, wanted: str) -> bool:
    """The slow truth: whether a text holds a phrase as it stands or normalised, idle white space apart."""
    spelled = [_without_idle_space(fold(spelling)) for spelling in (text, normalise(text).text)]
    phrases = [_without_idle_space(fold(phrase)) for phrase in (wanted, normalise(wanted).text)]
    return any(phrase in spelling for phrase in phrases if phrase for spelling in spelled)


def _without_idle_space(text: str) -> str:
    kept = re.sub(r"(?<=[a-z0-9])\s+(?=[a-z0-9])", "|", text)
    return "".join(kept.split())


# Few characters, so that near misses are frequent: both scripts, full width, invisible and split ones.
_CHARACTERS = [*'卡承兑商兌換换长長，。❤扌斤\u200b\n "ａb1', "😀"]
_TEXTS = st.text(st.sampled_from(_CHARACTERS), min_size=1, max_size=40)


@st.composite
def texts_and_a_place(draw: st.DrawFn) -> tuple[list[str], str]:
    """Some texts, and a piece of one of them that holds an ideograph."""
    texts = draw(st.lists(_TEXTS, min_size=1, max_size=6, unique=True))
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text) - 1))
    piece = text[start : draw(st.integers(start + 1, len(text)))]
    assume(has_ideograph(normalise(piece).text) and has_ideograph(piece))
    return texts, piece


class StoreContract:
    """Inherit, and supply ``make_store``, of class scope: opens the store of a name, empty the first time."""

    @pytest.fixture
    def name(self) -> str:
        return f"test-{uuid.uuid4().hex[:12]}"

    @pytest.fixture
    def store(self, make_store: Callable[[str], EvidenceStore], name: str) -> EvidenceStore:
        return make_store(name)

    @pytest.fixture
    def reopen(self, make_store: Callable[[str], EvidenceStore], name: str) -> Callable[[], EvidenceStore]:
        """Opens another store on the data of ``store``."""
        return lambda: make_store(name)

    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, make_store: Callable[[str], EvidenceStore]) -> EvidenceStore:
        """A store of three hits that tests only read."""
        world = make_store(f"test-{uuid.uuid4().hex[:12]}")
        world.put(WORLD)
        return world

    @pytest.fixture(scope="class")
    @classmethod
    def growing(cls, make_store: Callable[[str], EvidenceStore]) -> EvidenceStore:
        """A store that keeps what each example puts in."""
        return make_store(f"test-{uuid.uuid4().hex[:12]}")

    # writing and reading back

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

    # the query language

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
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
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

    # results

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

    # leads

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

    # removing

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

    # audit

    def test_the_audit_log_is_append_only_and_ordered(self, store: EvidenceStore) -> None:
        assert store.last_audit() is None
        entries = [make_audit(number, lead_id=f"lead-{number % 2}") for number in range(1, 12)]
        for entry in entries:
            store.append_audit(entry)
        assert list(store.audit()) == entries
        assert list(store.audit(lead_id="lead-1")) == entries[::2]
        assert store.last_audit() == entries[-1]
        with pytest.raises(Conflict, match="3"):
            store.append_audit(make_audit(3, reason="forged"))
        assert list(store.audit()) == entries

    def test_parallel_audit_writers_take_each_number_once(self, store: EvidenceStore) -> None:
        def append(writer: int) -> list[AuditEntry]:
            done: list[AuditEntry] = []
            while len(done) < 5:
                last = store.last_audit()
                entry = make_audit((last.sequence if last else 0) + 1, reason=f"writer {writer}")
                try:
                    store.append_audit(entry)
                except Conflict:
                    continue
                done.append(entry)
            return done

        lists = in_parallel(append)
        assert not [entry for entry in lists if isinstance(entry, Exception)]
        assert [entry.sequence for entry in store.audit()] == list(range(1, 21))

    def test_parallel_writers_of_hits_double_nothing(
        self, store: EvidenceStore, reopen: Callable[[], EvidenceStore]
    ) -> None:
        hits = [make_hit(f"承兑 {number}") for number in range(120)]
        stores = [store, *(reopen() for _ in range(3))]
        reports = in_parallel(
            lambda place: [stores[place].put(hits[start : start + 20]) for start in range(0, 120, 20)]
        )
        indexed = [
            hit_id
            for batches in reports
            for report in batches  # type: ignore[attr-defined]
            for hit_id in report.indexed
        ]
        assert sorted(indexed) == sorted(hit.id for hit in hits)
        assert store.search(Query("承兑", size=200)).total == 120

    def test_stats_count(self, store: EvidenceStore) -> None:
        store.put(WORLD)
        saved: Lead = store.save_lead(make_lead(), expect=0)
        store.append_audit(make_audit(1, lead_id=saved.id))
        assert store.stats() == {"hits": 3, "leads": 1, "audit": 1}
