"""Listing parsers over their golden pages, and what their rules read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.apps import read_listing
from crawler.canary import load_golden
from crawler.document import Listing
from crawler.extract.listing import load_parsers
from crawler.extract.listing_rules import MAX_ITEMS, Source, find_app, read_json_after, rule_texts, walk
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.extract.listing import Parser

PARSERS = load_parsers()
FIELDS = set(Listing.__dataclass_fields__)


@pytest.mark.parametrize("name", [parser.name for parser in PARSERS])
def test_golden(name: str) -> None:
    golden = load_golden(name)
    document = read_listing(golden.body, golden.url)
    assert document.listing == golden.listing
    assert (document.source, document.surface) == ("app", "app_listing")
    assert document.blocks[0].text == golden.listing.name
    assert golden.listing.description in {block.text for block in document.blocks}


@pytest.mark.parametrize("name", [parser.name for parser in PARSERS])
def test_golden_pages_say_that_they_are_made_up_and_what_they_follow(name: str) -> None:
    golden = load_golden(name)
    assert golden.made_up
    assert len(golden.follows) > 20
    assert "example" in golden.listing.icon or not golden.listing.icon


def test_every_store_of_the_field_is_known() -> None:
    assert {parser.store for parser in PARSERS} == {
        "360", "apkpure", "app-store", "baidu", "google-play", "huawei", "oppo", "vivo", "wandoujia", "web",
        "xiaomi", "yingyongbao",
    }  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_parsers_name_fields_of_listings_only(parser: Parser) -> None:
    assert set(parser.rules) <= FIELDS
    assert parser.optional <= FIELDS - {"name", "description", "store", "url"}


VALUE = {"a": [{"k": "x", "v": 1}, {"k": "y", "v": "2"}], "t": True, "deep": {"m": {"n": "z"}}, "1": "one"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", [VALUE]),
        ("a.0.v", [1]),
        ("a.*.v", [1, "2"]),
        ("a.*.[k=y].v", ["2"]),
        ("deep.*.n", ["z"]),
        ("1", ["one"]),
        ("a.9.v", []),
        ("a.x", []),
        ("t.0", []),
        ("[k=x]", []),
    ],
)
def test_paths(path: str, found: list[object]) -> None:
    assert list(walk(VALUE, path)) == found


def test_a_path_over_many_items_is_bounded() -> None:
    many = [[1] * 1000] * 1000
    assert len(list(walk(many, "*.*"))) == MAX_ITEMS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f({key: 'ds:5', data:[1, [2]], more: 1})", [1, [2]]),
        ("f({key: 'ds:4', data:[1]})", None),
        ("f({key: 'ds:5', data:[1, ", None),
        ("f({key: 'ds:5', data:" + "[" * 50_000, None),
        ("", None),
    ],
    ids=["a value and more", "another key", "torn", "too deep", "empty"],
)
def test_data_behind_a_mark(text: str, value: object) -> None:
    assert read_json_after(r"key: 'ds:5', data:", text) == value


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        ({"json": "v"}, ("one\ntwo & three",)),
        ({"json": "v", "take": r"(t\w+)"}, ("two",)),
        ({"json": "v", "take": r"(\d+)"}, ()),
        ({"json": "b"}, ()),
        ({"ld": "n"}, ("7",)),
        ({"query": "id"}, ("com.example.x",)),
        ({"path": r"/(apps)/"}, ("apps",)),
        ({"text": "fixed"}, ("fixed",)),
        ({"css": "p"}, ()),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_rules(rule: dict[str, str], texts: tuple[str, ...]) -> None:
    source = Source(
        "https://x.example/apps/d?id=com.example.x",
        value={"v": " one<br/>two &amp;  three ", "b": True},
        ld={"n": 7},
    )
    assert rule_texts(rule, source) == texts


def test_many_objects_are_searched_in_time_that_grows_with_them() -> None:
    def work(size: int) -> Callable[[], object]:
        page = LexborHTMLParser(f'<script type="application/ld+json">[{"{}," * size}1]</script>')
        return lambda: find_app(page, ("SoftwareApplication",))

    assert_linear(work, small=50_000)
