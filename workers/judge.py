"""Judge feed items: in this process, or in several, always in input order and in flat memory."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from crawler.feeds.item import FeedItem
from evidence.basis import cite
from nlp.analyse import Engine, analyse, analyse_many, load_engine
from nlp.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from crawler.document import Document
    from nlp.settings import DetectionSettings

CHUNK = 256
"""Items in one message between processes: large enough to hide its cost, small enough to show progress."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with its verdict, or with the reason there is none (then ``item.error`` says why)."""

    item: FeedItem
    analysis: Analysis | None = None
    basis: tuple[str, ...] = ()


def judge(items: Iterable[FeedItem], engine: Engine, *, today: date) -> Iterator[Judged]:
    """Verdicts on ``items``, one each, in their order. Bad items pass through with their error."""
    for chunk in chunks(items):
        yield from judge_chunk(chunk, engine, today=today)


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


def judge_in_processes(
    items: Iterable[FeedItem], settings: DetectionSettings, *, jobs: int, today: date
) -> Iterator[Judged]:
    """As :func:`judge`, in ``jobs`` processes. A chunk whose process dies is recorded as failed."""
    pending: deque[tuple[tuple[FeedItem, ...], Future[bytes]]] = deque()
    source = chunks(items)
    pool = _pool(settings, jobs)
    try:
        while True:
            # Two chunks a process keep every core busy while memory stays bounded.
            for chunk in islice(source, 2 * jobs - len(pending)):
                pending.append((chunk, pool.submit(_judge_encoded, _encode_items(chunk), today)))
            if not pending:
                return
            chunk, future = pending.popleft()
            try:
                yield from _decode_judged(future.result())
            except BrokenProcessPool:
                yield from (_failed(item, "analysis process died", "process-died") for item in chunk)
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(settings, jobs)
                pending = deque(
                    (waiting, pool.submit(_judge_encoded, _encode_items(waiting), today))
                    for waiting, _ in pending
                )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def chunks(items: Iterable[FeedItem], size: int = CHUNK) -> Iterator[tuple[FeedItem, ...]]:
    """Items in runs of ``size``, the last one shorter."""
    source = iter(items)
    while chunk := tuple(islice(source, size)):
        yield chunk


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
        return _failed(item, analysis, "analysis-failed")
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


def _failed(item: FeedItem, error: str, reason: str) -> Judged:
    return Judged(replace(item, document=None, error=error, reason=reason))


_encode_items: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
_decode_items = msgspec.msgpack.Decoder(tuple[FeedItem, ...]).decode
_decode_judged = msgspec.msgpack.Decoder(tuple[Judged, ...]).decode
_engine: Engine | None = None


def _start(settings: DetectionSettings) -> None:
    global _engine
    _engine = load_engine(settings)


def _judge_encoded(chunk: bytes, today: date) -> bytes:
    assert _engine is not None  # set by the pool's initializer
    return _encode_items(judge_chunk(_decode_items(chunk), _engine, today=today))


def _pool(settings: DetectionSettings, jobs: int) -> ProcessPoolExecutor:
    # A fork of a small parent; each child loads the engine once. "spawn" where there is no fork.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    return ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_start, initargs=(settings,)
    )
