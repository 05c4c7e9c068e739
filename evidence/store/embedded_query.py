"""The query tree as SQL over the embedded index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evidence.store.index_document import keyword_keys
from evidence.store.query_tree import And, Everything, Keyword, Not, Or, Range, Text, positive_leaves
from evidence.store.terms import Spelling, term

if TYPE_CHECKING:
    from evidence.store.cursor import Key
    from evidence.store.protocol import Sort
    from evidence.store.query_tree import Node

LAST = "\U0010ffff"
"""Sorts after every keyword."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    values: tuple[object, ...] = field(default=())


def condition(node: Node) -> Sql:
    """The condition on ``hits h`` that a tree stands for."""
    match node:
        case Everything():
            return Sql("1")
        case Text(value, prefix):
            return _any([_spelled(spelling) for spelling in term(value, prefix=prefix)])
        case Keyword(name, value, prefix):
            return _any([_keyword(name, key, prefix=prefix) for key in keyword_keys(name, value)])
        case Range():
            return _range(node)
        case Not(part):
            inner = condition(part)
            return Sql(f"NOT {inner.text}", inner.values)
        case And(parts):
            return _joined(" AND ", [condition(part) for part in parts])
        case Or(parts):
            return _joined(" OR ", [condition(part) for part in parts])


def ranked_terms(node: Node) -> tuple[Text, ...]:
    """The terms whose presence differs between the hits a tree finds; a plain AND has none."""
    leaves = tuple(dict.fromkeys(leaf for leaf in positive_leaves(node) if isinstance(leaf, Text)))
    return leaves if len(leaves) > 1 and _has_choice(node) else ()


def rank(terms: tuple[Text, ...], weights: tuple[float, ...]) -> Sql:
    """The summed weights of the terms a hit has."""
    if not terms:
        return Sql("0.0")
    parts = [condition(leaf) for leaf in terms]
    return Sql(
        " + ".join(f"? * {part.text}" for part in parts),
        tuple(value for weight, part in zip(weights, parts, strict=True) for value in (weight, *part.values)),
    )


_ORDERS: dict[Sort, tuple[tuple[str, str], ...]] = {
    "relevance": (("m.rank", "<"), ("h.score", "<"), ("h.id", ">")),
    "newest": (("h.seen", "<"), ("h.id", ">")),
    "oldest": (("h.seen", ">"), ("h.id", ">")),
    "score": (("h.score", "<"), ("h.id", ">")),
}


def sort_columns(sort: Sort, *, ranked: bool) -> tuple[tuple[str, str], ...]:
    """Columns of a sort order, each with the sign by which it goes on."""
    return tuple(column for column in _ORDERS[sort] if ranked or column[0] != "m.rank")


def order_by(columns: tuple[tuple[str, str], ...]) -> str:
    """The ORDER BY list of sort columns."""
    return ", ".join(f"{name} {'DESC' if sign == '<' else 'ASC'}" for name, sign in columns)


def after(columns: tuple[tuple[str, str], ...], key: Key) -> Sql:
    """The condition that a row comes after a sort key, written so that an index on the columns serves it."""
    (name, sign), *rest = columns
    if not rest:
        return Sql(f"{name} {sign} ?", (key[0],))
    inner = after(tuple(rest), key[1:])
    return Sql(
        f"{name} {sign}= ? AND ({name} {sign} ? OR ({inner.text}))",
        (key[0], key[0], *inner.values),
    )


def _spelled(spelling: Spelling) -> Sql:
    match_text = " AND ".join(
        f'"{token}"{"*" if only_start else ""}' for token, only_start in spelling.wanted()
    )
    check: tuple[object, ...] = (spelling.text, int(spelling.prefix))
    if not match_text:
        return Sql("h.row IN (SELECT row FROM texts WHERE found(text, ?, ?))", check)
    if spelling.exact:
        return Sql("h.row IN (SELECT rowid FROM grams WHERE grams MATCH ?)", (match_text,))
    return Sql(
        "h.row IN (SELECT t.row FROM grams CROSS JOIN texts t ON t.row = grams.rowid"
        " WHERE grams MATCH ? AND found(t.text, ?, ?))",
        (match_text, *check),
    )


def _keyword(name: str, key: str, *, prefix: bool) -> Sql:
    if prefix:
        return Sql(
            "h.row IN (SELECT row FROM keywords WHERE name = ? AND value >= ? AND value < ?)",
            (name, key, key + LAST),
        )
    return Sql("h.row IN (SELECT row FROM keywords WHERE name = ? AND value = ?)", (name, key))


def _range(node: Range) -> Sql:
    column = f"h.{node.field}"
    bounds = []
    if node.low is not None:
        bounds.append(Sql(f"{column} >{'' if node.low_open else '='} ?", (node.low,)))
    if node.high is not None:
        bounds.append(Sql(f"{column} <{'' if node.high_open else '='} ?", (node.high,)))
    return _joined(" AND ", bounds) if bounds else Sql("1")


def _any(parts: list[Sql]) -> Sql:
    return _joined(" OR ", parts) if parts else Sql("0")


def _joined(word: str, parts: list[Sql]) -> Sql:
    return Sql(
        f"({word.join(part.text for part in parts)})", tuple(value for part in parts for value in part.values)
    )


def _has_choice(node: Node) -> bool:
    match node:
        case Or():
            return True
        case And(parts):
            return any(_has_choice(part) for part in parts)
        case _:
            return False
