"""From HTML to a verdict on one core, against the naive stack in the same run.

The naive stack: BeautifulSoup's html.parser, an ``in`` loop over the same written forms, jieba, and a linear
model over hashed words and character n-grams of the same orders and buckets. Times are processor time.
"""

from __future__ import annotations

import html
import random
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crawler.extract.html import extract_html
from nlp.analyse import analyse_many, load_engine
from nlp.detectors.terms import find_terms
from nlp.normalise import normalise
from nlp.settings import DetectionSettings
from nlp.training.texts import read_corpus
from tests.benchmarks.conftest import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlp.analyse import Engine

pytestmark = pytest.mark.benchmark
URL = "https://site.example/a/"
PAGES = 12
DEMANDED = 20
BITS = 18
CALM = "今天下午和朋友去公园散步，湖边的柳树都绿了，孩子们在草地上放风筝。"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


@pytest.fixture(scope="module")
def pages() -> list[bytes]:
    """Pages of about 30 KB: navigation, an article, comments, an advert; every third without any term."""
    texts = [text.text for text in read_corpus()]
    return [make_page(random.Random(seed), texts if seed % 3 else [CALM]) for seed in range(PAGES)]


def make_page(dice: random.Random, texts: list[str]) -> bytes:
    def some(length: int) -> str:
        return html.escape(dice.choice(texts)[:length])

    nav = "".join(f'<li><a href="/channel/{item}">{some(6)}</a></li>' for item in range(25))
    body = "".join(f'<h2>{some(14)}</h2><p class="text">{some(300)}</p>' for _ in range(60))
    comments = "".join(f'<div class="comment-item"><p>{some(40)}</p></div>' for _ in range(20))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{some(20)}</title></head><body>'
        f"<nav><ul>{nav}</ul></nav><article>{body}</article><section>{comments}</section>"
        f'<div class="ad">{some(80)}</div>'
        "</body></html>"
    ).encode()


def naive_stack(engine: Engine) -> Callable[[bytes], tuple[set[str], float]]:
    """A function from a page to the forms in it and the score of the linear model."""
    import jieba
    from bs4 import BeautifulSoup
    from sklearn.feature_extraction.text import HashingVectorizer

    lexicon = engine.lexicon
    forms = {pattern.text for index in (lexicon.terms, lexicon.cues) for pattern in index.patterns}
    buckets = 1 << BITS
    jieba.initialize()
    words = HashingVectorizer(
        tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2), n_features=buckets
    )
    characters = HashingVectorizer(analyzer="char", ngram_range=(1, 4), n_features=buckets)
    weights = engine.classifier.characters.weights.astype(np.float64)

    def verdict(page: bytes) -> tuple[set[str], float]:
        text = BeautifulSoup(page, "html.parser").get_text("\n").lower()
        found = {form for form in forms if form in text}
        odds = characters.transform([text]) @ weights + words.transform([text]) @ weights
        return found, float(odds[0, 0])

    return verdict


def seconds(work: Callable[[], object], *, rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.filterwarnings("ignore")
def test_whole_path_against_the_naive_stack(
    engine: Engine, pages: list[bytes], record: Callable[[Row], None]
) -> None:
    naive = naive_stack(engine)

    def ours() -> list[bool]:
        documents = (extract_html(page, url=URL) for page in pages)
        return [verdict.lead for verdict in analyse_many(documents, engine)]

    ours()
    fast = seconds(ours, rounds=5)
    slow = seconds(lambda: [naive(page) for page in pages], rounds=2)
    size = sum(map(len, pages)) / len(pages) / 1000
    note = f"{len(pages) / fast:.0f} pages of {size:.0f} KB a second"
    against = "BeautifulSoup, `in` loop, jieba, linear model"
    record(Row("HTML to verdict", against, f"≥ {DEMANDED}×", f"{slow / fast:.1f}×", note))
    assert slow / fast > 1


def test_terms_decide_alike(engine: Engine, pages: list[bytes]) -> None:
    naive = naive_stack(engine)
    unambiguous = {
        pattern.text: pattern.rule
        for pattern in engine.lexicon.terms.patterns
        if pattern.entry and not (pattern.entry.needs or pattern.entry.unless or pattern.rest)
    }
    for page in pages:
        found, _ = naive(page)
        text = "\n".join(block.text for block in extract_html(page, url=URL).blocks)
        rules = {finding.rule for finding in find_terms(0, normalise(text), engine.lexicon)}
        named = bool(found & unambiguous.keys())
        assert named == any(rule in unambiguous.values() for rule in rules)
