"""Cut single records out of a growing WARC by their ids, reading it once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
                position = self._read_to + record.stream_pos
                if last:
                    self._positions[last] = (start, position)
                last, start = record.headers.get("WARC-Record-ID") or "", position
            if last:
                self._positions[last] = (start, self._path.stat().st_size)
            self._read_to = start
        while len(self._positions) > KEPT:
            self._positions.popitem(last=False)
