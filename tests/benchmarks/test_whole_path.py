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
from nlp.analyse import analyse, analyse_many, load_engine
from nlp.detectors.terms import find_terms
from nlp.normalise import normalise
from nlp.settings import DetectionSettings
from nlp.training.texts import read_corpus
from tests.benchmarks.conftest import Row, read_everyday

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlp.analyse import Engine

pytestmark = pytest.mark.benchmark
URL = "https://site.example/a/"
DEMANDED = 20
BITS = 18
PAGES = 12
KINDS = {
    "everyday": ("HTML to verdict, everyday pages", f"≥ {DEMANDED}×"),
    "promoting": ("HTML to verdict, everyday pages with a promotion among the comments", "–"),
    "dense": ("HTML to verdict, every paragraph promotes or speaks of it", "–"),
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


@pytest.fixture(scope="module")
def pages() -> dict[str, list[bytes]]:
    """Pages of each kind. No model was trained on the everyday texts and the promotion in the comments."""
    promoting = [text.text for text in read_corpus(held_out=True) if text.lead]
    speaking = [text.text for text in read_corpus() if text.stance != "unrelated"]
    return {
        "everyday": [make_page(seed, read_everyday()) for seed in range(PAGES)],
        "promoting": [
            make_page(seed, read_everyday(), comments=promoting[seed : seed + 1]) for seed in range(PAGES)
        ],
        "dense": [make_page(seed, speaking) for seed in range(PAGES)],
    }


def make_page(seed: int, texts: list[str], *, comments: Sequence[str] = ()) -> bytes:
    """A page of about 20 KB: navigation, an article, comments, an advert."""
    dice = random.Random(seed)

    def some(length: int) -> str:
        return html.escape(dice.choice(texts)[:length])

    nav = "".join(f'<li><a href="/channel/{item}">{some(6)}</a></li>' for item in range(25))
    body = "".join(f'<h2>{some(14)}</h2><p class="text">{some(300)}</p>' for _ in range(60))
    said = [some(40) for _ in range(20)] + [html.escape(text) for text in comments]
    talk = "".join(f'<div class="comment-item"><p>{text}</p></div>' for text in said)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{some(20)}</title></head><body>'
        f"<nav><ul>{nav}</ul></nav><article>{body}</article><section>{talk}</section>"
        f'<div class="ad">{some(80)}</div>'
        "</body></html>"
    ).encode()


def naive_stack(engine: Engine) -> Callable[[bytes], tuple[set[str], float]]:
    """A function from a page to the forms in it and the score of the linear model."""
    import jieba
    from bs4 import BeautifulSoup
    from sklearn.feature_extraction.text import HashingVectorizer

    lexicon = engine.lexicon
    forms = {pattern.text for pattern in (*lexicon.terms, *lexicon.cues)}
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
@pytest.mark.parametrize("kind", KINDS)
def test_whole_path_against_the_naive_stack(
    engine: Engine, pages: dict[str, list[bytes]], kind: str, record: Callable[[Row], None]
) -> None:
    naive = naive_stack(engine)

    def ours() -> list[bool]:
        documents = (extract_html(page, url=URL) for page in pages[kind])
        return [verdict.lead for verdict in analyse_many(documents, engine)]

    ours()
    fast = seconds(ours, rounds=5)
    slow = seconds(lambda: [naive(page) for page in pages[kind]], rounds=2)
    size = sum(map(len, pages[kind])) / PAGES / 1000
    note = f"{PAGES / fast:.0f} pages of {size:.0f} KB a second"
    what, demanded = KINDS[kind]
    record(Row(what, "BeautifulSoup, `in` loop, jieba, linear model", demanded, f"{slow / fast:.1f}×", note))
    assert slow / fast > 1


def test_terms_decide_alike(engine: Engine, pages: dict[str, list[bytes]]) -> None:
    naive = naive_stack(engine)
    # a Latin form counts where it is a word; an `in` loop cannot tell
    forms = {
        pattern.text
        for pattern in engine.lexicon.terms
        if pattern.entry
        and not (pattern.entry.needs or pattern.entry.unless or pattern.rest or pattern.latin)
    }
    for page in (page for kind in pages.values() for page in kind):
        named, _ = naive(page)
        document = extract_html(page, url=URL)
        text = normalise("\n".join(block.text for block in document.blocks))
        written = {finding.matched for finding in find_terms(0, text, engine.lexicon)}
        assert bool(named & forms) == bool(written & forms)
        assert not named & forms or analyse(document, engine).tier == "model"
