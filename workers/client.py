"""Give a scan to the worker processes and take the verdicts back in input order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from evidence.blobs import open_blobs
from evidence.errors import StoreUnavailable
from workers.judge import Judged, chunks
from workers.pipeline import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celery.result import AsyncResult

    from crawler.feeds.item import FeedItem
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


def judge_by_workers(items: Iterable[FeedItem], settings: Settings) -> Iterator[Judged]:
    """Verdicts on ``items`` in their order, made by worker processes. Messages carry blob ids only.

    Raises StoreUnavailable where the broker cannot be reached.
    """
    from workers.tasks import scan_batch

    if reason := broker_reachable(settings):
        raise StoreUnavailable(f"cannot reach the broker {shown(settings.worker.broker_url)}: {reason}")
    blobs = open_blobs(settings.store.blobs)
    pending: deque[AsyncResult] = deque()
    for chunk in chunks(items, settings.worker.batch):
        key = blobs.put(msgspec.msgpack.encode(chunk))
        pending.append(scan_batch.delay(key, today().isoformat()))
        if len(pending) >= IN_FLIGHT:
            yield from _judged.decode(blobs.get(pending.popleft().get()))
    while pending:
        yield from _judged.decode(blobs.get(pending.popleft().get()))


def shown(url: str) -> str:
    """A broker address without its password."""
    from kombu.utils.url import sanitize_url

    return str(sanitize_url(url))
