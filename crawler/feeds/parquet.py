"""Reads Parquet files where pyarrow is installed: an item a row, a batch of rows in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.errors import CrawlerError, FeedError
from crawler.feeds.columns import NONE, fields_of, text_columns
from crawler.feeds.item import FeedItem
from crawler.feeds.line import document_of, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BATCH = 1000
"""Rows read at a time."""


def read_parquet(path: Path, *, name: str, columns: Mapping[str, str] = NONE) -> Iterator[FeedItem]:
    """Items of a Parquet file in order; the reference is the row's id, or ``name:row``.

    Raises FeedError: ``missing-column``, ``unreadable``, or ``no-reader`` where pyarrow is not installed.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise FeedError(
            "Parquet needs pyarrow: pip install 'xiansuo[parquet]'", reason="no-reader"
        ) from error
    try:
        with ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            found = text_columns(header, columns)
            wanted = {index: header[index] for index in found.values()}
            number = 0
            for batch in file.iter_batches(BATCH, columns=list(wanted.values())):
                # the first of several columns of one name, as everywhere
                places = [batch.schema.get_all_field_indices(column)[0] for column in wanted.values()]
                cells = [_values(batch.column(place)) for place in places]
                for row in zip(*cells, strict=True):
                    number += 1
                    values = fields_of(dict(zip(wanted, row, strict=True)), found, header, columns)
                    yield _item(values, f"{name}:{number}")
    except ArrowException as error:
        raise FeedError(f"not a whole Parquet file: {str(error)[:200]}", reason="unreadable") from error


def _values(column: Any) -> list[Any]:
    """The values of a column, each by itself where Python cannot hold one of them."""
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    """A value as Python has it, else as text: bytes that are no UTF-8, a moment too fine or too far away."""
    from pyarrow import ArrowInvalid, string

    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return scalar.as_buffer().to_pybytes().decode("utf-8", "replace")
    except (ValueError, OverflowError):
        try:
            return scalar.cast(string()).as_py()
        except ArrowInvalid:
            return None


def _item(values: Mapping[str, Any], place: str) -> FeedItem:
    plain = {
        field: value if isinstance(value, (str, int, float)) else _text(value)
        for field, value in values.items()
        if value is not None
    }
    try:
        ref = str(plain.get("id") or place)
        return FeedItem(ref, document_of(line_of(plain), ref))
    except CrawlerError as error:
        return FeedItem(place, error=str(error), reason=error.reason)


def _text(value: Any) -> str:
    """Bytes as the UTF-8 they are, dates as ISO 8601 has them, anything else as Python writes it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
