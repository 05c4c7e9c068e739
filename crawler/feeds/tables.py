"""Reads CSV and TSV files: finds encoding, separator and columns, then a row at a time."""

from __future__ import annotations

import csv
import io
import itertools
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from crawler.errors import CrawlerError, FeedError
from crawler.extract.encoding import decode_text
from crawler.feeds.columns import NONE, fields_of, text_columns
from crawler.feeds.item import FeedItem
from crawler.feeds.line import clean, document_of, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLE = 1 << 18
_SEPARATORS = ",\t;|"
_LONGEST_HEADER = 1_000_000
_LONGEST_FIELD = 64_000_000


def read_table(
    stream: BinaryIO, *, name: str, separator: str = "", columns: Mapping[str, str] = NONE
) -> Iterator[FeedItem]:
    """Items of a table in order. Raises :class:`FeedError` where no column holds the text.

    The reference is the row's id, or ``name:line``. ``separator`` is guessed from the header when not given;
    ``columns`` names the headings of fields, the others are found.
    """
    header, reader = open_table(stream, separator=separator)
    yield from _rows(reader, _Fields(header, text_columns(header, columns), columns), name)


def open_table(stream: BinaryIO, *, separator: str = "") -> tuple[list[str], Iterator[list[str]]]:
    """The header of a table and its rows, in the encoding and with the separator that it seems to have."""
    head = stream.read(_SAMPLE)
    whole = io.BufferedReader(_Rejoined(head, stream), buffer_size=1 << 20)
    text = io.TextIOWrapper(whole, encoding=_encoding(head), errors="replace", newline="")
    csv.field_size_limit(_LONGEST_FIELD)
    header_line = text.readline(_LONGEST_HEADER).lstrip("\ufeff")
    if len(header_line) >= _LONGEST_HEADER:
        raise FeedError("the first line is no heading of a table: it is too long", reason="missing-column")
    separator = separator or max(_SEPARATORS, key=header_line.count)
    try:
        header = next(csv.reader([header_line], delimiter=separator), [])
    except csv.Error as error:
        raise FeedError(f"the heading could not be read: {error}", reason="missing-column") from error
    return header, csv.reader(text, delimiter=separator)


class _Fields(NamedTuple):
    """Where the fields of a line stand in a row."""

    header: Sequence[str]
    found: Mapping[str, int]
    given: Mapping[str, str]

    def of(self, row: list[str]) -> dict[str, str]:
        """The fields of a row that have a value."""
        cells = {index: clean(row[index]) for index in self.found.values() if index < len(row) and row[index]}
        return fields_of(cells, self.found, self.header, self.given)


def _rows(reader: Iterator[list[str]], fields: _Fields, name: str) -> Iterator[FeedItem]:
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
        values = fields.of(row)
        ref = values.get("id") or place
        try:
            yield FeedItem(ref, document_of(line_of(values), ref))
        except CrawlerError as error:
            yield FeedItem(place, error=str(error), reason=error.reason)


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
