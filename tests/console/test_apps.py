"""``xiansuo apps``: one word is an app or a command; the canary's exit codes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from console.cli.apps import apps
from crawler.canary import load_golden
from crawler.document import Listing
from evidence.listings import ListingVersion, app_key, keep_version, listing_digest
from tests.sites.server import data, serve

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("XIANSUO_")]:
        monkeypatch.delenv(name)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(apps, arguments, obj={"config": None, "verbose": False}, standalone_mode=False)


def test_the_canary_reads_golden_pages(place: Path) -> None:
    done = run("canary", "--json")
    assert done.return_value == 0
    readings = json.loads(done.stdout)
    assert {reading["place"] for reading in readings} == {"golden"}


def test_the_canary_names_what_vanished_from_a_live_page(place: Path) -> None:
    golden = load_golden("wandoujia")
    changed = golden.body.replace(b'class="con"', b'class="text"')
    with serve({"/apps/8000001": data(changed, "text/html; charset=utf-8")}) as site:
        named = f'canary = {{ "wandoujia" = ["{site.url("/apps/8000001")}"] }}'
        (place / "xiansuo.toml").write_text(f'[crawl]\nallow_networks = ["127.0.0.0/8"]\n{named}\n')
        done = run("canary", "--json")
    assert done.return_value == 3
    live = json.loads(done.stdout)[-1]
    assert (live["parser"], live["missing"]) == ("wandoujia", ["description"])


def test_a_target_is_no_command(place: Path) -> None:
    done = run("canaries of the sea")
    assert done.return_value == 3  # collected, and found to be no target
    assert "bad-target" in done.stderr


def test_a_changed_description_is_shown(place: Path) -> None:
    plain = Listing("xiaomi", "1", "青禾记账", package="com.example.qinghe", description="三秒记一笔。")
    promo = replace(
        plain, description="三秒记一笔。\n新增USDT买卖专区，出U秒到账，加微信 qinghe_886 领邀请码。"
    )
    for day, listing in enumerate((plain, promo), 1):
        seen = ListingVersion(app_key(listing), listing_digest(listing), f"2026-03-0{day}T00:00:00Z", listing)
        keep_version(place / "xiansuo-data", seen, prove=lambda one: one)
    done = run("diff", "com.example.qinghe", "--fail-on", "promotes")
    assert done.return_value == 1
    assert "USDT" in done.stdout
    assert "2026-03-02" in done.stdout
    (made,) = json.loads(run("diff", "com.example.qinghe", "--json").stdout)
    assert made["promotes"]
    assert run("diff", "com.example.qinghe", "--store", "vivo").return_value == 3


def test_one_version_and_none(place: Path) -> None:
    one = Listing("xiaomi", "1", "青禾记账", package="com.example.one")
    seen = ListingVersion(app_key(one), listing_digest(one), "2026-03-01T00:00:00Z", one)
    keep_version(place / "xiansuo-data", seen, prove=lambda it: it)
    assert run("diff", "com.example.one").return_value == 0
    assert run("diff", "com.example.none").return_value == 3
