"""The canary: golden pages are fine, and a page that changed names what it lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crawler.canary import GOLDEN, Reading, load_golden, read_canaries, read_golden
from crawler.errors import ExtractError
from crawler.extract.listing import load_parsers
from tests.sites.server import Reply, data, serve

if TYPE_CHECKING:
    from crawler.extract.listing import Parser
    from crawler.settings import CrawlSettings

PARSERS = {parser.name: parser for parser in load_parsers()}
HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
def test_golden_pages_have_not_drifted(parser: Parser) -> None:
    assert read_golden(parser) == Reading(parser.name, GOLDEN)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=lambda parser: parser.name)
def test_a_page_without_its_structure_names_the_fields_it_lost(parser: Parser) -> None:
    golden = load_golden(parser.name)
    bare = b"{}" if parser.format == "json" else b"<html><body><p>moved</p></body></html>"
    reading = read_golden(parser, replace(golden, body=bare))
    assert {"name", "description"} <= set(reading.missing)
    assert reading.drifted


def test_a_value_read_from_the_wrong_place_is_a_change() -> None:
    golden = load_golden("wandoujia")
    body = golden.body.replace(b"<dd>1.0.9</dd>", b"<dd>9.9</dd>")
    assert read_golden(PARSERS["wandoujia"], replace(golden, body=body)).changed == ("version",)


def test_a_parser_without_a_golden_page_says_so() -> None:
    with pytest.raises(ExtractError) as caught:
        load_golden("no-such-parser")
    assert caught.value.reason == "no-golden"


def test_live_pages(crawl_settings: CrawlSettings) -> None:
    golden = load_golden("xiaomi")
    renamed = golden.body.replace(b"intro-titles", b"intro-heads")
    no_filing = golden.body.replace("备案号".encode(), "别的".encode())
    routes = {
        "/same": data(golden.body, HTML),
        "/renamed": data(renamed, HTML),
        "/no-filing": data(no_filing, HTML),
        "/gone": Reply(status=404),
    }
    with serve(routes) as site:
        pages = {
            "xiaomi": [site.url(f"{path}?id=com.example.qinghe") for path in routes],
            "nobody": [site.url("/other")],
        }
        readings = list(read_canaries(pages, settings=crawl_settings))
    live = {
        reading.place.rpartition("/")[2].partition("?")[0]: reading
        for reading in readings
        if reading.place != GOLDEN
    }
    assert len(readings) == len(PARSERS) + 5
    assert not live["same"].drifted
    assert live["renamed"].missing == ("name", "developer")
    assert not live["no-filing"].drifted  # not every app has one
    assert live["gone"].reason == "http-404"
    assert live["other"].reason == "no-parser"
