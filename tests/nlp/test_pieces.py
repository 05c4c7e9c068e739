"""Documents in pieces, and excerpts that lead back to the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Block, Document, make_document
from nlp.analysis import Span
from nlp.pieces import LONGEST, Piece, cut_pieces, take_excerpt

TEXTS = st.lists(st.text(alphabet="币圈。\n a", max_size=700), max_size=5)


def document(*texts: str) -> Document:
    return make_document(source="file", blocks=[Block("body", text) for text in texts])


@given(texts=TEXTS)
def test_pieces_are_the_text(texts: list[str]) -> None:
    pieces = cut_pieces(document(*texts))
    assert all(0 < piece.end - piece.start <= LONGEST for piece in pieces)
    for number, text in enumerate(texts):
        mine = "".join(text[piece.start : piece.end] for piece in pieces if piece.block == number)
        assert mine == ("" if not text.strip() else text)


def test_a_long_block_is_cut_behind_a_sentence() -> None:
    text = "一" * 150 + "。" + "二" * 150
    assert [piece.end - piece.start for piece in cut_pieces(document(text))] == [151, 150]


def test_a_long_block_is_cut_behind_a_line_that_says_something() -> None:
    text = "短\n" + "一" * 60 + "\n" + "二" * 250
    assert [piece.end - piece.start for piece in cut_pieces(document(text))] == [63, 240, 10]


@given(texts=TEXTS, data=st.data())
def test_a_range_of_an_excerpt_is_quoted_from_the_source(texts: list[str], data: st.DataObject) -> None:
    source = document(*texts)
    pieces = [piece for piece in cut_pieces(source) if data.draw(st.booleans())]
    excerpt = take_excerpt(source, pieces, partial=True)
    start = data.draw(st.integers(0, len(excerpt.text)))
    end = data.draw(st.integers(start, len(excerpt.text)))
    span = excerpt.span(start, end)
    if span is not None:
        assert source.blocks[span.block].text[span.start : span.end] == excerpt.text[start:end]
    elif start < end:
        assert "\n" in excerpt.text[start:end] or len(excerpt.segments) > 1


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [(0, 2, Span(0, 0, 2)), (3, 5, Span(2, 1, 3)), (1, 4, None), (2, 3, None), (4, 4, None)],
    ids=["first block", "later block", "across blocks", "between blocks", "empty"],
)
def test_spans(start: int, end: int, span: Span | None) -> None:
    source = document("一二", "略过", "三四五")
    excerpt = take_excerpt(source, [Piece(0, 0, 2), Piece(2, 1, 3)], partial=True)
    assert excerpt.span(start, end) == span
