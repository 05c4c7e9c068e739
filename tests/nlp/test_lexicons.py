"""The examples of the shipped lexicons: every ``hit`` is found, every ``miss`` is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nlp.analysis import CATEGORIES
from nlp.lexicon import default_folder, load_lexicon
from nlp.lexicon_check import check_examples, check_lexicons

LEXICON = load_lexicon()
FILES = sorted({entry.path for entry in LEXICON.entries})


@pytest.mark.parametrize("path", FILES, ids=[Path(path).stem for path in FILES])
def test_examples_hold(path: str) -> None:
    entries = [entry for entry in LEXICON.entries if entry.path == path]
    assert [str(problem) for problem in check_examples(entries, LEXICON)] == []


def test_check_is_clean_and_counts_everything() -> None:
    report = check_lexicons()
    assert report.problems == ()
    assert set(CATEGORIES) <= report.counts.keys()
    assert report.version == LEXICON.version


def test_there_is_enough_of_each() -> None:
    counts = Counter(entry.kind for entry in LEXICON.entries)
    groups = Counter(entry.group for entry in LEXICON.entries if entry.kind == "term")
    assert counts["term"] + counts["cue"] >= 1500
    assert counts["brand"] >= 400
    assert min(groups[category] for category in CATEGORIES) >= 80


def test_brands_of_each_kind_have_domains() -> None:
    owners = Counter(entry.group for entry in LEXICON.entries if entry.kind == "brand" and entry.domains)
    wanted = {"exchange": 60, "wallet": 40, "pool": 20, "rwa": 30, "nft": 20}
    assert {kind: owners[kind] for kind in wanted if owners[kind] < wanted[kind]} == {}


@pytest.mark.parametrize(
    "term", ["大饼", "飞机", "土豆", "U", "合约", "空投", "钱包", "跑分", "搬砖", "码农", "矿卡"]
)
def test_words_of_two_meanings_say_nothing_alone(term: str) -> None:
    from nlp.detectors.terms import find_terms
    from nlp.normalise import normalise

    assert find_terms(0, normalise(f"今天聊聊{term}这件事"), LEXICON) == ()


def test_the_banned_registration_words_are_known() -> None:
    banned = ("虚拟货币", "虚拟资产", "加密货币", "加密资产", "稳定币", "现实世界资产代币化", "RWA")
    written = {form for entry in LEXICON.entries if entry.group == "naming" for form in entry.written}
    assert [word for word in banned if not any(word in form for form in written)] == []


def test_every_example_is_short_and_of_its_own() -> None:
    hits = Counter(sentence for entry in LEXICON.entries for sentence in entry.hit)
    assert [sentence for sentence, count in hits.items() if count > 1] == []
    assert max(map(len, hits)) <= 90


def test_default_folder_is_the_package() -> None:
    assert (default_folder() / "exchange.yaml").is_file()
