"""``xiansuo report`` over a period and in forms that other programs read, as people type it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.console.typed import xiansuo

if TYPE_CHECKING:
    from pathlib import Path

PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"


@pytest.fixture
def lead(tmp_path: Path) -> str:
    """A saved lead, new."""
    (tmp_path / "posts.txt").write_text(PROMO)
    assert xiansuo("scan", "posts.txt", "--save", cwd=tmp_path).returncode == 0
    (found,) = json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)
    return str(found["id"])


def test_a_period_makes_one_report_with_a_cover(lead: str, tmp_path: Path) -> None:
    asked = ("report", "--since", "2020-01-01", "--state", "new", "--format", "json")
    done = xiansuo(*asked, "--out", "batch.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "期间内线索 1 = 已列入 1 + 不得报送 0" in done.stderr
    cover = json.loads((tmp_path / "batch.json").read_text())["cover"]
    assert (cover["found"], cover["leads"], cover["since"], cover["until"]) == (1, 1, "2020-01-01", "")


def test_an_empty_period_says_so_and_writes_nothing(lead: str, tmp_path: Path) -> None:
    done = xiansuo("report", "--until", "2020-01-01", "--format", "json", "--out", "x.json", cwd=tmp_path)
    assert done.returncode == 3
    assert "没有符合条件的线索" in done.stderr
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "二者择一"),
        (("b4f1", "--since", "2026-01-01"), "二者择一"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "--since 晚于 --until"),
        (("--since", "soon"), "soon"),
        (("b4f1", "--format", "html", "--digest"), "--digest"),
        (("b4f1", "--format", "docx"), "--out"),
    ],
    ids=["nothing", "both", "backwards", "no day", "digest of html", "docx to the terminal"],
)
def test_what_makes_no_sense_is_refused(asked: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = xiansuo("report", *asked, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("form", ["docx", "stix", "misp"])
def test_other_forms_are_files(lead: str, tmp_path: Path, form: str) -> None:
    done = xiansuo("report", lead, "--format", form, "--out", "made", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made").read_bytes()[:1] == (b"P" if form == "docx" else b"{")


@pytest.mark.browser
def test_a_digest_is_a_pdf(lead: str, tmp_path: Path, chromium: str) -> None:
    asked = ("report", lead, "--format", "pdf", "--digest", "--out", "d.pdf")
    done = xiansuo(*asked, cwd=tmp_path, XIANSUO_CRAWL__BROWSER=chromium)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF-")
