"""Walk the gzip members of a file: where each whole one begins and ends, and how its content begins.

A WARC of ours holds one record a member, so members are what is cut out, repaired and checked.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16
_UNPACKED = 1 << 20
_GZIP = zlib.MAX_WBITS + 16


@dataclass(frozen=True, slots=True)
class Member:
    """A whole member at ``file[start:end]``: the beginning of its content, and how long all of it is."""

    start: int
    end: int
    content: bytes
    size: int


def members(file: BinaryIO, *, start: int = 0, keep: int = 0) -> Iterator[Member]:
    """The whole members from ``start`` on, each with at most ``keep`` bytes of its content.

    Ends before the first one that is torn, damaged or no gzip: the file goes on behind the last ``end``
    then. Memory is bounded by ``keep`` and a megabyte, whatever a member unpacks to. Nobody else may move
    the file's position until the walk is over.
    """
    file.seek(start)
    data = b""
    while data or (data := file.read(_CHUNK)):
        whole = _member(file, data, start, keep)
        if whole is None:
            return
        member, data = whole
        yield member
        start = member.end


def _member(file: BinaryIO, data: bytes, start: int, keep: int) -> tuple[Member, bytes] | None:
    """The member that begins with ``data`` and what was read beyond it; None where it is not whole."""
    unpack, kept, size, read = zlib.decompressobj(_GZIP), bytearray(), 0, len(data)
    try:
        while True:
            content = unpack.decompress(data, _UNPACKED)
            size += len(content)
            kept += content[: max(0, keep - len(kept))]
            if unpack.eof:
                rest = unpack.unused_data
                return Member(start, start + read - len(rest), bytes(kept), size), rest
            data = unpack.unconsumed_tail
            if not data and len(content) < _UNPACKED:
                data = file.read(_CHUNK)
                read += len(data)
                if not data:
                    return None
    except zlib.error:
        return None
