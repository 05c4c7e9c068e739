"""Speed of detection: full pipeline against spaCy's default categoriser, fast path against full."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from crawler.document import Block, make_document
from nlp.analyse import analyse, analyse_many, load_engine
from nlp.settings import DetectionSettings
from nlp.training.texts import read_corpus
from tests.benchmarks.conftest import Row, read_everyday

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.document import Document
    from nlp.analyse import Engine

pytestmark = pytest.mark.benchmark
LENGTH = 300
FULL_OVER_TEXTCAT = 15
FAST_OVER_FULL = 10
ROUNDS = 3
FEWEST_FAST = 0.4


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Texts of about 300 characters out of the made-up corpus."""
    running = "\n".join(text.text for text in read_corpus())
    return [running[start : start + LENGTH] for start in range(0, 400 * LENGTH, LENGTH)]


def documents(texts: Sequence[str]) -> list[Document]:
    return [make_document(source="file", blocks=[Block("body", text)], place=text[:20]) for text in texts]


def rate(work: Callable[[], object], count: int) -> float:
    """Texts a second, the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - started))
    return best


def textcat_rate(texts: Sequence[str]) -> float:
    """spaCy's default text categoriser with its own Chinese segmentation by jieba, untrained weights."""
    import spacy

    config = {"nlp": {"tokenizer": {"segmenter": "jieba"}}}
    pipeline = spacy.blank("zh", config=config)
    categoriser = pipeline.add_pipe("textcat")
    for label in ("lead", "other"):
        categoriser.add_label(label)  # type: ignore[attr-defined]
    pipeline.initialize()
    return rate(lambda: list(pipeline.pipe(texts)), len(texts))


@pytest.mark.filterwarnings("ignore")
def test_full_pipeline_against_textcat(
    engine: Engine, texts: list[str], record: Callable[[Row], None]
) -> None:
    cases = documents(texts)
    full = rate(lambda: list(analyse_many(cases, engine)), len(cases))
    ratio = full / textcat_rate(texts[:100])
    note = f"{full:.0f} texts of {LENGTH} characters a second"
    record(Row("full detection", "spaCy default textcat", f"≥ {FULL_OVER_TEXTCAT}×", f"{ratio:.1f}×", note))
    assert ratio > 1


def test_fast_path_against_full(engine: Engine, texts: list[str], record: Callable[[Row], None]) -> None:
    running = "".join(read_everyday())
    everyday = [running[start : start + LENGTH] for start in range(0, len(running) - LENGTH, LENGTH)]
    cases, others = documents(everyday), documents(texts)
    fast = [one for one in cases if analyse(one, engine).tier == "fast"]
    share = len(fast) / len(cases)
    assert share > FEWEST_FAST
    quick = rate(lambda: list(analyse_many(fast, engine)), len(fast))
    ratio = quick / rate(lambda: list(analyse_many(others, engine)), len(others))
    note = f"{quick:.0f} texts of {LENGTH} characters a second; {share:.0%} of everyday texts"
    record(Row("nothing stirs", "full detection", f"≥ {FAST_OVER_FULL}×", f"{ratio:.1f}×", note))
    assert ratio > 1
