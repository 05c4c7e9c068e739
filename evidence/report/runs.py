"""Text cut where marks begin and end, for every screen that shows marked words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KINDS = ("match", "contact", "finding", "counter")
"""Kinds of marks, from the strongest to the weakest."""


class Marked(Protocol):
    """A range of a text and its kind, one of ``KINDS``."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> str: ...


M = TypeVar("M", bound=Marked)


def runs(marks: Iterable[M], length: int) -> Iterator[tuple[int, int, list[M]]]:
    """Runs from 0 to ``length`` with the marks that cover each, in the order given.

    Marks that are empty or reach beyond the text are left out. Each mark is looked at only where it lies: a
    hostile page has thousands.
    """
    usable = [mark for mark in marks if 0 <= mark.start < mark.end <= length]
    waiting = sorted(range(len(usable)), key=lambda number: usable[number].start, reverse=True)
    edges = sorted({0, length, *(edge for mark in usable for edge in (mark.start, mark.end))})
    over: list[int] = []
    for start, end in pairwise(edges):
        over = [number for number in over if usable[number].end > start]
        while waiting and usable[waiting[-1]].start == start:
            over.append(waiting.pop())
        yield start, end, [usable[number] for number in sorted(over)]


def strongest(marks: Sequence[Marked]) -> str:
    """The kind that a run shows; empty without a mark."""
    kinds = {mark.kind for mark in marks}
    return next((kind for kind in KINDS if kind in kinds), "")
