"""Cues, who speaks, and what a sentence does with a solicitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nlp.detectors.stance import find_cues
from nlp.lexicon import load_lexicon
from nlp.normalise import normalise
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable


LEXICON = load_lexicon()


def rules(text: str) -> list[str]:
    return [finding.rule for finding in find_cues(0, normalise(text), LEXICON)]


SPEAKERS = {
    "official": "根据有关法律法规的规定,现将有关事项通知如下",
    "warning": "警方提示:谨防以高收益为诱饵的骗局",
    "forbidding": "本群禁止发广告",
    "reporting": "据央视报道,一伙人用手机拍视频",
    "asking": "请问这个平台靠谱吗",
    "explaining": "本章介绍哈希函数的工作原理",
    "offering": "有需要的加微信,手慢无",
}


@pytest.mark.parametrize(("who", "text"), SPEAKERS.items(), ids=SPEAKERS.keys())
def test_speaker(who: str, text: str) -> None:
    assert f"cue/speaker/{who}" in rules(text)


FRAMES = {
    "negated by a forbidding": ("请大家切勿在群里扫码", "cue/frame/negated"),
    "negated by a word that shares its verb": ("不要加微信", "cue/frame/negated"),
    "negated": ("我们不会让你加微信", "cue/frame/negated"),
    "quoted in a warning": ("骗子常见话术:“稳赚不赔”", "cue/frame/quoted"),
    "supposed in a warning": ("如果有人说稳赚不赔,就是骗局", "cue/frame/supposed"),
    "listed by Chinese numbers": ("请警惕以下说法：\n（一）稳赚不赔\n（十二）扫码进群", "cue/frame/listed"),
    "listed": ("请警惕以下说法：\n1. 稳赚不赔\n2. 扫码进群", "cue/frame/listed"),
}


@pytest.mark.parametrize(("text", "rule"), FRAMES.values(), ids=FRAMES.keys())
def test_frame(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "请警惕以下说法：\n群主：扫码进群",
        "扫码进群领名额",
        "不多说,扫码进群",
        "“稳赚不赔”,懂的来,扫码进群",
        "如果想赚钱就扫码进群",
    ],
    ids=[
        "a word is no number",
        "plain",
        "denial in another clause",
        "quotation marks of an offer",
        "condition of an offer",
    ],
)
def test_an_offer_keeps_its_force(text: str) -> None:
    assert not any(rule.startswith("cue/frame/") and rule != "cue/frame/quoted" for rule in rules(text))


def test_a_list_ends_where_its_items_end() -> None:
    found = rules("请警惕以下说法：\n1. 稳赚不赔\n有需要的扫码进群")
    assert found.count("cue/frame/listed") == 1


def test_a_longer_cue_takes_the_place_of_the_shorter() -> None:
    found = rules("不要加任何人")
    assert "cue/forbidding/不要加" in found
    assert "cue/negation/不要" not in found


@pytest.mark.parametrize(
    "text",
    ["加/微/信 聊", "加·微·信聊", "佳薇芯聊", "jia wei xin 聊"],
    ids=["slashes", "dots", "homophone", "pinyin"],
)
def test_disguised_solicitation(text: str) -> None:
    assert "cue/diversion/加微信" in rules(text)


def test_findings_quote_the_source_in_order() -> None:
    raw = "據報道，騙子说“穩賺不賠”。 有需要的加 微 信，扫\u200b码进群"
    found = find_cues(2, normalise(raw), LEXICON)
    assert list(found) == sorted(found, key=lambda f: (f.span.start, f.span.end, f.rule))
    assert all(raw[f.span.start : f.span.end] == f.matched and f.span.block == 2 for f in found)


@pytest.mark.parametrize("bait", ["不要加微信", "“稳赚不赔”如果骗子", "据", "1. 扫码\n"], ids=repr)
def test_time_grows_with_the_length(bait: str) -> None:
    def work(times: int) -> Callable[[], object]:
        text = normalise(bait * times)
        text.sound  # noqa: B018 - measured elsewhere
        return lambda: find_cues(0, text, LEXICON)

    assert_linear(work, small=500)


def test_nothing_in_nothing() -> None:
    assert find_cues(0, normalise(""), LEXICON) == ()
    assert find_cues(0, normalise("\ud800\x00"), LEXICON) == ()
