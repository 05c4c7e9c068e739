"""Tells whether a WARC ends where its last record ends. The WARC reader itself stops there without a word."""

from __future__ import annotations

import re
import zlib
from typing import IO

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_LENGTH = re.compile(rb"\r\nContent-Length:\s*(\d+)", re.I)
_LONGEST_HEAD = 1 << 16


def breaks_off(stream: IO[bytes], last: int) -> bool:
    """Whether bytes are missing from, or stand behind, the record that begins at ``last``. Moves the
    stream.
    """
    if not stream.seekable():
        return False
    stream.seek(last)
    start = stream.read(2)
    stream.seek(last)
    return _gzip_breaks_off(stream) if start == _GZIP else _plain_breaks_off(stream)


def _gzip_breaks_off(stream: IO[bytes]) -> bool:
    unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    begun = False
    while chunk := stream.read(_CHUNK):
        while chunk:
            begun = True
            try:
                unpack.decompress(chunk, _CHUNK)
                while unpack.unconsumed_tail:
                    unpack.decompress(unpack.unconsumed_tail, _CHUNK)
            except zlib.error:
                return True
            chunk = unpack.unused_data
            if unpack.eof:
                unpack, begun = zlib.decompressobj(zlib.MAX_WBITS + 16), False
    return begun


def _plain_breaks_off(stream: IO[bytes]) -> bool:
    head = stream.read(_LONGEST_HEAD)
    end = head.find(b"\r\n\r\n")
    declared = _LENGTH.search(head[: max(end, 0)])
    if end < 0 or declared is None:
        return bool(head.strip())
    left = end + 4 + int(declared[1]) - len(head)
    behind = head[left:] if left < 0 else b""
    while left > 0:
        chunk = stream.read(min(left, _CHUNK))
        if not chunk:
            return True
        left -= len(chunk)
    return bool((behind + stream.read(_CHUNK)).strip())
