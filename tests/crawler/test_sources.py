"""Links from elsewhere than pages: sitemaps and feeds, on loopback and as bytes."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from crawler.errors import ExtractError
from crawler.extract.feed import extract_feed
from crawler.extract.html import extract_html
from crawler.job import CrawlSpec, PageOutcome, run_job
from crawler.sitemaps import read_sitemap
from tests.sites.server import Reply, Request, data, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.settings import CrawlSettings

XML = "application/xml"


def urlset(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc><lastmod>2026-01-01</lastmod></url>" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def index(*urls: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'.encode()
    )


@pytest.mark.parametrize(
    ("body", "urls", "is_index"),
    [
        pytest.param(urlset("/a", "http://h/b", "/a"), ("http://h/a", "http://h/b"), False, id="urls"),
        pytest.param(gzip.compress(urlset("/a")), ("http://h/a",), False, id="gzip"),
        pytest.param(index("/s.xml.gz"), ("http://h/s.xml.gz",), True, id="index"),
        pytest.param(b"http://h/a\nhttp://h/b\n", ("http://h/a", "http://h/b"), False, id="plain list"),
        pytest.param(urlset("javascript:1", "http://[", "/c"), ("http://h/c",), False, id="no addresses"),
        pytest.param(urlset("/a")[:-30], ("http://h/a",), False, id="cut off"),
    ],
)
def test_a_sitemap_is_read(body: bytes, urls: tuple[str, ...], is_index: bool) -> None:
    sitemap = read_sitemap(body, url="http://h/sitemap.xml", most=10_000)
    assert (sitemap.urls, sitemap.is_index) == (urls, is_index)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(gzip.compress(urlset(*(f"/{n}" for n in range(10_000)))), "too-large", id="bomb"),
        pytest.param(b"\x1f\x8b\x08nonsense", "bad-encoding", id="no gzip"),
        pytest.param(b"<html><body>not here</body></html>", "bad-sitemap", id="a page"),
        pytest.param(b"<", "bad-sitemap", id="no XML"),
        pytest.param(
            b'<!DOCTYPE urlset [<!ENTITY a "' + b"x" * 900 + b'"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
            "bad-sitemap",
            id="entities",
        ),
    ],
)
def test_a_hostile_sitemap_has_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_sitemap(body, url="http://h/sitemap.xml", most=10_000)
    assert caught.value.reason == reason


def crawled(outcomes: list[PageOutcome]) -> dict[str, str]:
    return {f"{(parts := urlsplit(one.url)).hostname}{parts.path}": one.reason for one in outcomes}


def test_a_crawl_finds_what_only_sitemaps_list(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    hosts = ("127.0.0.1", "127.0.0.2")

    def robots(request: Request) -> Reply:
        lines = [
            "User-agent: *\nDisallow: /secret",
            f"Sitemap: http://{request.host}/index.xml",
            "Sitemap: http://169.254.169.254/sitemap.xml",
            f"Sitemap: http://127.0.0.2:{request.host.partition(':')[2]}/elsewhere.xml",
        ]
        return data("\n".join(lines).encode(), "text/plain")

    routes = {
        "127.0.0.1/": page("nothing here"),
        "127.0.0.1/robots.txt": robots,
        "127.0.0.1/sitemap.xml": Reply(status=301, headers=(("Location", "/real.xml"),)),
        "127.0.0.1/real.xml": data(urlset("/from-root", "http://127.0.0.2/no", "/secret"), XML),
        "127.0.0.1/index.xml": data(index("/part.xml.gz", "/index.xml", "/gone.xml", "/bad.xml"), XML),
        "127.0.0.1/part.xml.gz": data(gzip.compress(urlset("/from-part")), "application/gzip"),
        "127.0.0.1/bad.xml": data(b"\x1f\x8bxx", XML),
        "127.0.0.1/from-root": page("a"),
        "127.0.0.1/from-part": page("b"),
        "127.0.0.2/elsewhere.xml": data(urlset("/x"), XML),
    }
    with serve(routes, hosts=hosts) as site:
        spec = CrawlSpec("s", (site.url("/"),))
        outcomes = list(run_job(spec, tmp_path / "j", settings=crawl_settings))
        asked = Counter(f"{one.host.partition(':')[0]}{one.path}" for one in site.seen)
        again = list(run_job(spec, tmp_path / "j", settings=crawl_settings, resume=True))
        assert Counter(f"{one.host.partition(':')[0]}{one.path}" for one in site.seen) == asked
    assert crawled(outcomes) == {
        "127.0.0.1/": "",
        "127.0.0.1/from-root": "",
        "127.0.0.1/from-part": "",
        "127.0.0.1/secret": "robots-forbidden",
    }
    assert len(again) == 4
    assert set(asked.values()) == {1}
    assert not any(key.startswith("127.0.0.2") for key in asked)


def test_a_large_sitemap_leaves_room_for_links(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    links = "".join(f"<a href=/link/{n}>x</a>" for n in range(10))
    routes: dict[str, Reply] = {
        "/": page(links),
        "/sitemap.xml": data(urlset(*(f"/map/{n}" for n in range(5_000))), XML),
        "*": page("x"),
    }
    with serve(routes) as site:
        spec = CrawlSpec("l", (site.url("/"),), pages=12)
        outcomes = list(run_job(spec, tmp_path / "j", settings=crawl_settings))
    kinds = Counter(urlsplit(one.url).path.split("/")[1] for one in outcomes)
    assert kinds == {"": 1, "map": 6, "link": 5}


def test_endless_indexes_end(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    def more(request: Request) -> Reply:
        if not request.path.endswith(".xml"):
            return page("x")
        return data(index(*(f"{request.path[:-4]}{n}.xml" for n in range(30))), XML)

    with serve({"*": more}) as site:
        outcomes = list(run_job(CrawlSpec("e", (site.url("/"),)), tmp_path / "j", settings=crawl_settings))
        assert len(outcomes) == 1
        assert 2 < len(site.paths()) <= 51


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>快讯</title><link>/</link>
<item><title>第一条</title><link>/one</link><description>&lt;p&gt;加微信&lt;b&gt;号&lt;/b&gt;
<![CDATA[<a href=/in>x</a>]]></description></item>
<item><title>第二条</title><guid isPermaLink="true">/two</guid></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link rel="self" href="/atom"/>
<entry><title>e</title><link href="/entry"/><summary>plain</summary></entry></feed>"""


