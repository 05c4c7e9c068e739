"""Ctrl-C: the first asks the work to end in good order, the second ends it at once."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether the work of this block should end: after one Ctrl-C. A second one raises KeyboardInterrupt."""
    asked = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        with suppress(OSError):  # not print: it may have been at work itself when the signal came
            os.write(2, f"{t('total.stopping')}\n".encode())

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # a process in the background ignores it
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
