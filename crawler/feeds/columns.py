"""Which heading of a table, or which key of an object, holds which field of an input line."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, get_args

from crawler.document import Surface
from crawler.errors import FeedError
from crawler.feeds.line import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")

NONE: Mapping[str, str] = MappingProxyType({})
"""No heading is given: all are found by their names."""

_ALLOWED = {"kind": frozenset(get_args(Kind)), "surface": frozenset(get_args(Surface))}
_SHOWN = 20


def find_columns(header: Sequence[str], given: Mapping[str, str] = NONE) -> dict[str, int]:
    """Index of each known field in a header: that of the heading ``given`` for it, else of a usual name.

    Raises FeedError (``missing-column``) where a given heading is not there.
    """
    places = {_plain(column): index for index, column in reversed(list(enumerate(header)))}
    found = {}
    for field, names in column_names().items():
        if field in given:
            found[field] = _given(header, places, given[field])
        elif (index := _usual(places, names)) >= 0:
            found[field] = index
    return found


def text_columns(
    header: Sequence[str], given: Mapping[str, str] = NONE, *, reason: str = "missing-column"
) -> dict[str, int]:
    """As :func:`find_columns`; raises FeedError (``reason``) where none holds text or markup."""
    found = find_columns(header, given)
    if "text" not in found and "html" not in found:
        raise FeedError(
            f"no text column; found: {_listed(header)}; say which it is with --column text=NAME",
            reason=reason,
        )
    return found


def fields_of(
    row: Mapping[int, T], columns: Mapping[str, int], header: Sequence[str], given: Mapping[str, str]
) -> dict[str, T]:
    """The fields that a row has. A kind or surface of another vocabulary than ours is left out.

    ``row`` has the values by the numbers of their columns.
    """
    out = {}
    for field, index in columns.items():
        if index not in row:
            continue
        foreign = field in _ALLOWED and str(row[index]) not in _ALLOWED[field]
        if not foreign or field in given or _plain(header[index]) == field:
            out[field] = row[index]
    return out


def renamed(value: Mapping[str, T], given: Mapping[str, str]) -> dict[str, T]:
    """An object with the keys that an input line has; it may lack any but those of text and markup.

    Raises FeedError (``missing-text``).
    """
    header = list(value)
    there = {field: name for field, name in given.items() if name in value or field == "text"}
    try:
        columns = text_columns(header, there, reason="missing-text")
    except FeedError as error:
        raise FeedError(str(error), reason="missing-text") from error
    return fields_of(dict(enumerate(value.values())), columns, header, there)


@lru_cache(maxsize=1)
def column_names() -> Mapping[str, tuple[str, ...]]:
    """Names by field, from ``columns.yaml``."""
    import yaml

    data = yaml.safe_load((files("crawler.feeds") / "columns.yaml").read_text("utf-8"))
    return {field: tuple(map(_plain, names)) for field, names in data.items()}


def _given(header: Sequence[str], places: Mapping[str, int], name: str) -> int:
    if name in header:
        return header.index(name)
    if (index := places.get(_plain(name), -1)) < 0:
        raise FeedError(f"no column {name!r}; found: {_listed(header)}", reason="missing-column")
    return index


def _usual(places: Mapping[str, int], names: Sequence[str]) -> int:
    for name in names:
        if name in places:
            return places[name]
        if "*" in name:
            for place, index in places.items():
                if fnmatchcase(place, name):
                    return index
    return -1


def _listed(header: Sequence[str]) -> str:
    names = [column.strip()[:60] for column in header if column.strip()]
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "") if names else "none"


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "").replace("_", "").replace("-", "")
