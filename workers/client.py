"""Give a scan to the worker processes and take the verdicts back in input order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from evidence.blobs import open_blobs
from evidence.errors import StoreUnavailable
from workers.judge import Judged, ProcessDied, in_order, isolate, runs
from workers.pipeline import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celery.result import AsyncResult

    from crawler.feeds.item import FeedItem
    from workers.judge import Run
    from workers.settings import Settings

IN_FLIGHT = 64
"""Most batches queued at once: enough for many workers, little enough to bound memory and the queue."""

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


def judge_by_workers(items: Iterable[FeedItem | None], settings: Settings) -> Iterator[tuple[Judged, ...]]:
    """As :func:`workers.judge.judge_runs`, by worker processes. Messages carry blob ids only.

    A batch whose process died or took too long is given out again, see :func:`workers.judge.isolate`. Raises
    StoreUnavailable where the broker cannot be reached.
    """
    from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError

    from workers.tasks import scan_batch

    if reason := broker_reachable(settings):
        raise StoreUnavailable(
            f"cannot reach the broker {shown_broker(settings.worker.broker_url)}: {reason}"
        )
    blobs = open_blobs(settings.store.blobs)

    def submit(run: Run) -> AsyncResult:
        return scan_batch.delay(blobs.put(msgspec.msgpack.encode(run)), today().isoformat())

    def attempt(run: Run, asked: AsyncResult | None = None) -> tuple[Judged, ...]:
        try:
            return _judged.decode(blobs.get((asked or submit(run)).get()))
        except WorkerLostError as error:
            raise ProcessDied("the worker process died on this item", reason="process-died") from error
        except (TimeLimitExceeded, SoftTimeLimitExceeded) as error:
            raise ProcessDied("this item takes longer than a task may", reason="timeout") from error

    def result(run: Run, asked: AsyncResult) -> tuple[Judged, ...]:
        try:
            return attempt(run, asked)
        except ProcessDied:
            return isolate(run, attempt)

    yield from in_order(runs(items, settings.worker.batch), submit, result, width=IN_FLIGHT)


def shown_broker(url: str) -> str:
    """A broker address without its password."""
    from kombu.utils.url import sanitize_url

    return str(sanitize_url(url))
