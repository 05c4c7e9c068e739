"""Reading lexicon files strictly, and compiling them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import LexiconError
from nlp.lexicon import load_lexicon
from nlp.lexicon_check import check_lexicons, describe_entries
from nlp.lexicon_files import read_folder
from nlp.matcher import Matcher
from nlp.patterns import at_boundaries

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """category: payment
first_seen: "2026-11"
source: survey
entries:
- term: 跑分车队
  forms: [跑分群]
  hit: 招跑分车队
  miss: 运输车队
"""
CONTEXT = "groups:\n  coin: {words: [币, usdt]}\n"


def folder_of(tmp_path: Path, **files: str) -> Path:
    tmp_path.mkdir(exist_ok=True)
    for name, text in {"payment": GOOD, "context": CONTEXT, **files}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_good_folder_loads(tmp_path: Path) -> None:
    lexicon = load_lexicon(folder_of(tmp_path))
    (entry,) = lexicon.entries
    assert (entry.rule, entry.written, entry.line, entry.source) == (
        "payment/跑分车队",
        ("跑分车队", "跑分群"),
        5,
        "survey",
    )


BROKEN = {
    "not yaml": ("category: [", "is not YAML", 2, ""),
    "not a mapping": ("- a\n- b\n", "must be a mapping", 1, ""),
    "unknown category": (
        GOOD.replace("category: payment", "category: bank"),
        "the file's name",
        1,
        "category",
    ),
    "unknown top field": (GOOD + "extra: 1\n", "is not a field of a lexicon file", 9, "extra"),
    "unknown field": (GOOD + "  color: red\n", "is not a field of an entry", 9, "color"),
    "field twice": (GOOD + "  hit: 又一次\n", "stands twice", 9, "hit"),
    "entry twice": (GOOD + GOOD.partition("entries:\n")[2], "stands already", 9, "term"),
    "no miss": (GOOD.replace("  miss: 运输车队\n", ""), "is missing", 5, "miss"),
    "no entries": ("category: payment\n", "is missing", 1, "entries"),
    "empty term": (GOOD.replace("跑分车队\n  forms", '""\n  forms'), "must be a text", 5, "term"),
    "bad weight": (GOOD + "  weight: -2\n", "must be a number", 9, "weight"),
    "weight is a word": (GOOD + "  weight: heavy\n", "must be a number", 9, "weight"),
    "weight is nan": (GOOD + "  weight: nan\n", "must be a number", 9, "weight"),
    "bad date": (GOOD + "  last_seen: yesterday\n", "must be a date", 9, "last_seen"),
    "needs without ambiguous": (GOOD + "  needs: [coin]\n", "ambiguous: true", 5, "ambiguous"),
    "ambiguous without needs": (GOOD + "  ambiguous: true\n", "not what it needs", 5, "needs"),
    "ambiguous is no flag": (GOOD + "  ambiguous: maybe\n", "true or false", 9, "ambiguous"),
    "unknown context": (GOOD + "  ambiguous: true\n  needs: [moon]\n", "not in context.yaml", 5, "needs"),
    "bad context name": (
        GOOD + "  ambiguous: true\n  needs: [Coin!]\n",
        "name of a context group",
        10,
        "needs",
    ),
    "settles itself": (
        GOOD.replace("[跑分群]", "[USDT, 币]") + "  ambiguous: true\n  needs: [coin]\n",
        "which it needs",
        5,
        "needs",
    ),
    "form twice": (GOOD.replace("[跑分群]", "[跑分群, 跑分群]"), "stands twice", 5, "forms"),
    "form of another entry": (
        GOOD + "- {term: 码群, forms: [跑分群], hit: 跑分群, miss: 人群}\n",
        "is a form of 跑分车队 at line 5 already",
        9,
        "forms",
    ),
    "zero width": (GOOD.replace("[跑分群]", r'["\u200b\ufeff"]'), "nothing once normalised", 5, "forms"),
    "one character alone": (
        GOOD.replace("[跑分群]", "[跑]"),
        "one character",
        5,
        "ambiguous",
    ),
    "gone before it came": (GOOD + '  last_seen: "2025"\n', "before first_seen", 5, "last_seen"),
    "list in a list": (GOOD.replace("[跑分群]", "[[跑分群]]"), "must be a text", 6, "forms"),
    "alias": (GOOD.replace("[跑分群]", "&a [跑分群]") + "  miss2: *a\n", "is not a field", 9, "miss2"),
    "brand field": (GOOD + "  domains: [a.com]\n", "is not a field of an entry", 9, "domains"),
}


@pytest.mark.parametrize(("text", "message", "line", "field"), BROKEN.values(), ids=BROKEN.keys())
def test_a_mistake_is_named_with_file_line_and_field(
    tmp_path: Path, text: str, message: str, line: int, field: str
) -> None:
    errors = read_folder(folder_of(tmp_path, payment=text)).errors
    assert any(message in str(e) and e.line == line and e.field == field for e in errors), errors
    assert all("payment.yaml" in str(error) for error in errors)
    with pytest.raises(LexiconError):
        load_lexicon(tmp_path)


BRANDS = """first_seen: "2026-11"
source: survey
entries:
- {term: A Exchange, kind: exchange, category: exchange, domains: [a.com]}
- {term: B Wallet, kind: wallet, category: defi_nft, domains: [a.com]}
"""


def test_a_domain_has_one_owner(tmp_path: Path) -> None:
    (error,) = read_folder(folder_of(tmp_path, brands=BRANDS)).errors
    assert (error.line, error.field) == (5, "domains")
    assert str(error).endswith(
        "brands.yaml:5: domains: a.com of B Wallet is a domain of A Exchange at line 4 already"
    )


def test_words_without_a_visible_character_are_refused(tmp_path: Path) -> None:
    context = 'groups:\n  coin: {words: [币, "\\u200b"]}\n'
    errors = read_folder(folder_of(tmp_path, context=context, allow='phrases:\n- "\\ufe0f\\u200d"\n')).errors
    assert [(str(error.path).rsplit("/", 1)[-1], error.line, error.field) for error in errors] == [
        ("context.yaml", 2, "words"),
        ("allow.yaml", 2, "phrases"),
    ]


def test_an_allowed_phrase_stands_once(tmp_path: Path) -> None:
    (error,) = read_folder(folder_of(tmp_path, allow="phrases:\n- 跑分榜\n- 跑分榜\n")).errors
    assert str(error).endswith("allow.yaml:3: phrases: 跑分榜 stands already at line 2")


def test_an_edited_file_stands_in_its_place(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "published", payment=GOOD)
    edited = tmp_path / "payment.yaml"
    edited.write_text(GOOD.replace("[跑分群]", "[跑分团]"), encoding="utf-8")
    files = read_folder(folder, edited=edited)
    assert (files.errors, files.entries[0].written) == ((), ("跑分车队", "跑分团"))
    assert files.version != read_folder(folder).version
    edited.rename(folder / "payment.yaml")
    assert files.version == read_folder(folder).version


def test_an_edited_file_of_cues_is_known_by_its_name(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "published")
    (folder / "cues").mkdir()
    cues = 'group: call\nfirst_seen: "2026"\nsource: survey\nentries:\n- {term: 速来, hit: 速来, miss: 来}\n'
    (folder / "cues" / "call.yaml").write_text(cues, encoding="utf-8")
    edited = tmp_path / "call.yaml"
    edited.write_text(cues.replace("速来", "快来"), encoding="utf-8")
    files = read_folder(folder, edited=edited)
    assert files.errors == ()
    assert [entry.rule for entry in files.entries if entry.kind == "cue"] == ["cue/call/快来"]


def test_mistakes_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, payment="category: [", context="groups: 3\n", brands="entries: {}\n", allow="x: 1\n"
    )
    (folder / "mining.yaml").write_bytes(b"category: \xff\xfe")
    names = {str(error.path).rsplit("/", 1)[-1] for error in check_lexicons(folder).problems}
    assert names == {"payment.yaml", "context.yaml", "brands.yaml", "allow.yaml", "mining.yaml"}


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"k{i}: &k{i} [*a, *a, *a]\n" for i in range(30)) + GOOD
    assert read_folder(folder_of(tmp_path, payment=bomb)).errors


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    errors = read_folder(folder_of(tmp_path, payment="category: " + "[" * 5000 + "]" * 5000)).errors
    assert errors


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="no lexicon files"):
        load_lexicon(tmp_path)


def test_broken_examples_are_problems(tmp_path: Path) -> None:
    text = GOOD.replace("hit: 招跑分车队", "hit: 别的话").replace("miss: 运输车队", "miss: 招跑分群")
    fields = {problem.field for problem in check_lexicons(folder_of(tmp_path, payment=text)).problems}
    assert fields == {"hit", "miss"}


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    before = load_lexicon(folder_of(tmp_path)).version
    (tmp_path / "homophones.csv").write_text("char,readings\n", encoding="utf-8")
    assert load_lexicon(tmp_path).version != before


def test_entries_are_described_best_first() -> None:
    found = describe_entries(None, "跑分")
    assert found[0]["rule"] == "payment/跑分"
    assert str(found[0]["path"]).startswith("payment.yaml:")
    assert describe_entries(None, "毫无此词xyz") == []
    assert {"group": "brand", "entries": len(describe_entries(None, "")) and _brands()} in describe_entries(
        None, ""
    )


def _brands() -> int:
    return sum(entry.kind == "brand" for entry in load_lexicon().entries)


@given(
    st.lists(st.text(alphabet="abu币跑分", min_size=1, max_size=4), max_size=12),
    st.text("abu币跑分x", max_size=60),
)
def test_the_matcher_finds_what_a_naive_loop_finds(patterns: list[str], text: str) -> None:
    naive = sorted(
        (at, at + len(pattern), number)
        for number, pattern in enumerate(patterns)
        for at in range(len(text))
        if text.startswith(pattern, at)
    )
    assert sorted(Matcher(patterns).find(text)) == naive


@given(st.text(max_size=40))
def test_the_matcher_takes_any_text(text: str) -> None:
    hits = Matcher(["币", "\ufffd", "a\ud800"]).find(text + "\ud800币")
    assert all(0 <= start < end <= len(text) + 2 for start, end, _ in hits)


@pytest.mark.parametrize(
    ("text", "start", "end", "stands"),
    [
        ("收100u现结", 4, 5, True),
        ("upstream", 0, 1, False),
        ("用usdt付", 1, 5, True),
        ("api_usdt", 4, 8, False),
        ("2024年", 1, 4, False),
        ("币安", 0, 2, True),
    ],
)
def test_latin_words_and_numbers_are_not_cut(text: str, start: int, end: int, stands: bool) -> None:
    assert at_boundaries(text, start, end) is stands
