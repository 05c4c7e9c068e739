"""The syntax tree of a query, small and frozen; both stores compile it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Everything:
    """Finds all."""


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase somewhere in the hit's text or handles."""

    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Keyword:
    """A field with a value, or one that begins with it."""

    field: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a field from ``low`` to ``high``; ``seen`` is in microseconds since 1970, None no bound."""

    field: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """What ``part`` does not find."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """What all parts find."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What any part finds."""

    parts: tuple[Node, ...]


Node = Everything | Text | Keyword | Range | Not | And | Or


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """Parts as one node: all of nothing is everything, all of one is that one."""
    if not parts:
        return Everything()
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def positive_leaves(node: Node) -> Iterator[Text | Keyword]:
    """The terms and fields that speak for a match, those under NOT left out."""
    match node:
        case Text() | Keyword():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from positive_leaves(part)
        case _:
            return
