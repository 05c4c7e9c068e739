"""Codes of evidence in the reader's language; what a newer lexicon brings along stands for itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.shown import hit_title, part_name, platform_name, problem_name, rule_name, subject_name
from evidence.lead import Subject
from nlp.detectors.stance import SPEAKERS
from nlp.lexicon import load_lexicon
from nlp.score import PARTS
from tests.evidence.samples import TEXT, make_hit


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("payment/承兑", "资金通道 · 承兑", "payment channel · 承兑"),
        ("contact/wechat", "引流 · 微信", "contact · WeChat"),
        ("brand/OKX", "品牌 · OKX", "brand · OKX"),
        ("cue/returns/翻倍", "收益承诺 · 翻倍", "promised returns · 翻倍"),
        ("cue/frame/negated", "语境 · 被否定", "frame · denied"),
        ("cue/newer/x", "newer · x", "newer · x"),
        ("newer/x", "newer/x", "newer/x"),
    ],
)
def test_rules_read_as_words(rule: str, zh: str, en: str) -> None:
    assert (rule_name(rule, "zh"), rule_name(rule, "en")) == (zh, en)


def test_every_group_of_cues_and_every_part_of_a_score_has_words() -> None:
    patterns = load_lexicon().cues
    rules = {one.rule.rpartition("/")[0] + "/x" for one in patterns if one.rule}
    assert "cue/returns/x" in rules
    assert [rule for rule in rules if rule_name(rule, "zh").isascii()] == []
    speakers = [rule_name(f"cue/speaker/{who}", "zh") for who, _ in SPEAKERS]
    assert [told for told in speakers if told.rpartition(" ")[2].isascii()] == []
    assert [part for part in (*PARTS, "surroundings", "calibration") if part_name(part, "zh").isascii()] == []


def test_leads_are_named_by_channel_and_name() -> None:
    assert subject_name(Subject("handle", "telegram:desk"), "", "zh") == "Telegram（电报） desk"
    assert subject_name(Subject("domain", "a.example"), "", "zh") == "a.example"
    assert subject_name(Subject("text", "ab" * 16), "收U出U", "zh") == "收U出U"
    assert platform_name("newer", "zh") == "newer"


def test_a_hit_without_a_title_is_called_by_its_first_words() -> None:
    hit = make_hit()
    assert hit_title(hit) == f"{TEXT[:29]}…"
    assert hit_title(replace(hit, document=replace(hit.document, blocks=()))) == hit.document.url


@pytest.mark.parametrize(
    ("reason", "zh"),
    [
        ("missing", "缺失 (missing)"),
        ("altered: size differ", "已被改动 (altered: size differ)"),
        ("odd", "odd"),
    ],
)
def test_usual_problems_have_words(reason: str, zh: str) -> None:
    assert problem_name(reason, "zh") == zh
