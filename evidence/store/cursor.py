"""Page cursors: opaque to callers, tied to the query they continue."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec

from evidence.errors import QueryError

if TYPE_CHECKING:
    from evidence.store.protocol import Query

Key = tuple[float | int | str, ...]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended.

    ``after`` is the last result's sort key, ``snapshot`` what keeps the result set still (a point in time or
    the last row), ``weights`` the term weights of the first page, ``query`` a digest of the query.
    """

    after: Key
    snapshot: str
    weights: tuple[float, ...]
    query: str


def write_cursor(query: Query, *, after: Key, snapshot: str, weights: tuple[float, ...] = ()) -> str:
    """The text of a cursor that continues ``query`` after a sort key."""
    cursor = Cursor(after, snapshot, weights, _digest(query))
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(query: Query) -> Cursor | None:
    """The cursor of a query, None on a first page. Raises :class:`QueryError` if it is of another query."""
    if not query.cursor:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(padded.encode("ascii")), type=Cursor)
    except (ValueError, msgspec.DecodeError) as error:
        raise QueryError("the cursor cannot be read: start again from the first page") from error
    if cursor.query != _digest(query):
        raise QueryError("the cursor belongs to another query: start again from the first page")
    return cursor


def _digest(query: Query) -> str:
    parts = msgspec.json.encode((query.text, query.filters, query.since, query.until, query.sort))
    return hashlib.sha256(parts).hexdigest()[:16]
