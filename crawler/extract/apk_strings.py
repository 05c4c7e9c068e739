"""Strings inside an APK: members unpacked within bounds, string tables of code and of resources."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

from crawler.errors import FeedError

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

MAX_MEMBER_BYTES = 256 << 20
MOST_READ = 400_000
"""Strings of one table that are looked at."""
_DEFLATED = 8
_LOCAL_HEADER = 30
_UTF8 = 0x100
_POOL = 0x0001
_CHUNK = 1 << 20


def unpack(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes, whatever its headers say of their size. Raises FeedError (``too-large``).

    Android reads archives whose headers lie; a method that is not deflate is taken as stored.
    """
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER:
        raise ValueError("a member is cut off")
    names, extra = struct.unpack("<HH", header[26:30])
    file.seek(info.header_offset + _LOCAL_HEADER + names + extra)
    if info.compress_type != _DEFLATED:
        return _checked(file.read(min(info.compress_size, MAX_MEMBER_BYTES + 1)), info)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    size = 0
    while not inflater.eof and (packed := inflater.unconsumed_tail or file.read(_CHUNK)):
        try:
            parts.append(inflater.decompress(packed, _CHUNK))
        except zlib.error as error:
            raise ValueError(f"{info.filename[:80]} is damaged") from error
        size += len(parts[-1])
        if size > MAX_MEMBER_BYTES:
            break
    return _checked(b"".join(parts), info)


def _checked(data: bytes, info: zipfile.ZipInfo) -> bytes:
    if len(data) > MAX_MEMBER_BYTES:
        raise FeedError(f"{info.filename[:80]} is too large unpacked", reason="too-large")
    return data


def dex_strings(data: bytes) -> Iterator[str]:
    """The strings of a DEX file's table, as far as it is whole.

    Format: "Dalvik Executable format", string_id_item and string_data_item.
    """
    if len(data) < 0x40 or not data.startswith(b"dex\n"):
        return
    count, first = struct.unpack_from("<II", data, 0x38)
    for place in range(first, first + 4 * min(count, MOST_READ), 4):
        if place + 4 > len(data):
            return
        (start,) = struct.unpack_from("<I", data, place)
        while start < len(data) and data[start] & 0x80:  # the length in characters: not needed
            start += 1
        end = data.find(b"\0", start + 1)
        if end > 0:
            yield _modified_utf8(data[start + 1 : min(end, start + 1 + 65_536)])


def _modified_utf8(data: bytes) -> str:
    """Java's UTF-8: characters beyond the first plane are two surrogates, three bytes each."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace") if _whole(data) else ""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _whole(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def pool_strings(data: bytes) -> Iterator[str]:
    """The strings of a resource table's global pool, as far as it is whole.

    Format: ResStringPool_header in Android's ResourceTypes.h.
    """
    if len(data) < 40:
        return
    (start,) = struct.unpack_from("<H", data, 2)
    if start + 28 > len(data) or struct.unpack_from("<H", data, start)[0] != _POOL:
        return
    head, _, count, _, flags, strings = struct.unpack_from("<HIIIII", data, start + 2)
    read = _utf8_at if flags & _UTF8 else _utf16_at
    for place in range(start + head, start + head + 4 * min(count, MOST_READ), 4):
        if place + 4 > len(data):
            return
        (offset,) = struct.unpack_from("<I", data, place)
        yield read(data, start + strings + offset)


def _utf8_at(data: bytes, at: int) -> str:
    _, at = _length(data, at, 1)
    size, at = _length(data, at, 1)
    return data[at : at + size].decode("utf-8", "replace")


def _utf16_at(data: bytes, at: int) -> str:
    size, at = _length(data, at, 2)
    return data[at : at + 2 * size].decode("utf-16-le", "replace")


def _length(data: bytes, at: int, width: int) -> tuple[int, int]:
    """A length of one or two units (two where its highest bit is set), and where it ends."""
    top = 1 << (8 * width - 1)
    first = int.from_bytes(data[at : at + width], "little")
    if not first & top:
        return first, at + width
    second = int.from_bytes(data[at + width : at + 2 * width], "little")
    return ((first & (top - 1)) << (8 * width)) | second, at + 2 * width
