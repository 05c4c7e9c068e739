from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import QueryError
from evidence.store.moments import microseconds, parse_interval
from evidence.store.protocol import Query
from evidence.store.query import parse, plan
from evidence.store.query_tree import And, Everything, Keyword, Not, Or, Range, Text, positive_leaves

DAY = 86_400_000_000
FEB_6 = microseconds("2026-02-06T00:00:00Z")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  ", Everything()),
        ("承兑", Text("承兑")),
        ("a b", And((Text("a"), Text("b")))),
        ("a AND b", And((Text("a"), Text("b")))),
        ("a OR b c", Or((Text("a"), And((Text("b"), Text("c")))))),
        ("(a OR b) c", And((Or((Text("a"), Text("b"))), Text("c")))),
        ("NOT a", Not(Text("a"))),
        ("-a", Not(Text("a"))),
        ("a - b", And((Text("a"), Text("-"), Text("b")))),
        ("and or not", And((Text("and"), Text("or"), Text("not")))),
        ('"a  b"', Text("a  b")),
        ('"a \\" b"', Text('a " b')),
        ('"AND"', Text("AND")),
        ("btc*", Text("btc", prefix=True)),
        ('"btc*"', Text("btc*")),
        ("handle:abc", Keyword("handle", "abc")),
        ("handle:abc*", Keyword("handle", "abc", prefix=True)),
        ('handle:"a b"', Keyword("handle", "a b")),
        ("handle：abc", Keyword("handle", "abc")),
        ("category:Payment", Keyword("category", "payment")),
        ("wallet:tron:T1", Keyword("wallet", "tron:T1")),
        ("https://a.example/b", Text("https://a.example/b")),
        ("url:https://a.example/b", Keyword("url", "https://a.example/b")),
        ("vx:abc", Text("vx:abc")),
        ("handle:*", Everything()),
        ("score:>0.9", Range("score", low=0.9, low_open=True)),
        ("score:>=0.9", Range("score", low=0.9)),
        ("score:<0.9", Range("score", high=0.9, high_open=True)),
        ("score:<=0.9", Range("score", high=0.9)),
        ("score:0.1..0.9", Range("score", low=0.1, high=0.9)),
        ("score:0.5", Range("score", low=0.5, high=0.5)),
        ("seen:2026-02-06", Range("seen", FEB_6, FEB_6 + DAY, high_open=True)),
        ("seen:>2026-02-06", Range("seen", low=FEB_6 + DAY)),
        ("seen:>=2026-02-06", Range("seen", low=FEB_6)),
        ("seen:<2026-02-06", Range("seen", high=FEB_6, high_open=True)),
        ("seen:<=2026-02-06", Range("seen", high=FEB_6 + DAY, high_open=True)),
        ("seen:2026-02-06..2026-02-07", Range("seen", FEB_6, FEB_6 + 2 * DAY, high_open=True)),
        ("foo(bar)", And((Text("foo"), Text("bar")))),
    ],
)
def test_parse(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a )", 3),
        ("(a", 1),
        ('a "b', 3),
        ("a OR", 5),
        ("OR a", 1),
        ("()", 2),
        ("a score:x", 3),
        ("stance:x", 1),
    ],
)
def test_errors_say_where(text: str, at: int) -> None:
    with pytest.raises(QueryError, match=f"character {at}"):
        parse(text)


@given(st.text(st.sampled_from('ab承 "()-*:.<>\\ANDORT（）：“”score:n'), max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert "character" in str(error)  # noqa: PT017 - either outcome is right


def test_filters_of_one_facet_are_alternatives() -> None:
    query = Query("a", filters=(("category", "rwa"), ("job", "j"), ("category", "mining")))
    assert plan(query) == And(
        (
            Text("a"),
            Or((Keyword("category", "rwa"), Keyword("category", "mining"))),
            Keyword("job", "j"),
        )
    )


def test_negated_terms_speak_for_nothing() -> None:
    assert list(positive_leaves(parse("a NOT (b c) (d OR job:e) score:1"))) == [
        Text("a"),
        Text("d"),
        Keyword("job", "e"),
    ]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2025-12", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2026-02-06T08:00:00+08:00", "2026-02-06T00:00:00Z", "2026-02-06T00:00:01Z"),
    ],
)
def test_a_date_stands_for_an_interval(text: str, start: str, end: str) -> None:
    assert parse_interval(text) == (microseconds(start), microseconds(end))


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "2026-02-30", "0000", "9999-12-31", "20260206x"])
def test_no_date_is_refused_or_read(text: str) -> None:
    try:
        start, end = parse_interval(text)
    except QueryError as error:
        assert "RFC 3339" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert start < end
