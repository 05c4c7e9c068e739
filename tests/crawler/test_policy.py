"""Robots rules, budgets, and the frontier."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Link, make_document
from crawler.job import PageOutcome
from crawler.page import Hop, Page
from crawler.policy import Frontier, claims_of, product_token, robots_for
from crawler.traps import endless_shape

SEED = "http://example.com/"


def frontier(**changes: object) -> Frontier:
    values: dict[str, object] = {"seeds": (SEED,), "pages": 100, "pages_per_host": 100, "depth": 5} | changes
    return Frontier(**values)  # type: ignore[arg-type]


def outcome(
    url: str, *links: str, hops: tuple[str, ...] = (), reason: str = "", depth: int = 0
) -> PageOutcome:
    chain = hops if hops else (*hops, url)
    page = Page(url, chain[-1], "", 200, hops=tuple(Hop(hop, 200) for hop in chain))
    document = replace(make_document(source="web", blocks=(), url=url), links=tuple(map(Link, links)))
    return PageOutcome(url, page, None if reason else document, reason, depth=depth)


def urls(tickets: list) -> list[str]:  # type: ignore[type-arg]
    return [ticket.url for ticket in tickets]


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /a", False),
        (200, b"\xef\xbb\xbfUser-agent: xiansuo\nDisallow: /a\n\nUser-agent: *\nAllow: /", False),
        (200, b"User-agent: other\nDisallow: /", True),
        (200, b"\xff\xfe garbage", True),
        (404, b"User-agent: *\nDisallow: /", True),
        (403, b"", True),
    ],
    ids=["star", "by-name", "another", "garbage", "missing", "forbidden"],
)
def test_robots_rules(status: int, body: bytes, allowed: bool) -> None:
    rules = robots_for(status, body, agent="xiansuo/0.1 (+https://example.org)")
    assert rules is not None
    assert rules.allows("http://example.com/a") is allowed


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_error_forbids_everything(status: int) -> None:
    assert robots_for(status, b"", agent="x") is None


def test_crawl_delay_is_taken_and_bounded() -> None:
    rules = robots_for(200, b"User-agent: *\nCrawl-delay: 9999", agent="x")
    assert rules is not None
    assert rules.delay_s == 30


def test_product_token() -> None:
    assert product_token("xiansuo/0.1 (+https://example.org)") == "xiansuo"


@pytest.mark.parametrize(
    ("path", "trap"),
    [("/a/b/c", False), ("/a/b" * 4, True), ("/x" * 2000, True), ("/" + "/".join(map(str, range(30))), True)],
    ids=["plain", "repeated", "long", "deep"],
)
def test_link_traps_are_seen(path: str, trap: bool) -> None:
    assert bool(endless_shape("http://example.com" + path)) is trap


def test_each_page_is_admitted_once() -> None:
    f = frontier()
    assert urls(f.add([SEED, "http://example.com:80/", "http://example.com/?utm_source=a"], depth=0)) == [
        SEED
    ]


@pytest.mark.parametrize(
    ("budget", "admitted"), [({"pages": 3}, 3), ({"pages_per_host": 4}, 4), ({"depth": 0}, 1)], ids=str
)
def test_budgets_bound_the_frontier(budget: dict[str, int], admitted: int) -> None:
    f = frontier(**budget)
    first = f.add([SEED], depth=0)
    rest = f.follow(outcome(SEED, *(f"{SEED}{n}" for n in range(10))))
    assert len(first) + len(rest) == admitted


def follow(*links: str) -> tuple[int, list[str]]:
    f = frontier(pages=10_000, pages_per_host=10_000)
    f.add([SEED], depth=0)
    return len(f.follow(outcome(SEED, *(SEED + link for link in links)))), [one.why for one in f.trapped()]


@pytest.mark.parametrize(
    ("links", "admitted"),
    [
        pytest.param([f"cal?day={n}" for n in range(500)], 40, id="days"),
        pytest.param([f"cal?y={y}&month={m}" for y in range(1990, 2030) for m in range(12)], 40, id="months"),
        pytest.param([f"events/{y}/{m:02}" for y in range(1990, 2030) for m in range(1, 13)], 40, id="paths"),
        pytest.param(
            [f"events/2026-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 28)], 40, id="iso"
        ),
        pytest.param([f"s?color=c{a}&brand=b{b}" for a in range(20) for b in range(20)], 50, id="facets"),
        pytest.param(
            [f"s?a={a}&b={b}&c={c}&d=1" for a in range(9) for b in range(9) for c in range(9)],
            50,
            id="filter",
        ),
    ],
)
def test_a_trap_is_stopped_and_said_once(links: list[str], admitted: int) -> None:
    count, said = follow(*links)
    assert count == admitted
    assert len(said) == 1


@pytest.mark.parametrize(
    "links",
    [
        pytest.param([f"thread?page={n}" for n in range(1, 400)], id="pages"),
        pytest.param([f"forum.php?mod=viewthread&tid={n}" for n in range(1, 400)], id="threads"),
        pytest.param(
            [f"t.php?fid={n % 3}&tid={n}&page={p}" for n in range(1, 60) for p in range(1, 6)],
            id="board and page",
        ),
        pytest.param(
            [f"news/2026/05/{d:02}/{n}.html" for d in range(1, 29) for n in range(12)], id="archive"
        ),
        pytest.param([f"thread-{n}-{p}-1.html" for n in range(100) for p in range(3)], id="names"),
        pytest.param([f"item/{n}" for n in range(1900, 2100)], id="numbers like years"),
    ],
)
def test_threads_and_archives_are_no_traps(links: list[str]) -> None:
    assert follow(*links) == (len(links), [])


def test_a_session_is_no_page_of_its_own() -> None:
    links = [f"a?PHPSESSID={n:032x}" for n in range(9)] + [f"a;jsessionid={n:032X}" for n in range(9)]
    assert follow(*links) == (1, [])
    assert follow("list?sid=1", "list?sid=2") == (2, [])


def test_links_out_of_scope_are_left() -> None:
    f = frontier()
    f.add([SEED], depth=0)
    assert urls(f.follow(outcome(SEED, "http://other.org/", "mailto:a@b.c", f"{SEED}in"))) == [f"{SEED}in"]


def test_a_page_that_a_redirect_took_out_of_scope_is_not_followed() -> None:
    f = frontier()
    f.add([SEED], depth=0)
    assert f.follow(outcome(SEED, "http://example.com/x", hops=(SEED, "http://other.org/"))) == []


def test_a_redirect_target_belongs_to_one_page() -> None:
    f = frontier()
    f.add([SEED], depth=0)
    assert f.claim("http://example.com/target")
    assert not f.claim("http://example.com/target")
    assert not f.claim(SEED)
    assert f.add(["http://example.com/target"], depth=1) == []


def test_a_resumed_frontier_goes_on_with_what_is_left() -> None:
    spooled = [
        outcome(SEED, f"{SEED}a", f"{SEED}b", f"{SEED}c"),
        outcome(f"{SEED}a", f"{SEED}moved", hops=(f"{SEED}a", f"{SEED}moved"), depth=1),
        outcome(f"{SEED}c", reason="duplicate", hops=(f"{SEED}c",), depth=1),
    ]
    done, claimed = claims_of(spooled)
    f = frontier(done=done, claimed=claimed)
    waiting = f.add([SEED], depth=0)
    for one in spooled:
        waiting += f.follow(one)
    assert urls(waiting) == [f"{SEED}b"]


@given(
    st.lists(
        st.text(max_size=40) | st.builds("http://{}/{}".format, st.text(max_size=20), st.text(max_size=20))
    )
)
def test_no_link_however_odd_upsets_the_frontier(links: list[str]) -> None:
    for scope in ("domain", "host", "any"):
        f = frontier(scope=scope)
        f.add([SEED], depth=0)
        assert len(f.follow(outcome(SEED, *links))) <= len(links)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(0, 60))
def test_resuming_anywhere_loses_nothing_and_doubles_nothing(links: list[int], stop: int) -> None:
    """Whatever prefix of a crawl was spooled, the prefix and the rest make up the whole crawl."""

    def crawl(f: Frontier, queue: list, spool: list[PageOutcome], most: int) -> None:  # type: ignore[type-arg]
        while queue and len(spool) < most:
            ticket = queue.pop(0)
            number = int(ticket.url.rpartition("/")[2] or 0)
            spool.append(
                outcome(ticket.url, *(f"{SEED}{n}" for n in links[number : number + 3]), depth=ticket.depth)
            )
            queue += f.follow(spool[-1])

    whole: list[PageOutcome] = []
    f = frontier()
    crawl(f, f.add([SEED], depth=0), whole, 1000)
    spool: list[PageOutcome] = []
    f = frontier()
    crawl(f, f.add([SEED], depth=0), spool, stop)
    done, claimed = claims_of(spool)
    f = frontier(done=done, claimed=claimed)
    waiting = f.add([SEED], depth=0)
    for one in list(spool):
        waiting += f.follow(one)
    crawl(f, waiting, spool, 1000)
    assert sorted(one.url for one in spool) == sorted(one.url for one in whole)
