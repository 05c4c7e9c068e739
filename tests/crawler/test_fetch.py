"""Single guarded requests and redirect chains, on loopback."""

from __future__ import annotations

import gzip

import pytest

from crawler.errors import CrawlerError
from crawler.fetch import fetch, follow_redirects
from crawler.settings import CrawlSettings
from tests.sites.certificates import self_signed
from tests.sites.server import Reply, Request, data, page, redirect, serve

HTML = "text/html; charset=utf-8"


def test_a_page_comes_with_its_chain(crawl_settings: CrawlSettings) -> None:
    routes = {
        "/": redirect("/a", status=301),
        "/a": Reply(
            gzip.compress("承兑".encode()), 200, (("Content-Type", HTML), ("Content-Encoding", "gzip"))
        ),
        "/robots.txt": data(b"User-agent: *\nAllow: /", "text/plain"),
    }
    with serve(routes) as site:
        fetched = fetch(site.url("/"), settings=crawl_settings)
    assert fetched.body.decode() == "承兑"
    assert fetched.content_type == HTML
    assert [(hop.status, hop.location, hop.ip) for hop in fetched.page.hops] == [
        (301, "/a", "127.0.0.1"),
        (200, "", "127.0.0.1"),
    ]
    assert fetched.page.final_url.endswith("/a")
    assert len(fetched.page.robots) == 64
    assert gzip.decompress(fetched.exchanges[-1].body) == fetched.body


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(stall=True), "timeout"),
        (Reply(b"x" * 500, drip_s=0.05), "timeout"),
        (data(b"x" * 200_000, HTML), "too-large"),
        (Reply(gzip.compress(b"0" * 9_000_000), 200, (("Content-Encoding", "gzip"),)), "too-large"),
        (Reply(b"junk", 200, (("Content-Encoding", "gzip"),)), "bad-encoding"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "broken-off"),
        (Reply(raw=b"hello\r\n\r\n"), "bad-response"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 99_000 + b"\r\n\r\n"), "bad-response"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 999 + b"\r\n"), "bad-response"),
        (redirect("/"), "redirect-loop"),
        (redirect("http://169.254.169.254/"), "private-address"),
        (redirect("file:///etc/passwd"), "bad-url"),
    ],
    ids=[
        "stall",
        "drip",
        "large",
        "bomb",
        "not-gzip",
        "short",
        "nonsense",
        "line",
        "headers",
        "loop",
        "inside",
        "file",
    ],
)
def test_each_fault_has_its_reason(reply: Reply, reason: str, crawl_settings: CrawlSettings) -> None:
    settings = crawl_settings.model_copy(
        update={"timeout_s": 1, "max_body_bytes": 100_000, "obey_robots": False}
    )
    with serve({"*": reply}) as site, pytest.raises(CrawlerError) as caught:
        fetch(site.url("/"), settings=settings)
    assert caught.value.reason == reason


def test_nobody_there(crawl_settings: CrawlSettings) -> None:
    with serve({}) as site:
        url = site.url("/")
    with pytest.raises(CrawlerError) as caught:
        fetch(url, settings=crawl_settings)
    assert caught.value.reason == "connect-failed"


def test_a_certificate_that_does_not_verify(crawl_settings: CrawlSettings) -> None:
    with serve({"/": page("x")}, tls=self_signed()) as site:
        with pytest.raises(CrawlerError) as caught:
            fetch(site.url("/"), settings=crawl_settings)
        lenient = crawl_settings.model_copy(update={"verify_tls": False})
        assert fetch(site.url("/"), settings=lenient).page.status == 200
    assert caught.value.reason == "tls-error"


def test_robots_are_obeyed(crawl_settings: CrawlSettings) -> None:
    with serve({"/": page("x"), "/robots.txt": data(b"User-agent: *\nDisallow: /", "text/plain")}) as site:
        with pytest.raises(CrawlerError) as caught:
            fetch(site.url("/"), settings=crawl_settings)
        assert site.paths() == []
    assert caught.value.reason == "robots-forbidden"


def test_loopback_is_closed_unless_opened() -> None:
    with serve({"/": page("x")}) as site:
        for host in ("127.0.0.1", "localhost", "0x7f000001"):
            with pytest.raises(CrawlerError) as caught:
                fetch(site.url("/", host), settings=CrawlSettings())
            assert caught.value.reason == "private-address"
        assert site.seen == []


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
def test_a_click_chain_over_hosts(crawl_settings: CrawlSettings) -> None:
    def click(request: Request) -> Reply:
        return redirect(f"http://127.0.0.2:{request.host.rpartition(':')[2]}/track?id={request.query['id']}")

    routes = {
        "127.0.0.1/click": click,
        "127.0.0.2/track": page("<meta http-equiv=refresh content='0; url=/land'>"),
        "127.0.0.2/land": page("到了"),
    }
    with serve(routes, hosts=("127.0.0.1", "127.0.0.2")) as site:
        chain = follow_redirects(site.url("/click?id=7"), settings=crawl_settings)
        assert chain.final_url == site.url("/land", "127.0.0.2")
    assert [(hop.status, hop.ip) for hop in chain.hops] == [
        (302, "127.0.0.1"),
        (200, "127.0.0.2"),
        (200, "127.0.0.2"),
    ]
    assert chain.hops[1].location.endswith("/land")
    assert [exchange.url for exchange in chain.exchanges] == [hop.url for hop in chain.hops]
    assert chain.reason == ""


@pytest.mark.parametrize(
    ("target", "reason", "statuses"),
    [
        ("http://10.0.0.1/", "private-address", [302, 0]),
        ("tg://join?invite=x", "bad-url", [302]),
        ("/", "redirect-loop", [302, 302]),
        ("http://no-such-host.invalid/", "dns-failed", [302, 0]),
    ],
)
def test_a_broken_chain_is_kept_as_far_as_it_went(
    target: str, reason: str, statuses: list[int], crawl_settings: CrawlSettings
) -> None:
    with serve({"/": redirect(target)}) as site:
        chain = follow_redirects(site.url("/"), settings=crawl_settings)
    assert (chain.reason, [hop.status for hop in chain.hops]) == (reason, statuses)
    assert [exchange.status for exchange in chain.exchanges] == [status for status in statuses if status]
    assert chain.hops[0].location == target
