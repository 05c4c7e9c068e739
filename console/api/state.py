"""What the application holds: settings, the detection engine (loaded once), counters."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Counter, Gauge

from console.sessions import Door, Sessions
from workers.save import Evidence, open_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.analyse import Engine
    from nlp.live import Engines
    from workers.settings import Settings


class Console:
    """Settings and what is made from them on first use. Safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sessions = Sessions()
        self.door = Door()
        self._live: Engines | None = None
        self._lock = threading.Lock()
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "xiansuo_http_requests_total", "HTTP requests", ["method"], registry=self.registry
        )
        self.scanned = Counter(
            "xiansuo_scanned_total", "Documents scanned", ["outcome"], registry=self.registry
        )
        self.indexed = Gauge(
            "xiansuo_index_records", "Records in the index", ["kind"], registry=self.registry
        )

    def engine(self) -> Engine:
        """The detection engine, with the lexicons as last edited; the first caller waits while it loads."""
        with self._lock:
            if self._live is None:
                from nlp.live import LiveEngine

                self._live = LiveEngine(self.settings.detection)
            live = self._live
        return live.current()


def console_of(request: Request) -> Console:
    """The application's state."""
    console: Console = request.app.state.console
    return console


def evidence_of(console: Annotated[Console, Depends(console_of)]) -> Iterator[Evidence]:
    """The index and blobs, open while a request lasts."""
    with open_evidence(console.settings) as evidence:
        yield evidence


ConsoleState = Annotated[Console, Depends(console_of)]
OpenEvidence = Annotated[Evidence, Depends(evidence_of)]
