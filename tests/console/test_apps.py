"""``xiansuo apps``: one word is an app or a command; the canary's exit codes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from console.cli.apps import apps
from crawler.canary import load_golden
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
