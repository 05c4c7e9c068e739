"""The crawl process: ``python -m crawler.spiders.run FOLDER`` runs the job of ``FOLDER/job.json``.

Its standard input is a lifeline: when the parent closes it, by will or by dying, the crawl stops in order.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from crawler.job import POLL_S, STOP_S, read_job
from crawler.spiders.options import scrapy_settings
from crawler.spiders.site import SiteSpider
from crawler.spiders.spool import Spool
from crawler.spiders.urls import UrlsSpider

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerProcess

SPIDERS = {"site": SiteSpider, "urls": UrlsSpider}

BUSY, BROKEN_OFF = 3, 4
"""Exit codes: another process works in the folder; the crawl stopped before its end."""


def main(directory: Path) -> int:
    """Run the job to its end or until the lifeline breaks; return the exit code."""
    from scrapy.crawler import AsyncCrawlerProcess

    with (directory / "lock").open("w") as lock:
        if not _locked(lock):
            print(f"{directory} is in use by another crawl", file=sys.stderr)
            return BUSY
        spec, settings = read_job(directory)
        spool = Spool(directory)
        process = AsyncCrawlerProcess(scrapy_settings(settings))
        try:
            crawler = process.create_crawler(SPIDERS[spec.spider])
            process.crawl(crawler, spec=spec, limits=settings, spool=spool)
            _stop_with_parent(process)
            process.start()
        finally:
            spool.close()
    reason = crawler.stats.get_value("finish_reason") if crawler.stats else None
    if reason in ("finished", "shutdown"):
        return 0
    with suppress(OSError):  # on a full disk the log is full too
        print(f"the crawl stopped: {reason}", file=sys.stderr)
    return BROKEN_OFF


def _locked(lock: IO[str]) -> bool:
    """Take the folder's lock; an orphan of a killed parent is given the time it may take to stop."""
    last = time.monotonic() + 3 * STOP_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > last:
                return False
            time.sleep(POLL_S)
        else:
            return True


def _stop_with_parent(process: AsyncCrawlerProcess) -> None:
    """Stop the crawl once standard input is at its end."""
    from twisted.internet import reactor

    def watch() -> None:
        asyncio.get_event_loop().add_reader(sys.stdin.fileno(), look)

    def look() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            asyncio.get_event_loop().remove_reader(sys.stdin.fileno())
            stopping.append(asyncio.ensure_future(process.stop()))
            # What is still under way then is done again on resuming: the spool is whole at any moment.
            asyncio.get_event_loop().call_later(STOP_S, os._exit, BROKEN_OFF)

    stopping: list[asyncio.Future[None]] = []
    reactor.callWhenRunning(watch)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
