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
LONGEST_READ = 65_536
"""Bytes of one string that are looked at."""
OVERLAP = 2
"""How often a table's bytes are read at most: strings stand side by side, unless they are laid to harm."""
_DEFLATED = 8
_LOCAL_HEADER = 30
_UTF8 = 0x100
_POOL = 0x0001
_CHUNK = 1 << 20


def unpack(file: BinaryIO, info: zipfile.ZipInfo, *, most: int | None = None) -> bytes:
    """A member's bytes, whatever its headers say of their size; ``most`` is by default ``MAX_MEMBER_BYTES``.

    Raises FeedError (``too-large``), and ValueError where it is damaged.

    Android reads archives whose headers lie; a method that is not deflate is taken as stored.
    """
    most = MAX_MEMBER_BYTES if most is None else most
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER:
        raise ValueError("a member is cut off")
    names, extra = struct.unpack("<HH", header[26:30])
    file.seek(info.header_offset + _LOCAL_HEADER + names + extra)
    if info.compress_type != _DEFLATED:
        return _checked(file.read(min(info.compress_size, most + 1)), info, most)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    size = 0
    while not inflater.eof and (packed := inflater.unconsumed_tail or file.read(_CHUNK)):
        try:
            parts.append(inflater.decompress(packed, _CHUNK))
        except zlib.error as error:
            raise ValueError(f"{info.filename[:80]} is damaged") from error
        size += len(parts[-1])
        if size > most:
            break
    return _checked(b"".join(parts), info, most)


def _checked(data: bytes, info: zipfile.ZipInfo, most: int) -> bytes:
    if len(data) > most:
        raise FeedError(f"{info.filename[:80]} is too large unpacked", reason="too-large")
    return data


def dex_strings(data: bytes) -> Iterator[str]:
    """The strings of a DEX file's table, as far as it is whole.

    Format: "Dalvik Executable format", string_id_item and string_data_item.
    """
    if len(data) < 0x40 or not data.startswith(b"dex\n"):
        return
    count, first = struct.unpack_from("<II", data, 0x38)
    left = OVERLAP * len(data)
    for place in range(first, first + 4 * min(count, MOST_READ), 4):
        if place + 4 > len(data):
            return
        (start,) = struct.unpack_from("<I", data, place)
        # the length in characters is not needed; it has five bytes at most
        start += next((n + 1 for n, byte in enumerate(data[start : start + 5]) if not byte & 0x80), 5)
        read = data[start : start + LONGEST_READ]
        end = read.find(b"\0")
        left -= end if end >= 0 else len(read)
        if left < 0:
            return
        if end >= 0 or len(read) == LONGEST_READ:
            yield _modified_utf8(read[:end] if end >= 0 else read)


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
    code, find = ("utf-8", _utf8_at) if flags & _UTF8 else ("utf-16-le", _utf16_at)
    left = OVERLAP * len(data)
    for place in range(start + head, start + head + 4 * min(count, MOST_READ), 4):
        if place + 4 > len(data):
            return
        (offset,) = struct.unpack_from("<I", data, place)
        read = data[find(data, start + strings + offset)]
        left -= len(read)
        if left < 0:
            return
        yield read.decode(code, "replace")


def _utf8_at(data: bytes, at: int) -> slice:
    _, at = _length(data, at, 1)
    size, at = _length(data, at, 1)
    return slice(at, at + min(size, LONGEST_READ))


def _utf16_at(data: bytes, at: int) -> slice:
    size, at = _length(data, at, 2)
    return slice(at, at + min(2 * size, LONGEST_READ))


def _length(data: bytes, at: int, width: int) -> tuple[int, int]:
    """A length of one or two units (two where its highest bit is set), and where it ends."""
    top = 1 << (8 * width - 1)
    first = int.from_bytes(data[at : at + width], "little")
    if not first & top:
        return first, at + width
    second = int.from_bytes(data[at + width : at + 2 * width], "little")
    return ((first & (top - 1)) << (8 * width)) | second, at + 2 * width
