"""Training texts that ``scan --explain`` shows beside a verdict."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crawler.document import Block, make_document
from nlp.analyse import MODELS, analyse
from nlp.errors import ModelError
from nlp.similar import INDEX, LONGEST, CaseIndex, deciding_text, load_cases, similar_cases
from nlp.training.cases import SIZE, build_cases
from nlp.training.texts import read_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.analyse import Engine

SHIPPED = MODELS / "xiansuo_zh"
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def cases() -> CaseIndex:
    """The shipped index; after training, ``python -m nlp.training.cases`` builds it anew."""
    return load_cases(SHIPPED)


def test_the_shipped_index_is_small() -> None:
    assert (SHIPPED / INDEX).stat().st_size < MOST_BYTES


def test_every_case_has_its_labels_and_none_is_held_out(cases: CaseIndex) -> None:
    made_up = {f"{text.origin}/{text.id}" for text in read_corpus()}
    named = {name for name in cases.names if not name.startswith("manifest/")}
    assert named
    assert named <= made_up


def test_a_training_text_is_found_with_its_words_and_labels(cases: CaseIndex) -> None:
    text = max(read_corpus(), key=lambda text: len(text.text))
    found = {case.id: case for case in cases.nearest(text.text, count=3)}[text.id]  # beside its twin
    assert found.text == text.text
    assert (found.lead, found.stance) == (text.lead, text.stance)
    assert found.similarity > 0.95


def test_public_texts_are_named_by_their_place_and_not_quoted(cases: CaseIndex) -> None:
    rows = [row for row, name in enumerate(cases.names) if name.startswith("manifest/")]
    public = CaseIndex(
        cases.words, cases.centre, cases.vectors[rows], tuple(cases.names[row] for row in rows)
    )
    found = public.nearest("警方提醒：切勿参与虚拟货币交易，谨防诈骗", count=3)
    assert len(found) == 3
    for case in found:
        assert case.text == ""
        assert case.repo
        assert case.path
        assert case.end > case.start


def test_similar_cases_of_a_document_come_nearest_first(engine: Engine, cases: CaseIndex) -> None:
    document = make_document(
        source="file", blocks=[Block("body", "长期收U，价格比大所高一个点，飞机 @abc_888")]
    )
    found = similar_cases(document, analyse(document, engine), cases)
    assert 0 < len(found) <= 3
    assert [case.similarity for case in found] == sorted((case.similarity for case in found), reverse=True)


@pytest.mark.parametrize("text", ["", "\n ", "\ud800"], ids=["empty", "blank", "surrogate"])
def test_a_text_without_known_words_is_like_nothing(text: str, engine: Engine, cases: CaseIndex) -> None:
    document = make_document(source="file", blocks=[Block("body", text)])
    assert similar_cases(document, analyse(document, engine), cases) == ()


def test_of_a_long_block_what_stands_around_the_finding_is_compared(engine: Engine) -> None:
    text = "今天天气不错，适合出门。" * 200 + "长期收U，价格比大所高，飞机 @abc_888"
    document = make_document(source="file", blocks=[Block("body", text)])
    part = deciding_text(document, analyse(document, engine))
    assert len(part) == LONGEST
    assert part in text


def test_a_missing_or_old_index_says_how_to_build_it(cases: CaseIndex, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"python -m nlp\.training\.cases"):
        load_cases(tmp_path)
    shutil.copytree(SHIPPED, tmp_path / "model")
    arrays = build_cases(cases.words, read_corpus()[:5], [])
    assert arrays["vectors"].shape == (5, SIZE)
    np.savez_compressed(tmp_path / "model" / INDEX, **arrays | {"digest": np.array("0123456789abcdef")})
    with pytest.raises(ModelError, match=r"other word vectors.*python -m nlp\.training\.cases"):
        load_cases(tmp_path / "model")
    np.savez_compressed(tmp_path / "model" / INDEX, **arrays | {"names": np.array(["gone/1"] * 5)})
    with pytest.raises(ModelError, match=r"5 training texts that are gone"):
        load_cases(tmp_path / "model")
    (tmp_path / "model" / INDEX).write_bytes(b"no archive")
    with pytest.raises(ModelError, match="build it anew"):
        load_cases(tmp_path / "model")
