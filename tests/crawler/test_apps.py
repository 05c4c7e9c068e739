"""Store pages to documents, and targets that are no listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.apps import collect_listings, read_listing, target_url
from crawler.errors import CrawlerError, ExtractError
from crawler.settings import CrawlSettings
from tests.apks import App, make_apk, needs_apk_info

if TYPE_CHECKING:
    from pathlib import Path


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
        ("google-play:com.example.app", "https://play.google.com/store/apps/details?id=com.example.app"),
        ("360:12345", "https://zhushou.360.cn/detail/index/soft_id/12345"),
    ],
)
def test_targets(target: str, url: str) -> None:
    assert target_url(target) == url


def test_bad_targets_are_outcomes() -> None:
    for target in (
        "no such thing",
        "nowhere:com.example.app",
        "xiaomi:a/../b",
        "xiaomi:",
    ):
        with pytest.raises(CrawlerError):
            target_url(target)
    refused = ["http://127.0.0.1:9/x", "no such thing"]
    outcomes = list(collect_listings(refused, settings=CrawlSettings()))
    assert [outcome.url for outcome in outcomes] == refused
    assert all(outcome.document is None and outcome.reason for outcome in outcomes)
    assert outcomes[1].reason == "bad-target"


def test_an_apk_file_is_a_target(tmp_path: Path) -> None:
    needs_apk_info()
    path = tmp_path / "demo.apk"
    path.write_bytes(make_apk(App(texts=("欢迎",))))
    read, missing = collect_listings([str(path), str(tmp_path / "no.apk")], settings=CrawlSettings())
    assert read.document is not None
    assert read.document.listing is not None
    assert read.document.listing.package == "com.example.demo"
    assert missing.reason == "not-found"
