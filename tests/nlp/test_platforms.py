"""The data behind handles and links: words that could never match are errors."""

from __future__ import annotations

import pytest

from nlp.detectors.shapes import SHAPES
from nlp.normalise import normalise
from nlp.platforms import Platform, invite_words, link_knowledge, platforms, vocabulary

NAMES = {
    "wechat", "qq", "qq_group", "telegram", "phone", "email", "whatsapp", "line", "discord", "potato", "bat",
    "signal", "weibo", "douyin", "xiaohongshu", "official_account", "kuaishou", "skype", "messenger",
    "meeting", "instagram",
}  # fmt: skip


def test_every_platform_is_there() -> None:
    assert {platform.name for platform in platforms()} == NAMES


@pytest.mark.parametrize("platform", platforms(), ids=lambda platform: platform.name)
def test_names_are_in_canonical_spelling(platform: Platform) -> None:
    wrong = [word for word in (*platform.strong, *platform.weak) if normalise(word).text != word]
    assert wrong == []
    assert set(platform.shapes) <= set(SHAPES)


def test_invite_words_are_in_canonical_spelling() -> None:
    words = invite_words()
    assert [w for w in (*words.strong, *words.weak, *words.mention) if normalise(w).text != w] == []
    assert set(words.spoken) <= set(words.weak)


def test_shared_words_are_in_canonical_spelling() -> None:
    words = vocabulary()
    shared = (*words.glue, *words.verbs, *words.contact_verbs, *words.nickname_cues, *words.not_handles)
    assert [w for w in shared if normalise(w).text != w] == []


def test_link_knowledge_is_lower_case() -> None:
    known = link_knowledge()
    for words in (known.referral_query, known.weak_query, known.short_link_hosts, known.not_codes):
        assert [w for w in words if w != w.lower()] == []
