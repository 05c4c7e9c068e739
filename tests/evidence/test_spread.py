"""What strangers share is suppressed by the number of sites that carry it, and stays visible."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from evidence.leads import update_leads
from evidence.spread import MOST_CARRIERS, carriers, current_priority, is_suppressed, ranked, site_of
from evidence.subjects import listed_hosts
from nlp.analysis import Contact, Span
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import make_hit
from tests.factories import make_lead

if TYPE_CHECKING:
    from evidence.hit import Hit

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def hits_on(sites: int, *, pages: int = 1, handle: str = "helpdesk") -> list[Hit]:
    contacts = (Contact("telegram", handle, Span(0, 0, 1), handle),)
    return [
        make_hit(f"第{page}页", url=f"https://www.site{site}.example/{page}", contacts=contacts)
        for site in range(sites)
        for page in range(pages)
    ]


@pytest.mark.parametrize(
    ("sites", "least", "suppressed"),
    [(5, 5, True), (4, 5, False), (5, 0, False)],
    ids=["many sites", "fewer", "switched off"],
)
def test_a_subject_on_many_sites_is_suppressed(sites: int, least: int, suppressed: bool) -> None:
    store = MemoryStore()
    hits = hits_on(sites, pages=3)
    store.put(hits)
    (lead,) = update_leads(store, hits)
    assert len(lead.carriers) == sites
    assert is_suppressed(lead, everywhere_from=least) is suppressed
    assert len(lead.hit_ids) == 3 * sites


def test_many_pages_of_one_site_suppress_nothing() -> None:
    store = MemoryStore()
    hits = hits_on(1, pages=80)
    store.put(hits)
    assert not is_suppressed(update_leads(store, hits)[0], everywhere_from=2)


def test_what_people_took_up_is_not_suppressed() -> None:
    lead = replace(make_lead(), carriers=("a", "b", "c"))
    assert is_suppressed(lead, everywhere_from=3)
    assert not is_suppressed(replace(lead, state="triaged"), everywhere_from=3)


def test_the_sites_counted_do_not_depend_on_the_order() -> None:
    hits = hits_on(2 * MOST_CARRIERS)
    shuffled = random.Random(3).sample(hits, len(hits))
    added: tuple[str, ...] = ()
    for at in range(0, len(hits), 50):
        added = carriers(added, shuffled[at : at + 50])
    assert added == carriers((), hits)
    assert len(added) == MOST_CARRIERS


def test_a_hit_without_address_is_carried_by_its_job() -> None:
    assert site_of(replace(make_hit(url=""), fetched_url="", job="feed")) == "job:feed"


def test_hosts_that_are_everywhere_are_told() -> None:
    links = ("https://github.com/a", "https://desk.example/")
    hit = make_hit(contacts=tuple(Contact("url", link, Span(0, 0, 1), link) for link in links))
    assert listed_hosts(hit) == ("github.com",)


def test_priority_fades_with_the_days() -> None:
    lead = replace(make_lead(score=0.8), last_seen="2026-11-24T00:00:00Z")
    today, month, long = (current_priority(lead, now=NOW + timedelta(days=days)) for days in (0, 30, 3650))
    assert today == 0.8
    assert today > month > long == pytest.approx(0.8 * 0.7)
    assert current_priority(replace(lead, last_seen=""), now=NOW) == 0.8


def test_suppressed_leads_come_last_and_merged_ones_not_at_all() -> None:
    wide = replace(make_lead("w", score=0.99), carriers=("a", "b"))
    weak, strong = make_lead("a", score=0.5), make_lead("b", score=0.9)
    merged = replace(make_lead("m"), into="b")
    order = ranked([wide, weak, merged, strong], now=NOW, everywhere_from=2)
    assert [lead.id for lead in order] == ["b", "a", "w"]
