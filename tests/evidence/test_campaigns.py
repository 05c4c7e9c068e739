"""Campaigns are found as they are, decoys or not, in any order, in near-linear time; a graph says why."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.campaigns import ALIKE, MERGED, campaign, grouped, reasons
from evidence.leads import update_leads
from evidence.similar import near_duplicates, wording_digest
from evidence.subjects import subjects_of
from tests.evidence.grouped import Grouping, hit_about, named
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import make_hit
from tests.evidence.world import make_world, pairwise_f1
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.blobs import Blobs
    from evidence.hit import Hit

FROM = 60


@pytest.mark.parametrize("seed", range(3))
def test_the_campaigns_of_a_made_up_world_are_found(seed: int) -> None:
    world = make_world(seed, campaigns=60, hits=30)
    assert pairwise_f1(grouped(world.hits, everywhere_from=FROM), world.campaign) >= 0.98


def test_without_suppression_decoys_would_join_strangers() -> None:
    world = make_world(0, campaigns=60, hits=30)
    assert pairwise_f1(grouped(world.hits, everywhere_from=0), world.campaign) < 0.5


def test_the_order_of_the_hits_does_not_matter() -> None:
    hits = make_world(1, campaigns=12, hits=20).hits
    shuffled = random.Random(1).sample(hits, len(hits))
    assert grouped(shuffled, everywhere_from=FROM) == grouped(hits, everywhere_from=FROM)


def test_grouping_takes_time_in_proportion() -> None:
    def work(size: int) -> Callable[[], object]:
        hits = make_world(2, campaigns=size, hits=10).hits
        return lambda: grouped(hits, everywhere_from=FROM)

    assert_linear(work, small=20)


def test_a_thousand_copies_of_one_text_are_no_square() -> None:
    def work(size: int) -> Callable[[], object]:
        text = "加入社群跟单老师带你合约稳赚包赔零风险高收益名额有限"
        hits = [make_hit(text, url=f"https://s{at}.example/", contacts=()) for at in range(size)]
        return lambda: list(near_duplicates(hits))

    assert_linear(work, small=120)


def post(text: str, number: int) -> Hit:
    hit = make_hit(text, url="", contacts=())
    return replace(hit, id=f"{number:032x}")


def test_posts_of_one_wording_that_name_nobody_are_one_lead() -> None:
    words = "加入社群跟单老师带你合约稳赚包赔零风险高收益"
    one, other = post(f"{words}！1", 1), post(f"{words} 2~", 2)
    assert subjects_of(one) == subjects_of(other)
    assert subjects_of(one)[0].value == wording_digest(one)
    assert subjects_of(post("合约稳赚", 3)) != subjects_of(post("合约稳赚", 4))


def test_a_graph_says_why_hits_are_together(blobs: Blobs) -> None:
    store = MemoryStore()
    a, b, c = named("desk_a"), named("desk_b"), named("desk_c")
    hits = [hit_about(1, "desk_a"), hit_about(2, "desk_a", "desk_b"), hit_about(3, "desk_b")]
    hits += [hit_about(4, "desk_c"), hit_about(9, "desk_z")]
    store.put(hits)
    update_leads(store, hits)
    Grouping(store, blobs).take(c, "merge", b)
    found = campaign(store, store.saved[a], everywhere_from=FROM)
    assert {hit.id for hit in found.hits} == {hit.id for hit in hits[:4]}
    why = {(tie.source, tie.target): tie.why for tie in found.ties}
    assert why[hits[0].id, a] == "handle"
    assert why[c, b] == MERGED
    assert [(each.lead_id, count) for each, count in reasons(found)] == sorted(
        [(a, 2), (b, 2)], key=lambda pair: pair[0]
    )
    small = campaign(store, store.saved[a], everywhere_from=FROM, most_hits=2)
    assert (len(small.hits), small.left_out) == (2, 2)


def test_a_graph_does_not_go_through_what_is_everywhere() -> None:
    store = MemoryStore()
    hits = [hit_about(number, "helpdesk", f"own{number}") for number in range(5)]
    store.put(hits)
    update_leads(store, hits)
    found = campaign(store, store.saved[named("own1")], everywhere_from=5)
    assert [hit.id for hit in found.hits] == [hits[1].id]
    assert [each.subject.value for each in found.subjects if each.suppressed] == ["telegram:helpdesk"]


def test_near_duplicate_texts_are_tied() -> None:
    words = "加入社群跟单老师带你合约稳赚包赔零风险高收益今日名额仅剩三位速来"
    store = MemoryStore()
    hits = [
        make_hit(f"{words}{end}", url="https://one.example/", contacts=()) for end in ("", "吧", "一起发财")
    ]
    store.put(hits)
    (lead,) = update_leads(
        store, [replace(hit, document=replace(hit.document, source="web")) for hit in hits]
    )
    assert any(tie.why == ALIKE for tie in campaign(store, lead, everywhere_from=FROM).ties)
