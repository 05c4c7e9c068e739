"""Cut single records out of a growing WARC by their ids, reading it once.

The process that writes it may be in the middle of a record, or have been killed there: only members that are
whole are cut.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CHUNK = 1 << 16

KEPT = 100_000
"""Positions remembered: records are asked for soon after they were written, older ones are forgotten."""


class WarcIndex:
    """Positions of records in a ``.warc.gz`` of one gzip member a record, read as far as was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._positions: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._read_to = 0

    def cut(self, record_ids: Iterable[str]) -> bytes:
        """The members of those records as they stand in the file, joined; unknown ids are left out."""
        wanted = tuple(record_ids)
        if any(record_id not in self._positions for record_id in wanted):
            self._read_on()
        with self._path.open("rb") as file:
            parts = []
            for record_id in wanted:
                if record_id in self._positions:
                    start, end = self._positions[record_id]
                    file.seek(start)
                    parts.append(file.read(end - start))
        return b"".join(parts)

    def _read_on(self) -> None:
        from fastwarc.warc import ArchiveIterator

        with self._path.open("rb") as file:
            file.seek(self._read_to)
            last = ""
            start = self._read_to
            for record in ArchiveIterator(file, parse_http=False):
                position = record.stream_pos  # counted from the beginning of the file
                if last:
                    self._positions[last] = (start, position)
                last, start = record.headers.get("WARC-Record-ID") or "", position
            # the last one may be half written: it is looked at again, from its start, when it is asked for
            end = _member_end(file, start) if last else None
            if end is not None:
                self._positions[last] = (start, end)
            self._read_to = start
        while len(self._positions) > KEPT:
            self._positions.popitem(last=False)


def _member_end(file: BinaryIO, start: int) -> int | None:
    """Where the gzip member that begins at ``start`` ends; None where it is not whole."""
    file.seek(start)
    unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        while chunk := file.read(_CHUNK):
            unpack.decompress(chunk)
            if unpack.eof:
                return file.tell() - len(unpack.unused_data)
    except zlib.error:
        return None
    return None
