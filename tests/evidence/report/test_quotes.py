"""Masking keeps offsets true and spares the promoter's own contact; quotes stay inside their text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Block, make_document
from evidence.report.quotes import CONTEXT, MOST_QUOTES, mask_personal, quotes_of
from nlp.analysis import Contact, Finding, Span
from tests.evidence.samples import make_hit


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13912345678。", "电话139******78。"),
        ("电话 +86 139-1234-5678", "电话 +86 ***-****-**78"),
        ("身份证11010519491231002X", "身份证110*************2X"),
        ("卡号 6222 0212 3456 7890 123", "卡号 622* **** **** **** *23"),
        ("写信 wang.fang@corp.example", "写信 wan*.****@****.*****le"),
        ("区块 1391234567890 高度", "区块 1391234567890 高度"),
        ("QQ 12345678 群", "QQ 12345678 群"),
        ("价格 0.13912345678", "价格 0.139******78"),
    ],
    ids=["mobile", "country-code", "identity", "bank", "mail", "longer-number", "short-number", "fraction"],
)
def test_personal_data_is_masked_at_equal_length(text: str, masked: str) -> None:
    assert mask_personal(text) == masked
    assert len(masked) == len(text)


def test_the_promoters_own_number_stays_readable() -> None:
    text = "办理请打13912345678，别打13887654321"
    at = text.index("13912345678")
    assert mask_personal(text, keep=[(at, at + 11)]) == "办理请打13912345678，别打138******21"


@given(text=st.text(alphabet="13579 0-@.aX电话", max_size=80))
def test_masking_changes_no_length_and_is_idempotent(text: str) -> None:
    once = mask_personal(text)
    assert len(once) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, once, strict=True))


@given(
    length=st.integers(0, 400),
    spans=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=30),
)
def test_quotes_and_marks_stay_inside(length: int, spans: list[tuple[int, int]]) -> None:
    text = "字" * length
    findings = tuple(
        Finding("payment/x", Span(0, start, start + size), "字", "字", 1.0) for start, size in spans
    )
    quotes, left_out = quotes_of(make_hit(text, findings=findings, contacts=()))
    assert len(quotes) <= MOST_QUOTES
    assert left_out >= 0
    for quote in quotes:
        assert 0 <= quote.start <= quote.end <= length
        assert len(quote.text) == quote.end - quote.start
        assert all(0 <= mark.start < mark.end <= len(quote.text) for mark in quote.marks)


def test_distant_findings_are_quoted_apart() -> None:
    text = "承兑" + "。" * (5 * CONTEXT) + "承兑"
    findings = tuple(
        Finding("payment/承兑", Span(0, at, at + 2), "承兑", "承兑", 1.0) for at in (0, len(text) - 2)
    )
    quotes, _ = quotes_of(make_hit(text, findings=findings))
    assert len(quotes) == 2


def test_only_the_strongest_quotes_are_listed() -> None:
    blocks = tuple(Block("body", f"第{number}段承兑") for number in range(MOST_QUOTES + 3))
    document = make_document(source="web", url="https://a.example/", blocks=blocks)
    findings = tuple(
        Finding("payment/承兑", Span(number, 0, 2), "承兑", "承兑", float(number))
        for number in range(len(blocks))
    )
    hit = make_hit(findings=findings, contacts=())
    quotes, left_out = quotes_of(replace(hit, document=document))
    assert [quote.block for quote in quotes] == list(range(3, MOST_QUOTES + 3))
    assert left_out == 3


def test_where_the_model_alone_decided_its_block_is_quoted() -> None:
    (quote,), _ = quotes_of(make_hit("没有词命中 13912345678", findings=(), contacts=()))
    assert quote.text == "没有词命中 139******78"
    assert quote.marks == ()


def test_a_phone_that_is_the_contact_is_quoted_in_full() -> None:
    text = "咨询13912345678"
    contact = Contact("phone", "+8613912345678", Span(0, 2, 13), "13912345678")
    (quote,), _ = quotes_of(make_hit(text, findings=(), contacts=(contact,)))
    assert quote.text == text
