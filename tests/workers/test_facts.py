"""What capture records say of how a capture was made."""

from __future__ import annotations

import pytest

from crawler.page import Hop, Page
from workers.facts import clock_offset, hop_chain, item_facts, page_facts


def _page(**changes: object) -> Page:
    facts: dict[str, object] = {
        "url": "https://a.example/{ref}",
        "final_url": "https://b.example/",
        "fetched_at": "2026-11-24T03:00:01.400Z",
        "status": 200,
        "headers": (("Date", "Tue, 24 Nov 2026 03:00:05 GMT"),),
        "ip": "203.0.113.7",
        "warc": "crawl.warc.gz",
    }
    return Page(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("date", "offset"),
    [
        pytest.param("Tue, 24 Nov 2026 03:00:05 GMT", "+5 s", id="ahead"),
        pytest.param("Tue, 24 Nov 2026 02:59:30 -0000", "-30 s", id="behind, place unknown"),
        pytest.param("Tue, 24 Nov 2026 11:00:00 +0800", "+0 s", id="another zone"),
        pytest.param("yesterday", "", id="unreadable"),
        pytest.param("", "", id="none"),
        pytest.param("Tue, 24 Nov 99999999 03:00:05 GMT", "", id="impossible year"),
    ],
)
def test_the_server_clock_is_compared_with_ours(date: str, offset: str) -> None:
    assert clock_offset(date, "2026-11-24T03:00:00.400Z") == offset


def test_a_redirect_chain_names_each_address_and_status() -> None:
    hops = (Hop("http://a.example/", 302, "/b"), Hop("http://a.example/b", 200))
    assert hop_chain(hops) == "http://a.example/ (302) -> http://a.example/b (200)"
    assert hop_chain(hops[1:]) == hop_chain(()) == "none"


def test_a_page_says_what_is_known_of_it() -> None:
    facts = page_facts(
        _page(), user_agent="bot/1", browser="Chromium 1", screenshot_at="2026-11-24T03:00:09Z"
    )
    assert facts["dns"] == "b.example -> 203.0.113.7"
    assert facts["clock_offset"] == "+4 s"
    assert facts["server_date"] == "Tue, 24 Nov 2026 03:00:05 GMT"
    assert facts["http_status"] == "200"
    assert facts["tool"].startswith("Scrapy 2.")
    assert "Chromium 1" in facts["tool"]
    for steps in (facts["steps"], facts["steps_zh"]):
        assert "https://a.example/{ref}" in steps
        assert "2026-11-24T03:00:09Z" in steps


def test_an_address_is_not_resolved_and_a_single_fetch_uses_no_scrapy() -> None:
    page = _page(final_url="http://203.0.113.7/", warc="", renderer="chromium")
    facts = page_facts(page, user_agent="bot/1", browser="", screenshot_at="")
    assert facts["dns"] == "not applicable"
    assert "Scrapy" not in facts["tool"]
    assert "screenshot.png" in facts["steps"]
    assert facts["screenshot_at"] == page.fetched_at


def test_an_item_of_a_feed_has_its_number_and_no_network_facts() -> None:
    facts = item_facts("post-7 {url}")
    assert "post-7 {url}" in facts["steps"]
    assert "post-7 {url}" in facts["steps_zh"]
    assert facts["ip"] == facts["dns"] == facts["clock_offset"] == "not applicable"
