"""``xiansuo lexicon`` as people type it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from nlp.lexicon import default_folder
from tests.console.typed import xiansuo

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """- term: 蓝鹦鹉通道
  hit: 蓝鹦鹉通道开了
  miss: 蓝鹦鹉会说话
  source: survey
"""


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The published payment.yaml with one entry more."""
    path = tmp_path / "payment.yaml"
    path.write_text((default_folder() / "payment.yaml").read_text("utf-8") + ENTRY, encoding="utf-8")
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    lines = [{"id": "a", "text": "蓝鹦鹉通道今晚开"}, {"id": "b", "text": "蓝鹦鹉会说话"}]
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def test_check_reads_one_edited_file_in_its_place(tmp_path: Path, edited: Path) -> None:
    assert xiansuo("lexicon", "check", edited.name, cwd=tmp_path).returncode == 0


def test_check_names_file_and_line(tmp_path: Path, edited: Path) -> None:
    edited.write_text(
        edited.read_text("utf-8").replace("miss: 蓝鹦鹉会说话", "miss: 蓝鹦鹉通道"), encoding="utf-8"
    )
    line = edited.read_text("utf-8").split("- term: 蓝鹦鹉通道")[0].count("\n") + 1
    done = xiansuo("lexicon", "check", edited.name, cwd=tmp_path)
    assert done.returncode == 3
    assert f"payment.yaml:{line}: miss: 蓝鹦鹉通道" in done.stderr


def test_preview_says_what_an_edit_would_find(tmp_path: Path, edited: Path, archive: Path) -> None:
    done = xiansuo("lexicon", "preview", edited.name, "--archive", archive.name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "payment/蓝鹦鹉通道  +1 -0" in done.stdout
    assert "…【蓝鹦鹉通道】今晚开…" in done.stdout


def test_preview_as_json_with_leads(tmp_path: Path, edited: Path, archive: Path) -> None:
    arguments = ("lexicon", "preview", edited.name, "--archive", archive.name, "--leads", "--json")
    done = xiansuo(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["texts"], found["changed"], found["gained"], found["lost"]) == (2, 1, 1, 0)
    assert [rule["rule"] for rule in found["rules"]] == ["payment/蓝鹦鹉通道"]
    assert found["rules"][0]["examples"][0]["ref"] == "a"
    assert isinstance(found["leads"], list)


def test_preview_over_the_evidence_index(tmp_path: Path, edited: Path) -> None:
    lead = tmp_path / "lead.jsonl"
    text = "蓝鹦鹉通道,长期收U出U,秒结不冻卡,加微信 ulaoban_886"
    lead.write_text(json.dumps({"id": "p1", "text": text}), encoding="utf-8")
    saved = xiansuo("scan", lead.name, "--save", "--format", "jsonl", cwd=tmp_path)
    assert saved.returncode == 0, saved.stderr
    done = xiansuo("lexicon", "preview", edited.name, "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (found["texts"], found["gained"]) == (1, 1)
    assert found["rules"][0]["examples"][0]["ref"] == "p1"


def test_preview_refuses_a_broken_edit(tmp_path: Path, edited: Path, archive: Path) -> None:
    edited.write_text(edited.read_text("utf-8") + "- term: [\n", encoding="utf-8")
    done = xiansuo("lexicon", "preview", edited.name, "--archive", archive.name, cwd=tmp_path)
    assert done.returncode == 3
    assert "payment.yaml:" in done.stderr
    assert done.stdout == ""


def test_an_archive_that_cannot_be_read_is_said(tmp_path: Path, edited: Path, archive: Path) -> None:
    places = ("--archive", archive.name, "--archive", "none.jsonl")
    done = xiansuo("lexicon", "preview", edited.name, *places, "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["gained"] == 1
    assert "none.jsonl" in done.stderr
