"""Splits a byte stream into numbered lines without ever holding more than one long line."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.feeds.live import Readable

CHUNK = 1 << 20
MAX_LINE = 64_000_000
"""Longest line read, bytes; the fetcher and the extractor have lower limits of their own."""

_BOM = b"\xef\xbb\xbf"
_ENOUGH = 4096
"""Bytes of undecodable lines after which a file's encoding is settled."""


def read_lines(stream: Readable, *, most: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Line numbers from 1 and lines without their end; ``None`` stands for a line longer than ``most``.

    Blank lines are left out, though they count; an empty one with number 0 says that the stream has nothing
    more for the moment. A UTF-8 mark at the start is taken off. UTF-16 and UTF-32 come out as UTF-8.
    """
    number, rest, size, dropping = 0, [b""], 0, False
    for chunk in _chunks(stream):
        if chunk is None:
            yield 0, b""
            continue
        first, *others = chunk.split(b"\n")
        if not dropping:
            rest.append(first)
            size += len(first)
        if others:
            for line in (b"".join(rest), *others[:-1]):
                number += 1
                if line and not line.isspace():
                    yield number, line
            rest, size, dropping = [others[-1]], len(others[-1]), False
        if size > most:
            yield number + 1, None
            rest, size, dropping = [], 0, True
    if (last := b"".join(rest)) and not last.isspace():
        yield number + 1, last


class LineDecoder:
    """Text of lines that should be UTF-8; those that are not are read in the encoding they seem to be in.

    The guess is made over all such lines so far, for one alone is often too short to tell GBK from Big5.
    """

    def __init__(self) -> None:
        self._sample = b""
        self._name = ""

    def __call__(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if len(self._sample) < _ENOUGH:
                self._learn(raw)
            return raw.decode(self._name, "replace")

    def _learn(self, raw: bytes) -> None:
        from crawler.extract.encoding import decode_text

        self._sample += raw[:_ENOUGH] + b"\n"
        self._name = decode_text(self._sample)[1]


def _chunks(stream: Readable) -> Iterator[bytes | None]:
    """The stream in pieces of UTF-8 (or of a byte encoding like it), without its mark; ``None``: it waits."""
    first = beginning(stream, CHUNK)
    name, mark = _wide(first)
    if not name:
        yield first.removeprefix(_BOM)
        while (chunk := stream.read(CHUNK)) != b"":
            yield chunk
        return
    decode: Callable[[bytes, bool], str] = codecs.getincrementaldecoder(name)("replace").decode
    chunk = first[mark:]
    while chunk != b"":
        yield chunk if chunk is None else decode(chunk, False).encode()
        chunk = stream.read(CHUNK)
    yield decode(b"", True).encode()


def beginning(stream: Readable, most: int) -> bytes:
    """The first ``most`` bytes of a stream; of one that gives them bit by bit, at least the first line."""
    head = stream.read(most) or b""
    while head and b"\n" not in head.lstrip() and len(head) < most:
        if (piece := stream.read(most - len(head))) == b"":
            break
        head += piece or b""
    return head


def _wide(head: bytes) -> tuple[str, int]:
    # Hardly a NUL and no mark is the rule: leave the extractor's tables unloaded.
    if head[:400].count(b"\x00") < 4 and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "", 0
    from crawler.extract.encoding import wide_encoding

    return wide_encoding(head)
