"""A job that is run again: what did not change is said, and looked at later; what did, sooner."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.job import CrawlSpec, PageOutcome, run_job
from crawler.visits import Visit, read_visits, remember, write_visits
from tests.sites.server import Reply, Request, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.settings import CrawlSettings
    from tests.sites.server import Site

DAY = 86_400.0


def run(
    site: Site, folder: Path, settings: CrawlSettings, *, revisit: str = "changed", hits: tuple[str, ...] = ()
) -> dict[str, PageOutcome]:
    """One more run of the job, remembered as the side that judges does it."""
    memory = folder / "visits.sqlite"
    spec = CrawlSpec("v", (site.url("/"),), revisit=revisit, memory=str(memory), versions="1")  # type: ignore[arg-type]
    number = len(list(folder.iterdir())) if folder.exists() else 0
    outcomes = list(run_job(spec, folder / f"run{number}", settings=settings))
    found = {urlsplit(one.url).path: one for one in outcomes}
    assert len(found) == len(outcomes)
    dealt = [(one, urlsplit(one.url).path in hits) for one in outcomes]
    remember(memory, dealt, now=time.time(), versions="1", settings=settings)
    return found


class Changing:
    """A site with a page that keeps an ETag, one that keeps its text, one that changes, and a date."""

    def __init__(self) -> None:
        self.visits = 0

    def routes(self) -> dict[str, object]:
        return {
            "/": page("<a href=/tagged>1</a><a href=/same>2</a><a href=/new>3</a><a href=/dated>4</a>"),
            "/tagged": lambda r: self._conditional(
                r, "if-none-match", "ETag", '"x1"', "<a href=/under>u</a>"
            ),
            "/dated": lambda r: self._conditional(
                r, "if-modified-since", "Last-Modified", "Mon, 01 Jun 2026 00:00:00 GMT", "d"
            ),
            "/same": page("the same"),
            "/new": self._new,
            "/under": page("under"),
        }

    def _new(self, _: Request) -> Reply:
        self.visits += 1
        return page(f"visit {self.visits}")

    def _conditional(self, request: Request, asked: str, header: str, value: str, html: str) -> Reply:
        if request.headers.get(asked) == value:
            return Reply(b"", 304, ((header, value),))
        body = page(html)
        return replace(body, headers=(*body.headers, (header, value)))


def test_what_did_not_change_is_unchanged_and_its_links_are_followed(
    tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    with serve(Changing().routes()) as site:  # type: ignore[arg-type]
        first = run(site, tmp_path / "j", crawl_settings)
        second = run(site, tmp_path / "j", crawl_settings)
    assert {one.reason for one in first.values()} == {""}
    assert {path: one.reason for path, one in second.items()} == {
        "/": "unchanged",
        "/tagged": "unchanged",
        "/dated": "unchanged",
        "/same": "unchanged",
        "/new": "",
        "/under": "unchanged",
    }
    assert {path: one.page.status for path, one in second.items() if one.page} == {
        **dict.fromkeys(second, 200),
        "/tagged": 304,
        "/dated": 304,
    }


def test_intervals_follow_changes_and_pages_wait_for_their_time(
    tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    folder = tmp_path / "j"
    with serve(Changing().routes()) as site:  # type: ignore[arg-type]
        for _ in range(2):
            run(site, folder, crawl_settings)
        visits = {urlsplit(one.url).path: one for one in read_visits(folder / "visits.sqlite").values()}
        assert {path: one.interval_s for path, one in visits.items()} == {
            **dict.fromkeys(visits, 1.5 * DAY),
            "/new": 0.5 * DAY,
        }
        before = len(site.paths())
        third = run(site, folder, crawl_settings, revisit="due")
        assert site.paths()[before:] == ["/sitemap.xml", "/"]
        assert {path: one.reason for path, one in third.items() if path != "/"} == dict.fromkeys(
            ("/tagged", "/dated", "/same", "/new", "/under"), "not-due"
        )
        write_visits(folder / "visits.sqlite", [replace(visits["/new"], due=0)])
        fourth = run(site, folder, crawl_settings, revisit="due")
    assert [path for path, one in fourth.items() if not one.reason] == ["/new"]


def test_intervals_have_bounds(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    settings = crawl_settings.model_copy(update={"revisit_least_s": 0.8 * DAY, "revisit_most_s": 1.2 * DAY})
    with serve(Changing().routes()) as site:  # type: ignore[arg-type]
        for _ in range(2):
            run(site, tmp_path / "j", settings)
    found = {one.interval_s for one in read_visits(tmp_path / "j" / "visits.sqlite").values()}
    assert found == {0.8 * DAY, 1.2 * DAY}


def test_pages_that_other_rules_judged_come_in_full(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    folder = tmp_path / "j"
    with serve(Changing().routes()) as site:  # type: ignore[arg-type]
        run(site, folder, crawl_settings)
        visits = read_visits(folder / "visits.sqlite")
        write_visits(folder / "visits.sqlite", [replace(one, versions="0") for one in visits.values()])
        second = run(site, folder, crawl_settings, revisit="due")
    assert {one.reason for one in second.values()} == {""}


def test_hits_and_what_they_lead_to_come_first(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    links = "".join(f"<a href=/p{n}>x</a>" for n in range(20))
    routes = {"/": page(links), "/p19": page("hit <a href=/below>b</a>"), "*": page("x")}
    settings = crawl_settings.model_copy(update={"concurrency": 1, "concurrency_per_host": 1, "pages": 30})
    with serve(routes) as site:
        run(site, tmp_path / "j", settings, hits=("/p19",))
        before = len(site.paths())
        run(site, tmp_path / "j", settings)
        order = site.paths()[before:]
    assert set(order[:4]) == {"/sitemap.xml", "/", "/p19", "/below"}


def test_pages_that_wait_cost_nothing_of_the_budget(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    routes = {"/": page("<a href=/a>a</a><a href=/b>b</a><a href=/c>c</a>"), "*": page("x")}
    settings = crawl_settings.model_copy(update={"pages": 2})
    with serve(routes) as site:
        found = [run(site, tmp_path / "j", settings, revisit="due") for _ in range(3)]
    assert [{path for path, one in run.items() if not one.reason} for run in found] == [
        {"/", "/a"},
        {"/b"},
        {"/c"},
    ]


def test_visits_survive_their_file(tmp_path: Path) -> None:
    visit = Visit("k", "u", '"e"', "m", "c", 1.5, 2.5, True, "v", 3, ("http://a/", "http://b/"))
    write_visits(tmp_path / "v", [visit, replace(visit, key="l")])
    write_visits(tmp_path / "v", [visit])
    assert read_visits(tmp_path / "v") == {"k": visit, "l": replace(visit, key="l")}