def test_feeds_give_texts_and_links() -> None:
    rss = extract_feed(RSS.encode(), url="http://h/feed")
    assert [block.text for block in rss.blocks][:2] == ["快讯", "第一条"]
    assert any("加微信号" in block.text for block in rss.blocks)
    assert [link.url for link in rss.links] == ["http://h/", "http://h/in", "http://h/one", "http://h/two"]
    atom = extract_feed(ATOM.encode(), url="http://h/atom")
    assert [link.url for link in atom.links] == ["http://h/entry"]


def test_a_page_names_its_feeds() -> None:
    head = (
        "<head><link rel=alternate type='application/rss+xml' href=/feed><link rel=alternate href=/x></head>"
    )
    document = extract_html(head.encode(), url="http://h/", content_type="text/html")
    assert [(link.url, link.rel) for link in document.links] == [("http://h/feed", "feed")]


def test_a_crawl_follows_feeds(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    routes = {
        "/": page("<link rel=alternate type=application/rss+xml href=/feed>x"),
        "/feed": data(RSS.encode(), "application/rss+xml"),
        "/one": page("一"),
        "/two": page("二"),
        "/in": page("内"),
    }
    with serve(routes) as site:
        outcomes = list(run_job(CrawlSpec("f", (site.url("/"),)), tmp_path / "j", settings=crawl_settings))
    assert {path.partition("/")[2]: reason for path, reason in crawled(outcomes).items()} == dict.fromkeys(
        ("", "feed", "one", "two", "in"), ""
    )
