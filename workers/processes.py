"""Judge in several processes, in input order, in flat memory, and whatever becomes of a process."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import msgspec

from crawler.feeds.item import FeedItem
from nlp.analyse import Engine, load_engine
from nlp.errors import NlpError
from workers.judge import Judged, ProcessDied, Run, in_order, isolate, judge_chunk, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from nlp.settings import DetectionSettings


def judge_in_processes(
    items: Iterable[FeedItem | None], settings: DetectionSettings, *, jobs: int, today: date
) -> Iterator[tuple[Judged, ...]]:
    """As :func:`workers.judge.judge_runs`, in ``jobs`` processes.

    What was under way when a process died is judged again, see :func:`workers.judge.isolate`. Raises NlpError
    where processes die before they have anything to judge.
    """
    deep = settings.deep.model_copy(update={"max_calls": settings.deep.max_calls // jobs})
    processes = _Processes(settings.model_copy(update={"deep": deep}), jobs, today)
    try:
        # Two runs a process keep every core busy while memory stays bounded.
        yield from in_order(runs(items), processes.submit, processes.result, width=2 * jobs)
    finally:
        processes.close()


class _Processes:
    """Processes that judge; dead ones are replaced."""

    def __init__(self, settings: DetectionSettings, jobs: int, today: date) -> None:
        self._settings, self._jobs, self._today = settings, jobs, today
        self._pools: dict[int, ProcessPoolExecutor] = {}

    def submit(self, run: Run, jobs: int = 0) -> Future[bytes]:
        """Give a run to one of ``jobs`` processes (as many as were asked for, by default)."""
        jobs = jobs or self._jobs
        for _ in range(2):
            if jobs not in self._pools:
                self._pools[jobs] = _pool(self._settings, jobs)
            try:
                return self._pools[jobs].submit(_judge_encoded, _encode(run), self._today)
            except BrokenProcessPool:
                self._drop(jobs)
        raise NlpError("the processes of the analysis die as they start: see the memory that is free")

    def result(self, run: Run, future: Future[bytes]) -> tuple[Judged, ...]:
        """The verdicts on a run."""
        try:
            return _decode_judged(future.result())
        except BrokenProcessPool:
            return self._again(run)

    def close(self) -> None:
        """Let the processes go."""
        for jobs in tuple(self._pools):
            self._drop(jobs)

    def _again(self, run: Run) -> tuple[Judged, ...]:
        try:
            return isolate(run, self._alone)
        finally:
            # One process more would hold one engine more for the rest of the run.
            self._drop(_ALONE)

    def _alone(self, run: Run) -> tuple[Judged, ...]:
        """Judge in one process that has nothing else to do, so that a death is by this run."""
        try:
            self.submit((), _ALONE).result()
        except BrokenProcessPool as error:
            self._drop(_ALONE)
            raise NlpError(
                "a process of the analysis dies as it starts: see the memory that is free"
            ) from error
        try:
            return _decode_judged(self.submit(run, _ALONE).result())
        except BrokenProcessPool as error:
            self._drop(_ALONE)
            raise ProcessDied(
                "the process of the analysis died on this item", reason="process-died"
            ) from error

    def _drop(self, jobs: int) -> None:
        if pool := self._pools.pop(jobs, None):
            # Waited for: a pool still shutting down when the interpreter ends complains on standard error.
            pool.shutdown(wait=True, cancel_futures=True)


_ALONE = -1
"""The key of the pool of one process in which runs are judged again."""

_encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
_decode_items = msgspec.msgpack.Decoder(tuple[FeedItem, ...]).decode
_decode_judged = msgspec.msgpack.Decoder(tuple[Judged, ...]).decode
_engine: Engine | NlpError | None = None


def _start(settings: DetectionSettings) -> None:
    global _engine
    try:
        _engine = load_engine(settings)
    except NlpError as error:  # told with the first run: an initializer that fails says nothing
        _engine = error


def _judge_encoded(run: bytes, today: date) -> bytes:
    assert _engine is not None  # set by the pool's initializer
    if isinstance(_engine, NlpError):
        raise NlpError(str(_engine))
    return _encode(judge_chunk(_decode_items(run), _engine, today=today))


def _pool(settings: DetectionSettings, jobs: int) -> ProcessPoolExecutor:
    # A fork of a small parent; each child loads the engine once. "spawn" where there is no fork.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(
        1 if jobs == _ALONE else jobs, mp_context=context, initializer=_start, initargs=(settings,)
    )
