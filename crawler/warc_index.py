"""Cut single records out of a growing WARC by their ids, reading it once.

The process that writes it may be in the middle of a record, or have been killed there: only members that are
whole are cut.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from crawler.members import members

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# WarcWriter puts the id second among a record's headers.
_HEAD = 512
_RECORD_ID = re.compile(rb"\r\nWARC-Record-ID: (\S+)\r\n")

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
        with self._path.open("rb") as file:
            for member in members(file, start=self._read_to, keep=_HEAD):
                if found := _RECORD_ID.search(member.content):
                    self._positions[found[1].decode("ascii", "replace")] = (member.start, member.end)
                self._read_to = member.end
        while len(self._positions) > KEPT:
            self._positions.popitem(last=False)
