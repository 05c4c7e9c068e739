"""The quoted reason of a lead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crawler.document import Block, make_document
from nlp.analysis import Finding, Span
from nlp.case import open_case
from nlp.explain import LONGEST_QUOTE, quote_wording
from nlp.pieces import whole_of

if TYPE_CHECKING:
    from nlp.analyse import Engine


@pytest.mark.parametrize(
    ("texts", "span"),
    [
        (("公告", "博物馆周一闭馆"), Span(0, 0, 2)),
        (("\n ", "博物馆", "周一闭馆"), Span(1, 0, 3)),
        (("馆" * 2 * LONGEST_QUOTE,), Span(0, 0, LONGEST_QUOTE)),
    ],
    ids=["short first block", "blank first block", "long line"],
)
def test_where_no_wording_weighs_for_a_lead_one_block_is_quoted_all_the_same(
    engine: Engine, texts: tuple[str, ...], span: Span
) -> None:
    document = make_document(source="file", blocks=[Block("body", text) for text in texts])
    case = open_case(document, whole_of(document), engine.lexicon)
    silent = replace(engine.classifier, stack=np.zeros_like(engine.classifier.stack))
    (found,) = quote_wording(case, 0, silent)
    assert found.span == span
    assert found.matched == document.blocks[span.block].text[span.start : span.end]


@pytest.mark.parametrize(
    ("rule", "weight", "against"),
    [
        ("payment/跑分", -0.5, False),
        ("cue/recruiting/招人", -0.5, False),
        ("cue/speaker/offering", -0.5, False),
        ("cue/warnings/谨防", -0.5, True),
        ("cue/speaker/warning", -0.5, True),
        ("cue/frame/negated", -0.5, True),
        ("cue/warnings/谨防", 0.2, False),
    ],
)
def test_only_another_voice_speaks_against_a_lead(rule: str, weight: float, against: bool) -> None:
    assert Finding(rule, Span(0, 0, 2), "词语", "词语", weight).against is against
