"""The engine of a process that runs for long: it follows edits of the lexicons.

Whoever judges asks ``current()`` for each batch. After ``detection.reload_s`` seconds the next one to ask
looks whether files of the folder changed, and reads them if so. A folder with mistakes changes nothing but
the log. The model, the normaliser's tables and ``platforms/`` are read once, at the start.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from nlp.analyse import load_engine, with_lexicon
from nlp.lexicon import Lexicon, default_folder
from nlp.lexicon_files import read_folder, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlp.analyse import Engine
    from nlp.errors import LexiconError
    from nlp.settings import DetectionSettings

SETTLED_NS = 1_000_000_000
"""A file younger than this may be half written: it is left for the next look."""

logger = logging.getLogger(__name__)


class Engines(Protocol):
    """What answers the engine to use now: an ``Engine`` itself, or one that follows edits."""

    def current(self) -> Engine:
        """The engine for the next batch."""


class LiveEngine:
    """Loads its engine when first asked. Safe for several threads: one looks, the others go on meanwhile.

    ``clock`` counts seconds (from anywhere) and ``now`` is the time of day that files are stamped with, in
    nanoseconds.
    """

    def __init__(
        self,
        settings: DetectionSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = time.time_ns,
        engine: Engine | None = None,
    ) -> None:
        self._settings = settings
        self._folder = settings.lexicons or default_folder()
        self._clock, self._now = clock, now
        self._lock = threading.Lock()
        self._engine = engine
        self._seen = stamp(self._folder)
        self._looked = clock()

    def current(self) -> Engine:
        """The newest engine. Raises NlpError only where the first one cannot be loaded."""
        engine = self._engine
        if engine is None:
            return self._first()
        # Who comes while another looks goes on with the engine in use.
        if self._is_due() and self._lock.acquire(blocking=False):
            try:
                if self._is_due():
                    self._looked = self._clock()
                    self._look(engine)
            finally:
                self._lock.release()
        return self._engine or engine

    def _first(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._seen = stamp(self._folder)
                self._engine = load_engine(self._settings)
                self._looked = self._clock()
            return self._engine

    def _is_due(self) -> bool:
        wait = self._settings.reload_s
        return wait > 0 and self._clock() - self._looked >= wait

    def _look(self, engine: Engine) -> None:
        found = stamp(self._folder)
        now = self._now()
        if found == self._seen or any(0 <= now - changed < SETTLED_NS for _, _, changed in found):
            return
        self._seen = found
        files = read_folder(self._folder)
        if files.version == engine.versions.lexicon:
            return
        if files.errors:
            _refuse(files.errors, engine.versions.lexicon)
            return
        self._engine = with_lexicon(engine, Lexicon(files))
        logger.info("lexicons %s are in use instead of %s", files.version, engine.versions.lexicon)


def _refuse(errors: tuple[LexiconError, ...], kept: str) -> None:
    more = f", and {len(errors) - 1} more that `xiansuo lexicon check` lists" if len(errors) > 1 else ""
    logger.error("edited lexicons are not used, %s stays in use: %s%s", kept, errors[0], more)
