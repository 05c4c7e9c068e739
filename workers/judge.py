"""Judge feed items in input order and in flat memory, in runs that do not keep back what came."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from crawler.feeds.item import FeedItem
from evidence.basis import cite
from nlp.analyse import Engine, analyse, analyse_many
from nlp.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from crawler.document import Document

CHUNK = 256
"""Items in one message between processes: large enough to hide its cost, small enough to show progress."""

ATTEMPTS = 2
"""How often an item may take its process with it before it is given up."""

Run = tuple[FeedItem, ...]
Ticket = TypeVar("Ticket")


class ProcessDied(Exception):
    """The process that judged a run ended without an answer; ``reason`` is counted."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with its verdict, or with the reason there is none (then ``item.error`` says why)."""

    item: FeedItem
    analysis: Analysis | None = None
    basis: tuple[str, ...] = ()


def judge(items: Iterable[FeedItem], engine: Engine, *, today: date) -> Iterator[Judged]:
    """Verdicts on ``items``, one each, in their order. Bad items pass through with their error."""
    for run in judge_runs(items, engine, today=today):
        yield from run


def judge_runs(
    items: Iterable[FeedItem | None], engine: Engine, *, today: date
) -> Iterator[tuple[Judged, ...]]:
    """Verdicts in runs; an empty run wherever the input has nothing more for the moment (``None``)."""
    for run in runs(items):
        yield judge_chunk(run, engine, today=today)


def judge_chunk(chunk: tuple[FeedItem, ...], engine: Engine, *, today: date) -> tuple[Judged, ...]:
    """Verdicts on one chunk. A document that breaks the analysis is recorded, and the others go on."""
    documents = [item.document for item in chunk if item.document is not None]
    try:
        analyses: Iterator[Analysis | str] = iter(list(analyse_many(documents, engine)))
    except Exception:
        # Documents are hostile: find the one that broke, rather than lose the chunk.
        analyses = iter([_one(document, engine) for document in documents])
    return tuple(
        Judged(item) if item.document is None else _judged(item, next(analyses), today=today)
        for item in chunk
    )


def runs(items: Iterable[FeedItem | None], size: int = CHUNK) -> Iterator[Run]:
    """Items in runs of ``size``, the last one shorter.

    At a ``None`` (the input has nothing more for the moment) comes what there is, and then an empty run.
    """
    run: list[FeedItem] = []
    for item in items:
        if item is not None:
            run.append(item)
        if run and (item is None or len(run) == size):
            yield tuple(run)
            run = []
        if item is None:
            yield ()
    if run:
        yield tuple(run)


def in_order(
    source: Iterable[Run],
    submit: Callable[[Run], Ticket],
    result: Callable[[Run, Ticket], tuple[Judged, ...]],
    *,
    width: int,
) -> Iterator[tuple[Judged, ...]]:
    """Results of the runs in their order, at most ``width`` under way; all of them at an empty run."""
    pending: deque[tuple[Run, Ticket]] = deque()
    for run in source:
        if run:
            pending.append((run, submit(run)))
        while pending and (not run or len(pending) >= width):
            yield result(*pending.popleft())
        if not run:
            yield ()
    while pending:
        yield result(*pending.popleft())


def isolate(run: Run, attempt: Callable[[Run], tuple[Judged, ...]]) -> tuple[Judged, ...]:
    """Judge once more a run whose process died: whole, else by halves, so that only a killer is lost.

    ``attempt`` judges in a process of its own and raises :class:`ProcessDied`. An item fails that dies twice.
    """
    died: ProcessDied | None = None
    for _ in range(1 if len(run) > 1 else ATTEMPTS):
        try:
            return attempt(run)
        except ProcessDied as error:
            died = error
    half = len(run) // 2
    if half:
        return isolate(run[:half], attempt) + isolate(run[half:], attempt)
    assert died is not None
    return tuple(failed(item, str(died), died.reason) for item in run)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one(document: Document, engine: Engine) -> Analysis | str:
    try:
        return analyse(document, engine)
    except Exception as error:  # recorded as this document's outcome
        return f"analysis failed: {type(error).__name__}: {error}"


def _judged(item: FeedItem, analysis: Analysis | str, *, today: date) -> Judged:
    if isinstance(analysis, str):
        return failed(item, analysis, "analysis-failed")
    if not (analysis.lead or analysis.review) or item.document is None:
        return Judged(item, analysis)
    return Judged(item, analysis, cite_document(item.document, analysis, today=today))


def cite_document(document: Document, analysis: Analysis, *, today: date) -> tuple[str, ...]:
    """Citation ids by category, surface and date of conduct: publication where known, else ``today``."""
    on = today
    if document.published_at:
        try:
            on = type(today).fromisoformat(document.published_at[:10])
        except ValueError:
            on = today
    return cite(analysis.categories, surface=document.surface, on=on)


def failed(item: FeedItem, error: str, reason: str) -> Judged:
    """The outcome of an item that could not be judged."""
    return Judged(replace(item, document=None, error=error, reason=reason))
