"""Give a scan to the worker processes and take the verdicts back in input order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from evidence.blobs import open_blobs
from evidence.errors import StoreUnavailable
from workers.judge import Judged, ProcessDied, in_order, isolate, runs
from workers.pipeline import today
from workers.watch import is_held, waiting, worker_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from celery.result import AsyncResult

    from crawler.feeds.item import FeedItem
    from workers.judge import Run
    from workers.settings import Settings

IN_FLIGHT = 64
"""Most batches queued at once: enough for many workers, little enough to bound memory and the queue."""

PATIENCE_S = 10.0
"""How long a batch may be without an answer before its worker is asked for, seconds."""

SENDINGS = 3
"""How often a batch is sent whose workers are lost, before its items are tried one by one."""

_judged = msgspec.msgpack.Decoder(tuple[Judged, ...])


def broker_reachable(settings: Settings) -> str:
    """Empty where the broker answers, else the reason it does not."""
    from kombu.connection import Connection
    from kombu.exceptions import OperationalError

    options = {"socket_connect_timeout": 3}
    url = settings.worker.broker_url
    try:
        with Connection(url, transport_options=options) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, timeout=3)
    except (OperationalError, OSError) as error:
        return str(error)
    return ""


def check_broker(settings: Settings) -> None:
    """Raise StoreUnavailable unless the broker answers."""
    if reason := broker_reachable(settings):
        raise StoreUnavailable(
            f"cannot reach the broker {shown_broker(settings.worker.broker_url)}: {reason}"
        )


def judge_by_workers(
    items: Iterable[FeedItem | None], settings: Settings, *, idle: Callable[[], None] = lambda: None
) -> Iterator[tuple[Judged, ...]]:
    """As :func:`workers.judge.judge_runs`, by worker processes. Messages carry blob ids only.

    A batch whose process died or took too long is given out again, see :func:`workers.judge.isolate`; so is
    one that was taken by a worker that is no more. ``idle`` is called where no worker answers: a batch waits
    for one to come. Raises StoreUnavailable where the broker cannot be reached.
    """
    check_broker(settings)
    batches = _Batches(settings, idle)
    batches.look()
    yield from in_order(runs(items, settings.worker.batch), batches.submit, batches.result, width=IN_FLIGHT)


class _Batches:
    """Batches given to workers, and their verdicts. A batch is the same blob however often it is sent."""

    def __init__(self, settings: Settings, idle: Callable[[], None]) -> None:
        from workers.app import app

        self._app, self._idle, self._said = app, idle, False
        self._blobs = open_blobs(settings.store.blobs)

    def look(self) -> None:
        """Say it where no worker is there."""
        if not worker_answers(self._app):
            self._alone()

    def submit(self, run: Run) -> AsyncResult:
        """Send a batch."""
        from workers.tasks import scan_batch

        return scan_batch.delay(self._blobs.put(msgspec.msgpack.encode(run)), today().isoformat())

    def result(self, run: Run, asked: AsyncResult) -> tuple[Judged, ...]:
        """The verdicts on a batch."""
        try:
            return self._attempt(run, asked)
        except ProcessDied:
            return isolate(run, self._attempt)

    def _attempt(self, run: Run, asked: AsyncResult | None = None) -> tuple[Judged, ...]:
        from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError

        try:
            return _judged.decode(self._blobs.get(self._answer(run, asked or self.submit(run))))
        except WorkerLostError as error:
            raise ProcessDied("the worker process died on this item", reason="process-died") from error
        except (TimeLimitExceeded, SoftTimeLimitExceeded) as error:
            raise ProcessDied("this item takes longer than a task may", reason="timeout") from error

    def _answer(self, run: Run, asked: AsyncResult) -> str:
        """The answer to a batch, whichever time it was sent."""
        from celery.exceptions import TimeoutError

        sent = [asked]
        while True:
            try:
                return str(sent[-1].get(timeout=PATIENCE_S))
            except TimeoutError:
                if ready := next((one for one in sent if one.ready()), None):
                    return str(ready.get())
            if self._lost(sent[-1]) and not sent[-1].ready():
                if len(sent) == SENDINGS:
                    raise ProcessDied("each worker that took this item was lost", reason="process-died")
                sent.append(self.submit(run))

    def _lost(self, asked: AsyncResult) -> bool:
        """Whether a batch was taken from the queue and no worker that answers has it."""
        from workers.app import SCAN_QUEUE

        held = is_held(self._app, asked.id)
        if held is None:
            self._alone()
            return False
        self._said = False
        # It may have passed from the queue to a worker between the questions: asked once more at the end.
        return not held and not waiting(self._app, SCAN_QUEUE) and not is_held(self._app, asked.id)

    def _alone(self) -> None:
        if not self._said:
            self._idle()
        self._said = True


def shown_broker(url: str) -> str:
    """A broker address without its password."""
    from kombu.utils.url import sanitize_url

    return str(sanitize_url(url))
