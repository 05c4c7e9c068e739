"""Celery tasks: each parses ids, calls one function and says what to retry. Bodies stay in the blob store."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.feeds.item import FeedItem
from evidence.blobs import open_blobs
from evidence.errors import StoreUnavailable
from workers.app import app, settings

if TYPE_CHECKING:
    from nlp.live import LiveEngine

_items = msgspec.msgpack.Decoder(tuple[FeedItem, ...])


@cache
def _engine() -> LiveEngine:
    """This process's engine; it follows edits of the lexicons."""
    from nlp.live import LiveEngine

    return LiveEngine(settings().detection)


@app.task(
    name="xiansuo.scan",
    bind=True,
    autoretry_for=(OSError,),
    max_retries=3,
    retry_backoff=True,
    # The queue would give out a batch that kills its process again and again. Whoever asked for the batch
    # waits for it, learns of the death, and gives it out again a bounded number of times.
    reject_on_worker_lost=False,
)  # type: ignore[untyped-decorator]
def scan_batch(self: Any, batch: str, today: str) -> str:
    """Judge the items in blob ``batch``; returns the id of the blob that holds the verdicts.

    The same batch gives the same blob, so running twice does no harm.
    """
    from datetime import date

    from workers.judge import judge_chunk

    blobs = open_blobs(settings().store.blobs)
    engine = _engine().current()
    judged = judge_chunk(_items.decode(blobs.get(batch)), engine, today=date.fromisoformat(today))
    return blobs.put(msgspec.msgpack.encode(judged))


@app.task(
    name="xiansuo.crawl",
    bind=True,
    autoretry_for=(StoreUnavailable,),
    max_retries=5,
    retry_backoff=True,
    time_limit=None,
    soft_time_limit=None,
)  # type: ignore[untyped-decorator]
def crawl_job(self: Any, name: str) -> dict[str, int]:
    """Run the configured crawl job ``name`` to its end in a process of its own; returns its counts."""
    from workers.scheduled import run_scheduled

    totals = run_scheduled(name, settings())
    return {
        "fetched": totals.fetched,
        "indexed": totals.indexed,
        "rejected": totals.rejected,
        "failed": totals.failed,
    }
