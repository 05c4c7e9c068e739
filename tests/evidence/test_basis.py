"""Citations follow the day of the conduct, name no unread article, and come from a sound table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Surface
from evidence.basis import citations, cite, load_basis
from evidence.errors import ReportError
from nlp.analysis import CATEGORIES

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(2010, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("day", "cited", "not_cited"),
    [
        (date(2026, 2, 5), "yinfa-2021-237/activities", "yinfa-2026-42/activities"),
        (date(2026, 2, 6), "yinfa-2026-42/activities", "yinfa-2021-237/activities"),
        (date(2026, 9, 29), "yinfa-2026-42/internet", "marketing-2026"),
        (date(2026, 9, 30), "marketing-2026", "yinfa-2021-237/internet"),
        (date(2020, 1, 1), "ico-2017/platforms", "yinfa-2021-237/activities"),
        (date(2015, 1, 1), "yinfa-2013-289", "ico-2017/platforms"),
    ],
    ids=["eve-of-42", "first-day-of-42", "eve-of-marketing", "first-day-of-marketing", "2020", "2015"],
)
def test_conduct_cites_the_rules_of_its_day(day: date, cited: str, not_cited: str) -> None:
    found = cite(["exchange"], surface="page", on=day)
    assert cited in found
    assert not_cited not in found


@pytest.mark.parametrize(
    ("category", "surface", "cited"),
    [
        ("rwa", "page", {"yinfa-2026-42/rwa", "fundraising-737/information", "ico-2017", "csrc-2026-1"}),
        ("stablecoin", "page", {"yinfa-2026-42/stablecoin"}),
        ("mining", "page", {"yinfa-2026-42/mining", "ndrc-2021-1283"}),
        ("scheme", "page", {"fundraising-737/information", "fundraising-737/advert", "pyramid-2005"}),
        ("payment", "page", {"telecom-fraud/laundering", "criminal-law/assistance"}),
        ("exchange", "app_listing", {"telecom-fraud/apps"}),
        ("defi_nft", "page", {"nft-2022"}),
        ("naming", "account", {"yinfa-2026-42/names"}),
        ("exchange", "advert", {"fundraising-737/advert", "ecology-2020/adverts", "internet-ads-2023"}),
    ],
)
def test_each_kind_of_hit_cites_its_rules(category: str, surface: str, cited: set[str]) -> None:
    found = set(cite([category], surface=surface, on=TODAY))
    assert cited | {"yinfa-2026-42/internet"} <= found


@given(day=DAYS, categories=st.sets(st.sampled_from(CATEGORIES)), surface=st.sampled_from(get_args(Surface)))
def test_nothing_is_cited_outside_its_time(day: date, categories: set[str], surface: str) -> None:
    for entry in citations(cite(categories, surface=surface, on=day)):
        assert entry.effective <= day
        assert entry.repealed is None or day < entry.repealed


def test_nothing_found_cites_nothing() -> None:
    assert cite([], surface="advert", on=TODAY) == ()


def test_every_category_has_a_rule_today() -> None:
    assert all(cite([category], surface="page", on=TODAY) for category in CATEGORIES)


def test_the_notice_of_2026_takes_over_without_a_gap() -> None:
    table = {entry.id: entry for entry in load_basis()}
    old, new = table["yinfa-2021-237/activities"], table["yinfa-2026-42/activities"]
    assert old.repealed == new.effective
    assert not old.in_force(new.effective)
    assert old.in_force(new.effective - timedelta(days=1))


def test_no_unread_article_is_printed() -> None:
    assert all(entry.article is None or entry.status == "verified" for entry in load_basis())


def test_applies_to_names_real_categories_and_surfaces() -> None:
    for entry in load_basis():
        assert entry.categories <= {*CATEGORIES, "*"}, entry.id
        assert entry.surfaces <= set(get_args(Surface)), entry.id


@pytest.mark.parametrize(
    "text",
    ["citations: [", "citations: [{id: x}]", "{}", "citations: [{id: x, article: '6', status: seen}]"],
    ids=["syntax", "fields", "empty", "unread-article"],
)
def test_a_broken_table_says_where(tmp_path: Path, text: str) -> None:
    path = tmp_path / "basis.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ReportError, match=r"basis\.yaml"):
        load_basis(path)
