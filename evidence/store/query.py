"""The query language of ``xiansuo search`` and its syntax tree, which both stores compile.

    承兑 usdt              both words; OR, NOT, -word and ( ) combine
    "保证 不冻卡"          an exact phrase
    usdt*                  words that begin so
    category:payment       a field (FIELDS); field:val* by prefix
    score:>0.9             also >= < <= and score:0.5..0.9
    seen:2026-02..2026-03  a year, month, day or RFC 3339 instant, in UTC; both ends included

Chinese full-width quotes, brackets and colons are read like the plain ones.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from crawler.document import Source, Surface
from evidence.errors import QueryError
from evidence.store.moments import parse_interval
from evidence.store.protocol import FACETS
from evidence.store.query_lexer import Token, tokenise
from evidence.store.query_tree import And, Everything, Keyword, Node, Not, Or, Range, Text, joined
from nlp.analysis import CATEGORIES, STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from evidence.store.protocol import Query

FIELDS = (
    "category",
    "stance",
    "source",
    "surface",
    "domain",
    "platform",
    "job",
    "handle",
    "wallet",
    "invite",
    "package",
    "url",
    "id",
    "ref",
    "rule",
    "diversion",
    "review",
)
"""Fields of ``field:value``; values are compared by :func:`evidence.store.index_document.keyword_keys`."""
RANGES = ("score", "seen")
_CLOSED: dict[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "stance": STANCES,
    "source": get_args(Source),
    "surface": get_args(Surface),
    "diversion": ("true", "false"),
    "review": ("true", "false"),
}
_MOST_DEPTH = 40
_MOST_LEAVES = 200


def parse_filters(written: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """``name=value`` texts as the pairs of ``Query.filters``. Raises QueryError where there is no ``=``."""
    pairs = []
    for each in written:
        name, equals, value = each.partition("=")
        if not equals:
            raise QueryError(f"a filter is name=value, with one of {', '.join(FACETS)}: {each[:80]!r}")
        pairs.append((name, value))
    return tuple(pairs)


def plan(query: Query) -> Node:
    """The whole of a query as one tree: its text, filters and dates."""
    parts: list[Node] = [parse(query.text)]
    by_facet: dict[str, list[Node]] = {}
    for name, value in query.filters:
        if name not in FACETS:
            raise QueryError(f"unknown filter {name!r}: use one of {', '.join(FACETS)}")
        by_facet.setdefault(name, []).append(_keyword(name, value))
    parts += [joined(Or, alternatives) for alternatives in by_facet.values()]
    if query.since or query.until:
        low = parse_interval(query.since)[0] if query.since else None
        high = parse_interval(query.until)[1] if query.until else None
        parts.append(Range("seen", low, high, high_open=True))
    return joined(And, [part for part in parts if not isinstance(part, Everything)])


def parse(text: str) -> Node:
    """Parse a query. Raises :class:`QueryError` naming the character (counted from 1) it stumbled on."""
    return _Parser(tokenise(text)).whole()


class _Parser:
    """``any := all (OR all)*``, ``all := one (AND? one)*``, ``one := NOT one | ( any ) | leaf``."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.leaves = 0

    def whole(self) -> Node:
        if self._kind() == "end":
            return Everything()
        node = self._any()
        if self._kind() != "end":
            raise QueryError(f"unexpected {self._here().text!r} at character {self._here().at}")
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._kind() == "or":
            self._next()
            parts.append(self._all())
        return joined(Or, parts)

    def _all(self) -> Node:
        parts = [self._one()]
        while self._kind() not in ("end", "or", "close"):
            if self._kind() == "and":
                self._next()
            parts.append(self._one())
        return joined(And, parts)

    def _one(self) -> Node:
        token = self._next()
        match token.kind:
            case "not":
                return Not(self._deeper(self._one))
            case "open":
                node = self._deeper(self._any)
                closing = self._next()
                if closing.kind != "close":
                    raise QueryError(f"the bracket at character {token.at} is never closed")
                return node
            case "word" | "phrase":
                self.leaves += 1
                if self.leaves > _MOST_LEAVES:
                    raise QueryError(f"more than {_MOST_LEAVES} terms, at character {token.at}")
                return _leaf(token)
            case _:
                shown = "the end" if token.kind == "end" else repr(token.text)
                raise QueryError(f"a word, phrase or field is missing before {shown} at character {token.at}")

    def _deeper(self, rule: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise QueryError(f"nested more than {_MOST_DEPTH} deep at character {self._here().at}")
        node = rule()
        self.depth -= 1
        return node

    def _here(self) -> Token:
        return self.tokens[self.place]

    def _kind(self) -> str:
        return self._here().kind

    def _next(self) -> Token:
        token = self._here()
        if token.kind != "end":
            self.place += 1
        return token


def _leaf(token: Token) -> Node:
    value, prefix = token.text, False
    if token.kind == "word" and value.endswith("*"):
        value, prefix = value.rstrip("*"), True
    if not token.field:
        return Text(value, prefix) if value.strip() else Everything()
    name = token.field
    if name in RANGES:
        return _range(name, token)
    if name in FIELDS:
        if not value:
            return Everything() if prefix else _refuse(f"{name}: has no value", token)
        return _keyword(name, value, prefix=prefix, token=token)
    near = get_close_matches(name, (*FIELDS, *RANGES), n=1, cutoff=0.75)
    if near:
        return _refuse(f"unknown field {name!r}, did you mean {near[0]!r}? It stands", token)
    return Text(f"{name}:{value}", prefix)


def _keyword(name: str, value: str, *, prefix: bool = False, token: Token | None = None) -> Node:
    allowed = _CLOSED.get(name)
    if allowed and not prefix:
        value = value.strip().lower()
        if value not in allowed:
            where = f" at character {token.at}" if token else ""
            raise QueryError(f"{name} has no value {value!r}{where}: use one of {', '.join(allowed)}")
    return Keyword(name, value, prefix)


def _range(name: str, token: Token) -> Node:
    try:
        if name == "score":
            return _bounds(name, token.text, _number, open_end=False)
        return _bounds(name, token.text, parse_interval, open_end=True)
    except (ValueError, QueryError) as error:
        reason = error if isinstance(error, QueryError) else f"{token.text!r} is no number"
        raise QueryError(f"{name} at character {token.at}: {reason}") from error


def _bounds(name: str, text: str, read: Callable[[str], tuple[float, float]], *, open_end: bool) -> Range:
    """The range of ``>a >=a <a <=a a..b a``; ``read`` gives the interval one value stands for.

    ``open_end`` says that such an interval leaves its end out, as those of dates do.
    """
    sign, value = _sign(text)
    match sign:
        case ">=":
            return Range(name, low=read(value)[0])
        case ">":
            return Range(name, low=read(value)[1], low_open=not open_end)
        case "<=":
            return Range(name, high=read(value)[1], high_open=open_end)
        case "<":
            return Range(name, high=read(value)[0], high_open=True)
    first, dots, second = value.partition("..")
    if not dots:
        low, high = read(value)
        return Range(name, low, high, high_open=open_end)
    return Range(
        name,
        low=read(first)[0] if first else None,
        high=read(second)[1] if second else None,
        high_open=open_end,
    )


def _sign(text: str) -> tuple[str, str]:
    for sign in (">=", "<=", ">", "<"):
        if text.startswith(sign):
            return sign, text[len(sign) :]
    return "", text


def _number(text: str) -> tuple[float, float]:
    value = float(text)
    if value != value:
        raise ValueError(text)
    return value, value


def _refuse(reason: str, token: Token) -> Node:
    raise QueryError(f"{reason} at character {token.at}")
