"""Cut the records of one page out of a crawl's WARC, as the very bytes the crawl wrote."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from evidence.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CHUNK = 1 << 20
_HEAD_BYTES = 1 << 14
_ID = re.compile(rb"^WARC-Record-ID:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_INFO = "warcinfo"


class WarcSlices:
    """Finds records of a ``.warc.gz`` (one gzip member a record) by id. The file may still be growing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0

    def slice(self, record_ids: Iterable[str]) -> bytes:
        """A WARC of these records in this order, the crawl's warcinfo record first.

        Raises IntegrityError where one is not in the file.
        """
        wanted = list(dict.fromkeys(record_ids))
        if not set(wanted) <= self._places.keys():
            self._grow()
        missing = [record for record in wanted if record not in self._places]
        if missing:
            raise IntegrityError(f"{self._path.name} holds no record {missing[0][:80]}")
        first = [_INFO] if wanted and _INFO in self._places and wanted[0] != _INFO else []
        with self._path.open("rb") as file:
            return b"".join(_read(file, self._places[record]) for record in (*first, *wanted))

    def _grow(self) -> None:
        """Index what was written since the last look; a torn last member is left for later."""
        if not self._path.exists():
            return
        for start, end, head in _members(self._path, self._end):
            self._end = end
            found = _ID.search(head)
            if start == 0 and b"WARC-Type: warcinfo" in head:
                self._places[_INFO] = (start, end)
            if found:
                self._places[found.group(1).decode("ascii", "replace")] = (start, end)


def _read(file, place: tuple[int, int]) -> bytes:  # type: ignore[no-untyped-def]
    start, end = place
    file.seek(start)
    return bytes(file.read(end - start))


def _members(path: Path, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and first bytes of each whole gzip member from ``offset`` on; inflates in bounded steps."""
    start, head = offset, b""
    unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(_CHUNK):
            position = file.tell()
            while chunk:
                try:
                    out = unpack.decompress(chunk, _CHUNK)
                except zlib.error as error:
                    raise IntegrityError(f"{path.name} is damaged at byte {start}: {error}") from error
                head = head or out[:_HEAD_BYTES]
                chunk = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
                if unpack.eof:
                    end = position - len(chunk)
                    yield start, end, head
                    start, head, unpack = end, b"", zlib.decompressobj(zlib.MAX_WBITS + 16)
