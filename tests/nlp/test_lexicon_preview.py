"""What an edited lexicon gains and loses over texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from crawler.document import Block, Document, make_document
from nlp.analyse import analyse, load_engine, with_lexicon
from nlp.lexicon import Lexicon, load_lexicon
from nlp.lexicon_preview import Preview, preview, read_edited
from nlp.settings import DetectionSettings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'category: payment\nfirst_seen: "2026-11"\nsource: survey\nentries:\n'
CAR = "- {term: 跑分车队, hit: 招跑分车队, miss: 运输车队}\n"
CARD = "- {term: 卡接, hit: 卡接回款, miss: 卡片}\n"
PROMOTION = "注册就送体验金,返佣六成,手里有U的来,云挖矿日产U"
TEXTS = ("今天招跑分车队,跑分车队长期", "卡接回款,速来", "明天去爬山", "跑分车队也卡接")


def folder_of(path: Path, *entries: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "payment.yaml").write_text(HEAD + "".join(entries), encoding="utf-8")
    (path / "context.yaml").write_text("groups:\n  coin: {words: [币]}\n", encoding="utf-8")
    return path


def compared(old: Path, new: Path, texts: tuple[str, ...] = TEXTS, *, most: int = 3) -> Preview:
    documents = [(f"t{number}", document(text)) for number, text in enumerate(texts)]
    return preview(documents, load_lexicon(old), load_lexicon(new), most=most)


def document(text: str) -> Document:
    return make_document(source="post", blocks=(Block("body", text),), url="https://a.example/1")


def test_what_is_gained_and_lost_is_counted_and_quoted(tmp_path: Path) -> None:
    old, new = folder_of(tmp_path / "old", CAR), folder_of(tmp_path / "new", CARD)
    found = compared(old, new)
    assert (found.texts, found.changed, found.gained, found.lost) == (4, 3, 2, 3)
    assert [(rule.rule, rule.gained, rule.lost, rule.texts) for rule in found.rules] == [
        ("payment/卡接", 2, 0, 2),
        ("payment/跑分车队", 0, 3, 2),
    ]
    example = found.rules[0].examples[0]
    assert (example.side, example.ref, example.url) == ("gained", "t1", "https://a.example/1")
    assert (example.before, example.matched, example.after) == ("", "卡接", "回款,速来")


def test_the_words_are_quoted_as_they_were_written(tmp_path: Path) -> None:
    old, new = folder_of(tmp_path / "old", CARD), folder_of(tmp_path / "new", CARD, CAR)
    found = compared(old, new, ("招 跑\u200b分.车.队 啦",))
    assert [example.matched for example in found.rules[0].examples] == ["跑\u200b分.车.队"]


def test_the_same_lexicon_changes_nothing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "old", CAR, CARD)
    found = compared(folder, folder)
    assert found.old == found.new
    assert (found.texts, found.changed, found.rules, found.leads) == (4, 0, (), None)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_examples_are_few_and_counts_are_whole(tmp_path: Path, most: int) -> None:
    old, new = folder_of(tmp_path / "old", CARD), folder_of(tmp_path / "new", CARD, CAR)
    (rule,) = compared(old, new, most=most).rules
    assert (rule.gained, len(rule.examples)) == (3, most)


def test_one_file_is_read_among_the_published_ones(tmp_path: Path) -> None:
    published = folder_of(tmp_path / "published", CAR)
    edited = tmp_path / "payment.yaml"
    edited.write_text(HEAD + CAR + CARD, encoding="utf-8")
    files = read_edited(edited, published)
    assert files.errors == ()
    found = preview([("a", document("卡接"))], load_lexicon(published), Lexicon(files))
    assert [(rule.rule, rule.gained) for rule in found.rules] == [("payment/卡接", 1)]


def test_mistakes_name_the_edited_file(tmp_path: Path) -> None:
    published = folder_of(tmp_path / "published", CAR)
    edited = tmp_path / "payment.yaml"
    edited.write_text(HEAD + CAR + CAR, encoding="utf-8")
    assert str(read_edited(edited, published).errors[0]).startswith(f"{edited}:6: term: ")


def test_it_travels_as_json(tmp_path: Path) -> None:
    old, new = folder_of(tmp_path / "old", CAR), folder_of(tmp_path / "new", CARD)
    found = compared(old, new)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Preview) == found


def test_verdicts_are_compared_with_the_same_model(tmp_path: Path) -> None:
    """The threshold lies between the scores that a promotion has with its words and without."""
    engine = load_engine(DetectionSettings())
    bare = load_lexicon(folder_of(tmp_path / "bare", CAR))
    text = document(PROMOTION)
    with_words, without = (
        analyse(text, each).score.probability for each in (engine, with_lexicon(engine, bare))
    )
    assert with_words != without
    engine = replace(engine, threshold=(with_words + without) / 2)
    pairs = [("calm", document("明天去爬山")), ("promotion", text)]
    found = preview(pairs, engine.lexicon, bare, engines=(engine, with_lexicon(engine, bare)))
    assert found.leads is not None
    (lead,) = found.leads
    assert (lead.ref, lead.old_score, lead.new_score) == ("promotion", with_words, without)
    assert lead.side == ("lost" if without < with_words else "gained")
