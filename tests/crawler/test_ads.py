"""Ad slots on a site of loopback: redirect chains, landing pages, and clicks that lead nowhere."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from crawler.ads import collect_ads
from crawler.feeds import read_inputs
from crawler.job import WARC, read_outcomes
from crawler.settings import CrawlSettings
from crawler.warc import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.job import PageOutcome

SETTINGS = CrawlSettings(allow_networks=("127.0.0.0/8",), timeout_s=5, delay_s=0, retries=0)

PAGES = {
    "/page": """<title>文章</title><main><p>正文</p></main>
        <div class="ad-slot"><a href="/go?1"><img src="/b.png" alt="横幅图说">点击了解</a></div>
        <div class="ad-slot"><a href="/loop">循环</a></div>
        <li><span>推广</span><a href="/gone">已下线</a></li>
        <div class="ad-banner"><a href="tg://resolve?domain=x">电报</a></div>
        <div class="ad-slot"><a href="/go?1"><img src="/b.png" alt="横幅图说">点击了解</a></div>""",
    "/landing": "<title>落地页</title><p>加微信 wx_landing <a href='/app.apk'>下载</a></p>",
    "/plain": "<p>没有广告",
}
REDIRECTS = {"/go?1": "/hop", "/hop": "/landing", "/loop": "/loop2", "/loop2": "/loop"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        target = REDIRECTS.get(self.path)
        body = PAGES.get(self.path, "").encode()
        self.send_response(302 if target else 200 if body else 404)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def outcomes(site: str) -> list[PageOutcome]:
    return list(collect_ads([f"{site}/page"], settings=SETTINGS))


def test_the_page_comes_first_and_each_creative_once(site: str, outcomes: list[PageOutcome]) -> None:
    assert [outcome.url.removeprefix(site) for outcome in outcomes] == [
        "/page", "/page#ad-1", "/page#ad-2", "/page#ad-3", "/page#ad-5",
    ]  # fmt: skip
    assert outcomes[0].document is not None
    assert len(outcomes[0].document.ad_slots) == 5


def test_chain_and_landing_page(site: str, outcomes: list[PageOutcome]) -> None:
    document = outcomes[1].document
    assert document is not None
    (slot,) = document.ad_slots
    assert [hop.url.removeprefix(site) for hop in slot.hops] == ["/go?1", "/hop", "/landing"]
    assert slot.landing_url == f"{site}/landing"
    assert len(slot.landing_digest) == 64
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("ad", "点击了解"), ("alt", "横幅图说"), ("title", "落地页"), ("body", "加微信 wx_landing 下载"),
    ]  # fmt: skip
    assert (document.source, document.surface, document.metadata["page"]) == ("ad", "advert", f"{site}/page")
    assert document.links[0].block == 3
    assert outcomes[1].error == ""


@pytest.mark.parametrize(("number", "text", "error"), [("2", "循环", "redirect"), ("3", "电报", "tg://")])
def test_a_click_that_leads_nowhere_keeps_its_creative(
    number: str, text: str, error: str, outcomes: list[PageOutcome]
) -> None:
    outcome = next(outcome for outcome in outcomes if outcome.url.endswith(f"#ad-{number}"))
    assert outcome.document is not None
    assert outcome.document.blocks[0].text == text
    assert error in outcome.error


def test_proof_is_left_in_the_folder(site: str, tmp_path: Path) -> None:
    outcomes = list(collect_ads([f"{site}/page"], settings=SETTINGS, directory=tmp_path))
    assert [outcome.url for outcome in read_outcomes(tmp_path)] == [outcome.url for outcome in outcomes]
    ids = {record.id for record in read_records(tmp_path / WARC)}
    for outcome in outcomes:
        assert outcome.page is not None
        assert set(outcome.page.warc_records) <= ids
        assert outcome.page.warc_records
        assert (tmp_path / "files" / outcome.page.body).exists() or not outcome.page.body


def test_each_hop_of_a_click_is_in_the_proof(site: str, tmp_path: Path) -> None:
    outcomes = list(collect_ads([f"{site}/page"], settings=SETTINGS, directory=tmp_path))
    records = {record.id: record for record in read_records(tmp_path / WARC)}
    for number in ("1", "2"):
        outcome = next(one for one in outcomes if one.url.endswith(f"#ad-{number}"))
        assert outcome.page is not None
        assert outcome.document is not None
        (slot,) = outcome.document.ad_slots
        proven = {records[name].url for name in outcome.page.warc_records}
        assert {hop.url for hop in slot.hops} <= proven


def test_pages_that_cannot_be_had_are_outcomes(site: str) -> None:
    found = list(collect_ads([f"{site}/none", "http://10.0.0.1/", f"{site}/plain"], settings=SETTINGS))
    assert [bool(outcome.document) for outcome in found] == [False, False, True]
    assert all(outcome.reason for outcome in found[:2])


def test_an_address_is_an_input(site: str) -> None:
    items = list(read_inputs([f"{site}/landing", f"{site}/none", "http://10.0.0.1/"], settings=SETTINGS))
    assert [item.reason for item in items[:2]] == ["", "http-404"]
    assert items[0].document is not None
    assert items[0].document.title == "落地页"
    assert items[2].document is None
    assert items[2].reason
