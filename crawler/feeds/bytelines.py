"""Splits a byte stream into numbered lines without ever holding more than one long line."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
MAX_LINE = 64_000_000
"""Longest line read, bytes; the fetcher and the extractor have lower limits of their own."""

_BOM = b"\xef\xbb\xbf"


def read_lines(stream: BinaryIO, *, most: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Line numbers from 1 and lines without their end; ``None`` stands for a line longer than ``most``.

    Blank lines are left out, though they count. A UTF-8 mark at the start is taken off.
    """
    number, rest, dropping = 0, b"", False
    first = True
    while chunk := stream.read(CHUNK):
        if first:
            chunk, first = chunk.removeprefix(_BOM), False
        lines = (rest + chunk).split(b"\n") if not dropping else chunk.split(b"\n")
        rest = lines.pop()
        if dropping and lines:
            lines[0], dropping = b"", False
        elif dropping:
            rest = b""
        for line in lines:
            number += 1
            if line and not line.isspace():
                yield number, line
        if len(rest) > most:
            yield number + 1, None
            rest, dropping = b"", True
    if rest and not rest.isspace():
        yield number + 1, rest
