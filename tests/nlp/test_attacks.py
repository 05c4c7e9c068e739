"""Attacks change texts by chance of their own, and measuring under them counts what it says."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analyse import load_engine
from nlp.errors import AttackError
from nlp.settings import DetectionSettings
from nlp.training import attacks as module
from nlp.training.attacks import ATTACKS, dilute, read_hosts, separators, splits, zero_width
from nlp.training.robustness import CLEAN, as_table, attack_texts, measure_attacks
from nlp.training.texts import Labelled

if TYPE_CHECKING:
    from nlp.analyse import Engine

TEXT = "周末信息:老板带货的全球银行卡讲座,投资学习群加微信 coin_88291,电话 13800138000,see you later," * 2
SAME_LENGTH = (
    "homophones 30 %",
    "homophones 60 %",
    "look-alike characters",
    "look-alike letters",
    "full-width",
    "leet",
    "reversed handles",
)
every_attack = pytest.mark.parametrize("name", ATTACKS)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


def labelled(number: int, text: str, *, lead: bool) -> Labelled:
    return Labelled(f"made-up-{number}", text, "post", lead, "unrelated", (), False, (), "", "test")


@every_attack
def test_an_attack_changes_text(name: str) -> None:
    assert ATTACKS[name](TEXT, Random(1)) != TEXT


@every_attack
def test_one_seed_gives_one_text(name: str) -> None:
    assert ATTACKS[name](TEXT, Random(7)) == ATTACKS[name](TEXT, Random(7))


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"traditional", "full-width", "reversed handles"}))
def test_another_seed_gives_another_text(name: str) -> None:
    assert len({ATTACKS[name](TEXT, Random(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("name", SAME_LENGTH)
@given(
    text=st.text(max_size=60) | st.text("投资赚钱微信加群abcxyz019_", max_size=60), seed=st.integers(0, 99)
)
def test_the_length_stays(name: str, text: str, seed: int) -> None:
    assert len(ATTACKS[name](text, Random(seed))) == len(text)


@every_attack
@given(text=st.text(max_size=40))
def test_any_text_can_be_attacked(name: str, text: str) -> None:
    assert isinstance(ATTACKS[name](text, Random(3)), str)


def test_insertions_leave_the_text_in_place() -> None:
    hidden = zero_width(TEXT, Random(2))
    assert "".join(char for char in hidden if unicodedata.category(char) != "Cf") == TEXT
    marked = separators(TEXT, Random(2), rate=1.0)
    (mark,) = set(marked) - set(TEXT)
    assert marked.replace(mark, "") == TEXT


def test_a_character_is_split_in_several_ways() -> None:
    assert {splits("投", Random(seed), rate=1.0) for seed in range(20)} >= {"扌殳", "手殳"}


def test_a_handle_is_reversed_and_a_word_is_not() -> None:
    assert ATTACKS["reversed handles"]("binance: coin_88", Random(0)) == "binance: 88_nioc"


def test_dilution_keeps_the_text_as_one_paragraph() -> None:
    article = dilute(TEXT, Random(5))
    assert TEXT in article.split("\n")
    assert 3_000 <= len(article) - len(TEXT) < 3_000 + max(map(len, read_hosts())) + 100


def test_missing_hosts_are_named(tmp_path: Path) -> None:
    with pytest.raises(AttackError, match="benign paragraphs"):
        read_hosts(tmp_path / "none.txt")


def test_a_missing_package_is_named() -> None:
    with pytest.raises(AttackError, match=r"package no_such_package; pip install 'xiansuo\[train\]'"):
        module._package("no_such_package")


def test_attacks_read_neither_the_defence_nor_the_augmentation() -> None:
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name and name.startswith("nlp")} == {"nlp.errors", "nlp.segment"}


def test_chance_hangs_on_the_id_and_not_on_the_order() -> None:
    texts = [labelled(number, TEXT, lead=True) for number in range(4)]
    attack = ATTACKS["homophones 30 %"]
    there = attack_texts(texts, "any", attack)
    back = attack_texts(texts[::-1], "any", attack)
    assert there == back[::-1]
    assert len({text.text for text in there}) == 4


def test_counts_and_rates_agree(engine: Engine) -> None:
    promotion = "出U收U,USDT 秒到账,加微信 coin_88291,欧易币安注册返佣,合约带单"
    texts = [labelled(1, promotion, lead=True), labelled(2, "今天天气不错,一起去公园吧。", lead=False)]
    attacks = {"wiped": lambda text, random: "今天", "swapped in": lambda text, random: promotion}
    seen: list[str] = []
    result = measure_attacks(
        texts, engine, attacks=attacks, watch=lambda names: (seen.append(n) or n for n in names)
    )
    clean, wiped, swapped = result.rows
    assert (clean.name, clean.found, clean.flagged, clean.changed) == (CLEAN, 1, 0, (0, 0))
    assert (wiped.recall, wiped.drop, wiped.changed) == (0.0, 1.0, (1, 1))
    assert (swapped.false_positive_rate, swapped.rise, swapped.changed) == (1.0, 1.0, (0, 1))
    assert result.mean_drop == 0.5
    assert seen == [CLEAN, *attacks]
    assert "largest 100.0 (wiped)" in as_table(result)
