"""AutoThrottle with a floor for each host: never faster than we promise, nor than its Crawl-delay asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response


class Throttle(AutoThrottle):
    """Scrapy's extension; it alone would undo a Crawl-delay with the first quick answer.

    The spider's ``floors`` are the delays that hosts ask for, by downloader slot.
    """

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        key, slot = self._get_slot(request, spider)
        floors: dict[str, float] = getattr(spider, "floors", {})
        if slot is not None and key is not None:
            slot.delay = max(slot.delay, floors.get(key, 0.0))


def slow_down(crawler: Any, request: Request, delay_s: float) -> None:
    """Give a request's host the delay it asks for, where that is longer than ours, for the whole job."""
    downloader = crawler.engine.downloader
    key = downloader.get_slot_key(request)
    crawler.spider.floors[key] = delay_s
    if (slot := downloader.slots.get(key)) is not None:
        slot.delay = max(slot.delay, delay_s)
