"""Reads CSV and TSV files: finds encoding, separator and columns, then a row at a time."""

from __future__ import annotations

import csv
import io
import itertools
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from crawler.errors import CrawlerError, FeedError
from crawler.extract.encoding import decode_text
from crawler.feeds.item import FeedItem
from crawler.feeds.line import Line, clean, document_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLE = 1 << 18
_SEPARATORS = ",\t;|"
_LONGEST_FIELD = 64_000_000


def read_table(stream: BinaryIO, *, name: str, separator: str = "") -> Iterator[FeedItem]:
    """Items of a table in order. Raises :class:`FeedError` where no column holds the text.

    The reference is the row's id, or ``name:line``. ``separator`` is guessed from the header when not given.
    """
    head = stream.read(_SAMPLE)
    whole = io.BufferedReader(_Rejoined(head, stream), buffer_size=1 << 20)
    text = io.TextIOWrapper(whole, encoding=_encoding(head), errors="replace", newline="")
    csv.field_size_limit(_LONGEST_FIELD)
    header_line = text.readline().lstrip("\ufeff")
    separator = separator or max(_SEPARATORS, key=header_line.count)
    header = next(csv.reader([header_line], delimiter=separator), [])
    columns = find_columns(header)
    if "text" not in columns and "html" not in columns:
        names = ", ".join(column for column in header if column.strip()) or "none"
        known = ", ".join(column_names()["text"])
        raise FeedError(f"no text column; found: {names}; name one of them: {known}", reason="missing-column")
    yield from _rows(csv.reader(text, delimiter=separator), columns, name)


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """Index of each known field in a header row."""
    places = {_plain(column): index for index, column in reversed(list(enumerate(header)))}
    found = {
        field: next((places[name] for name in names if name in places), -1)
        for field, names in column_names().items()
    }
    return {field: index for field, index in found.items() if index >= 0}


@lru_cache(maxsize=1)
def column_names() -> Mapping[str, tuple[str, ...]]:
    """Names by field, from ``columns.yaml``."""
    import yaml

    data = yaml.safe_load((files("crawler.feeds") / "columns.yaml").read_text("utf-8"))
    return {field: tuple(map(_plain, names)) for field, names in data.items()}


def _rows(reader: Iterator[list[str]], columns: Mapping[str, int], name: str) -> Iterator[FeedItem]:
    for count in itertools.count(2):
        place = f"{name}:{getattr(reader, 'line_num', count) + 2}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield FeedItem(place, error=f"row could not be read: {error}", reason="bad-row")
            continue
        if not any(row):
            continue
        values = {
            field: clean(row[index]) for field, index in columns.items() if index < len(row) and row[index]
        }
        ref = values.get("id") or place
        try:
            yield FeedItem(ref, document_of(_line(values), ref))
        except CrawlerError as error:
            yield FeedItem(place, error=str(error), reason=error.reason)


def _line(values: Mapping[str, str]) -> Line:
    try:
        return msgspec.convert(values, Line)
    except msgspec.ValidationError as error:
        raise FeedError(str(error), reason="wrong-type") from error


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "").replace("_", "").replace("-", "")


def _encoding(head: bytes) -> str:
    """Encoding of a file by its first lines; the last one is left out, for it may end inside a character."""
    whole = head[: head.rfind(b"\n") + 1] or head
    _, name = decode_text(whole)
    return "utf-8-sig" if name == "utf-8" else name


class _Rejoined(io.RawIOBase):
    """The sampled beginning of a stream and its remainder as one stream, for streams that cannot seek."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
