"""Stored records (leads, audit entries) as JSON."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from evidence.errors import StoreError

Record = TypeVar("Record")


def read_record(body: bytes | str, kind: type[Record]) -> Record:
    """Read a stored record. Raises :class:`StoreError` if it is not one."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"a stored {kind.__name__} cannot be read: {error}") from error
