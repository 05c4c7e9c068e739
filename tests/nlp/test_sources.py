"""Texts cut out of checked-out repositories: the labelled words and no others."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from nlp.errors import LabelError
from nlp.training.sources import cut_out

TEXT = "第一段。\n第二段：这里是要的文字。\n第三段。"
WANTED = "这里是要的文字"


def entry(**changes: Any) -> dict[str, Any]:
    start = TEXT.index(WANTED)
    plain = {"id": "x", "repo": "some/one", "commit": "c" * 40, "path": "doc/read.md", "start": start}
    digest = hashlib.sha256(WANTED.encode()).hexdigest()
    return {**plain, "end": start + len(WANTED), "sha256": digest, "lead": False, **changes}


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    folder = tmp_path / "some" / "one" / "doc"
    folder.mkdir(parents=True)
    (folder / "read.md").write_text(TEXT, "utf-8")
    (tmp_path / "secret.md").write_text(WANTED, "utf-8")
    return tmp_path


def test_the_words_at_the_offsets_are_cut_out(clones: Path) -> None:
    assert cut_out(entry(), clones)["text"] == WANTED


@pytest.mark.parametrize(
    "changes",
    [{"path": "doc/gone.md"}, {"start": 0}, {"path": "../../secret.md", "start": 0, "end": len(WANTED)}],
    ids=["missing", "other-words", "outside"],
)
def test_anything_else_is_refused_with_the_commit_to_check_out(clones: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(LabelError, match="c" * 40):
        cut_out(entry(**changes), clones)
