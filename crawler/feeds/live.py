"""Streams that are written while they are read, and may have nothing to give for a while."""

from __future__ import annotations

import os
import select
import stat
import time
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from io import BufferedReader

GRACE_S = 0.02
"""How long a stream may pause before what it gave so far is passed on."""

LONGEST_S = 0.2
"""How long what it gave may be kept back at most, where lines come one by one without a pause."""


class Readable(Protocol):
    """A source of bytes: up to ``size`` of them, none at the end, ``None`` where there is none for now."""

    def read(self, size: int, /) -> bytes | None: ...


class Live:
    """A stream that says once, by ``None``, that it has nothing to give; the next call waits for more."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream, self._descriptor = stream, stream.fileno()
        self._since: float | None = None

    def read(self, size: int) -> bytes | None:
        """What there is, up to ``size`` bytes; waits where ``None`` was the last answer."""
        if self._since is None:
            data = self._stream.read1(size)
            self._since = time.monotonic()
            return data
        left = self._since + LONGEST_S - time.monotonic()
        if not select.select([self._descriptor], [], [], max(0.0, min(GRACE_S, left)))[0]:
            self._since = None
            return None
        return self._stream.read1(size)


def live(stream: BinaryIO) -> Readable:
    """``stream`` as a :class:`Live` one where it is a pipe, a socket or a terminal; else as it is."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # no file at all, or a closed one
        return stream
    waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)
    return Live(stream) if waits and os.name == "posix" else stream  # type: ignore[arg-type]
