"""The whole of detection, with the model that comes with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.document import Block, Document, make_document
from nlp.analyse import MODELS, Engine, analyse, analyse_many, load_engine, make_engine
from nlp.errors import ModelError
from nlp.pipeline import load_pipeline
from nlp.settings import DetectionSettings
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable


PROMOTION = "长期收U出U，秒到账不冻卡，需要的加微信 usdt8866 ，老客户带单返佣"
NEWS = "央行等八部门发布通知，明确虚拟货币相关业务活动属于非法金融活动，境外平台向境内提供服务同样违法。"
LUNCH = "今天中午食堂的红烧肉特别好吃，下午还要开会，晚上准备去公园散步。"
HARD = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "🚀🚀🌕💰" * 50,
    "controls": "买\u200b币\u202e加\u0000微信\u0007abc123",
    "lone surrogate": "加微信\ud800abc12345 收U",
    "one long line": "收购二手车，" * 5_000,
    "repetitions": "币" * 10_000,
    "regex bait": "a" * 5_000 + "!",
    "digits": "1" * 20_000,
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(DetectionSettings())


def document(*texts: str, kind: str = "body") -> Document:
    return make_document(source="file", blocks=[Block(kind, text) for text in texts])  # type: ignore[arg-type]


def test_promotion_is_a_lead_with_a_quoted_reason(engine: Engine) -> None:
    found = analyse(document(PROMOTION), engine)
    assert found.lead
    assert found.stance == "promo"
    assert found.diversion
    assert found.categories
    assert any(finding.weight > 0 for finding in found.findings)
    assert any(contact.handle == "usdt8866" for contact in found.contacts)


@pytest.mark.parametrize("text", [NEWS, LUNCH], ids=["news", "lunch"])
def test_speaking_of_it_is_no_lead(engine: Engine, text: str) -> None:
    found = analyse(document(text), engine)
    assert not found.lead
    assert found.stance != "promo"


def test_every_quote_stands_at_its_offsets(engine: Engine) -> None:
    source = document(NEWS, "ＵＳＤＴ\u200b承 兑，➕薇：abc_12345", PROMOTION)
    found = analyse(source, engine)
    for finding in found.findings:
        text = source.blocks[finding.span.block].text
        assert text[finding.span.start : finding.span.end] == finding.matched
    for contact in found.contacts:
        text = source.blocks[contact.span.block].text
        assert text[contact.span.start : contact.span.end] == contact.raw


def test_contributions_add_up_to_the_log_odds(engine: Engine) -> None:
    for text in (PROMOTION, NEWS, LUNCH, NEWS * 30 + PROMOTION):
        score = analyse(document(text), engine).score
        assert sum(item.value for item in score.contributions) == pytest.approx(score.log_odds, abs=1e-5)


def test_a_banner_inside_a_law_page_decides(engine: Engine) -> None:
    laws = [NEWS + f"第{number}条规定了相应的法律责任，任何单位和个人不得违反。" * 3 for number in range(12)]
    source = make_document(
        source="web",
        blocks=[
            *(Block("body", law) for law in laws[:6]),
            Block("ad", PROMOTION),
            *(Block("body", law) for law in laws[6:]),
        ],
    )
    found = analyse(source, engine)
    assert found.score.probability > analyse(document(*laws), engine).score.probability
    assert found.block == 6


@pytest.mark.parametrize("text", HARD.values(), ids=HARD.keys())
def test_hard_input_gets_a_verdict(engine: Engine, text: str) -> None:
    assert analyse(document(text), engine).score.log_odds == pytest.approx(0, abs=100)


def test_no_blocks_gets_a_verdict(engine: Engine) -> None:
    assert not analyse(document(), engine).lead


@pytest.mark.parametrize(
    "text", ["今天天气不错，我们去吃饭吧。", PROMOTION + "。"], ids=["everyday", "promotion"]
)
def test_time_grows_with_the_length(engine: Engine, text: str) -> None:
    def work(times: int) -> Callable[[], object]:
        long = document(text * times)
        return lambda: analyse(long, engine)

    assert_linear(work, small=400)


def test_verdicts_do_not_depend_on_the_batch(engine: Engine) -> None:
    texts = [PROMOTION, NEWS, LUNCH, *HARD.values(), NEWS * 9 + PROMOTION] * 3
    documents = [document(text, f"{number} 号") for number, text in enumerate(texts)]
    together = list(analyse_many(documents, engine))
    assert together == [analyse(one, engine) for one in documents]
    assert list(analyse_many(documents[::-1], engine)) == together[::-1]


def test_verdicts_are_the_same_with_tokens_that_others_read(engine: Engine) -> None:
    pipeline = load_pipeline(MODELS / "xiansuo_zh")
    pipeline.add_pipe("sentencizer", first=True)
    hosted = make_engine(engine.lexicon, pipeline)
    documents = [document(text) for text in (PROMOTION, NEWS, "", NEWS * 9 + PROMOTION, HARD["emoji"])]
    assert list(analyse_many(documents, hosted)) == list(analyse_many(documents, engine))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_gets_a_true_verdict(engine: Engine, text: str) -> None:
    found = analyse(document(text), engine)
    assert 0 <= found.score.probability <= 1
    assert all(text[f.span.start : f.span.end] == f.matched for f in found.findings)


def test_threshold_of_the_settings_wins() -> None:
    assert load_engine(DetectionSettings(threshold=0.0)).threshold == 0.0


def test_unknown_model_is_a_clear_error() -> None:
    with pytest.raises(ModelError, match="xiansuo_zh"):
        load_engine(DetectionSettings(model="no_such_model"))
