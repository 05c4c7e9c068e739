"""Store pages to listings: golden folders, and targets that are no listing."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from crawler.apps import collect_listings, read_listing, target_url
from crawler.document import Listing
from crawler.errors import CrawlerError, ExtractError
from crawler.extract.listing import load_parsers
from crawler.settings import CrawlSettings

CASES = Path(__file__).parent.parent / "cases" / "listings"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_golden(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    page = next(folder.glob("page.*"))
    document = read_listing(page.read_bytes(), expected["url"])
    assert document.listing == msgspec.convert(expected["listing"], Listing)
    assert (document.source, document.surface) == ("app", "app_listing")
    assert document.blocks[0].text == document.listing.name
    assert document.listing.description in {block.text for block in document.blocks}


def test_every_parser_has_a_golden_folder() -> None:
    stores = {
        json.loads((folder / "expected.json").read_text("utf-8"))["listing"]["store"] for folder in FOLDERS
    }
    assert {parser.store for parser in load_parsers()} == stores


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<p>no app", "no-listing"),
        (b'{"resultCount": 0, "results": []}', "no-listing"),
        (b"{broken", "no-listing"),
        (b"", "empty"),
        (b'<script type="application/ld+json">{"@type": "Recipe", "name": "x"}</script>', "no-listing"),
        (b'<script type="application/ld+json">' + b"[" * 50_000 + b"</script>", "no-listing"),
    ],
)
def test_no_listing(body: bytes, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_listing(body, "https://x.example/app")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("https://x.example/a", "https://x.example/a"),
        ("id1234567890", "https://itunes.apple.com/lookup?id=1234567890&country=cn"),
        ("com.example.app", "https://sj.qq.com/appdetail/com.example.app"),
    ],
)
def test_targets(target: str, url: str) -> None:
    assert target_url(target) == url


def test_bad_targets_are_outcomes() -> None:
    with pytest.raises(CrawlerError):
        target_url("no such thing")
    refused = ["http://127.0.0.1:9/x", "no such thing"]
    outcomes = list(collect_listings(refused, settings=CrawlSettings()))
    assert [outcome.url for outcome in outcomes] == refused
    assert all(outcome.document is None and outcome.reason for outcome in outcomes)
    assert outcomes[1].reason == "bad-target"
