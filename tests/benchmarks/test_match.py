"""Speed of matching against the naive loop, with the same hits, and with a very large lexicon."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from nlp.analysis import CATEGORIES
from nlp.detectors.terms import find_terms
from nlp.lexicon import load_lexicon
from nlp.matcher import Matcher
from nlp.normalise import normalise
from tests.benchmarks.conftest import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HUGE = 300_000
HAN = [chr(code) for code in range(0x4E00, 0x5600)]


def best(action: Callable[[], object], *, times: int) -> float:
    """Shortest of several runs, in seconds."""
    lowest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        action()
        lowest = min(lowest, time.perf_counter() - start)
    return lowest


def words(number: int, *, seed: int) -> list[str]:
    dice = random.Random(seed)
    found: set[str] = set()
    while len(found) < number:
        found.add("".join(dice.choices(HAN, k=dice.randint(2, 5))))
    return sorted(found)


def texts(patterns: Sequence[str], *, number: int, length: int, seed: int) -> list[str]:
    """Random text with a pattern every hundred characters or so."""
    dice = random.Random(seed)
    made = []
    for _ in range(number):
        parts = ["".join(dice.choices(HAN, k=95)) + dice.choice(patterns) for _ in range(length // 98)]
        made.append("".join(parts)[:length])
    return made


def naive(patterns: Sequence[str], text: str) -> list[tuple[int, int, int]]:
    hits = []
    for number, pattern in enumerate(patterns):
        at = text.find(pattern) if pattern in text else -1
        while at >= 0:
            hits.append((at, at + len(pattern), number))
            at = text.find(pattern, at + 1)
    return hits


@pytest.mark.benchmark
def test_matching_is_a_hundred_times_the_naive_loop_with_the_same_hits(
    record: Callable[[Row], None],
) -> None:
    patterns = [pattern.text for pattern in load_lexicon().terms]
    patterns = sorted({*patterns, *words(2000 - min(len(patterns), 1900), seed=1)})
    documents = texts(patterns, number=40, length=1500, seed=2)
    matcher = Matcher(patterns)
    for document in documents:
        assert sorted(matcher.find(document)) == sorted(naive(patterns, document))
    slow = best(lambda: [naive(patterns, document) for document in documents], times=3)
    fast = best(lambda: [matcher.find(document) for document in documents], times=9)
    note = f"{len(patterns):,} forms, identical hits"
    record(Row("term matching", "`in` loop over the same forms", "≥ 100×", f"{slow / fast:.0f}×", note))
    assert slow / fast >= 100


@pytest.mark.benchmark
def test_three_hundred_thousand_terms_load_and_match() -> None:
    patterns = words(HUGE, seed=3)
    start = time.perf_counter()
    matcher = Matcher(patterns)
    built = time.perf_counter() - start
    documents = texts(patterns, number=200, length=1500, seed=4)
    seconds = best(lambda: [matcher.find(document) for document in documents], times=3)
    speed = sum(map(len, documents)) / seconds / 1e6
    print(f"300,000 patterns: built in {built:.1f} s, {speed:.1f} Mchar/s")
    some = documents[0]
    assert sorted(matcher.find(some)) == sorted(naive(patterns, some))
    assert built < 20
    assert speed > 1


@pytest.mark.benchmark
@pytest.mark.timeout(900)
def test_a_lexicon_of_three_hundred_thousand_terms_loads_and_matches(
    tmp_path: Path, record: Callable[[Row], None]
) -> None:
    terms = words(HUGE, seed=3)
    files = [terms[start : start + HUGE // 10] for start in range(0, HUGE, HUGE // 10)]
    for category, part in zip(CATEGORIES, files, strict=False):
        rows = "".join(f"- {{term: {word}, hit: {word}, miss: 无, source: made up}}\n" for word in part)
        (tmp_path / f"{category}.yaml").write_text(
            f'category: {category}\nfirst_seen: "2026-11"\nentries:\n{rows}', "utf-8"
        )
    begun = time.perf_counter()
    lexicon = load_lexicon(tmp_path)
    loaded = time.perf_counter() - begun
    documents = texts(terms, number=100, length=1500, seed=4)
    find_terms(0, normalise(documents[0]), lexicon)  # automata of sounds are built when first asked for
    ready = time.perf_counter() - begun
    begun = time.perf_counter()
    found = [find_terms(0, normalise(document), lexicon) for document in documents]
    speed = sum(map(len, documents)) / (time.perf_counter() - begun) / 1e6
    assert len(lexicon.entries) == HUGE
    assert all(len(findings) >= 10 for findings in found)
    note = f"read and compiled in {loaded:.0f} s, with sounds in {ready:.0f} s"
    record(
        Row(
            f"lexicon of {HUGE:,} terms", "–", "loads and matches", f"{speed:.1f} M characters a second", note
        )
    )


@pytest.mark.benchmark
def test_the_whole_lexicon_loads_fast() -> None:
    load_lexicon()  # the normaliser's tables belong to the normaliser
    start = time.process_time()
    load_lexicon()
    seconds = time.process_time() - start
    print(f"lexicon loaded in {seconds:.2f} s")
    assert seconds <= 0.7
