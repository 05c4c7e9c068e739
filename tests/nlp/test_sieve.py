"""The sieve: what is read in full, and what it costs to leave the rest."""

from __future__ import annotations

import numpy as np
import pytest

from crawler.document import Block, Document, make_document
from nlp.analyse import Engine, analyse, analyse_many, load_engine
from nlp.pieces import LONGEST, whole_of
from nlp.settings import DetectionSettings
from nlp.sieve import AT_ONCE, MARKED, MOST_READ
from nlp.training.texts import read_corpus

LUNCH = "今天中午食堂的红烧肉特别好吃，下午还要开会，晚上准备去公园散步，孩子们在草地上放风筝。"
PROMOTION = "长期收U出U，秒到账不冻卡，需要的加微信 usdt8866 ，老客户带单返佣"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


def document(*texts: str) -> Document:
    return make_document(source="file", blocks=[Block("body", text) for text in texts])


def test_nothing_stirs_in_everyday_talk(engine: Engine) -> None:
    found = analyse(document(LUNCH), engine)
    assert (found.tier, found.lead, found.findings) == ("fast", False, ())


@pytest.mark.parametrize(
    "text",
    ["高价收usdt", "高价收ＵＳＤＴ", "欧易注册", "法①币①交①易", "续妮活弊交易所"],
    ids=["term", "width", "brand", "set apart", "by sound"],
)
def test_one_word_stirs(engine: Engine, text: str) -> None:
    assert engine.sieve.ranks([LUNCH, text])[1] > MARKED / 2


def test_what_stirs_is_read_with_its_short_neighbours_and_the_title(engine: Engine) -> None:
    source = document("标题", *[LUNCH * 3] * 9, "联系方式", PROMOTION, "abc", *[LUNCH * 3] * 9)
    (excerpt,) = engine.sieve.sift([source])
    assert excerpt is not None
    kept = [segment.block for segment in excerpt.segments]
    assert {0, 10, 11, 12} <= set(kept)
    assert len(kept) < 12


def test_ranks_do_not_depend_on_the_batch(engine: Engine) -> None:
    texts = [text.text for text in read_corpus()[:300]] + ["", "\ud800", "币" * (AT_ONCE + 1)]
    together = engine.sieve.ranks(texts)
    assert np.array_equal(together, np.concatenate([engine.sieve.ranks([text]) for text in texts]))


def test_a_document_full_of_promotion_is_read_up_to_a_limit(engine: Engine) -> None:
    (excerpt,) = engine.sieve.sift([document(*[PROMOTION] * 3 * MOST_READ)])
    assert excerpt is not None
    assert len(excerpt.segments) <= MOST_READ + 1


def test_words_of_the_lexicon_do_not_crowd_a_promotion_out(engine: Engine) -> None:
    words = ["央行谈稳定币风险" + LUNCH] * 3 * MOST_READ
    hint = "兄弟们上车，懂的加我薇信 abc12345 ，稳赚的路子"
    (excerpt,) = engine.sieve.sift([document(*words, hint, PROMOTION)])
    assert excerpt is not None
    assert hint in excerpt.text
    assert PROMOTION in excerpt.text
    assert analyse(document(*words, PROMOTION), engine).lead


def test_no_lead_of_the_corpus_falls_through(engine: Engine) -> None:
    leads = [text.document for text in read_corpus() if text.lead]
    lost = sum(excerpt is None for excerpt in engine.sieve.sift(leads))
    assert lost <= len(leads) * 0.005


def test_an_excerpt_is_judged_like_the_whole(engine: Engine) -> None:
    from nlp.analyse import judge_excerpts

    texts = [text.document for text in read_corpus(held_out=True)]
    whole = [whole_of(text) for text in texts]
    full = judge_excerpts(texts, whole, engine)
    sifted = list(analyse_many(texts, engine))
    assert sum(one.lead != other.lead for one, other in zip(full, sifted, strict=True)) <= len(texts) * 0.01


@pytest.mark.parametrize("shift", range(0, 6))
def test_a_word_across_a_cut_stirs_and_is_read(shift: int, engine: Engine) -> None:
    """A text without a sentence mark is cut at a fixed length, through whatever stands there."""
    lead_in = ("天" * 2 + " ") * (LONGEST // 3)
    text = lead_in[: LONGEST - 5 + shift] + "高价收usdt" + "地 大 " * 150
    (excerpt,) = engine.sieve.sift([document(*[LUNCH] * 9, text)])
    assert excerpt is not None
    assert "高价收usdt" in excerpt.text
    (found,) = [
        one for one in analyse(document(*[LUNCH] * 9, text), engine).findings if "usdt" in one.matched
    ]
    assert text[found.span.start : found.span.end] == found.matched


def test_what_was_not_read_is_said(engine: Engine) -> None:
    found = analyse(document(*[PROMOTION] * (MOST_READ + 7)), engine)
    assert found.remark == "7 parts that may matter were not read in full"
    assert analyse(document(PROMOTION), engine).remark == ""
