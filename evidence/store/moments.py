"""Instants as the index keeps them: whole microseconds since 1970 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from evidence.errors import QueryError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


def microseconds(moment: str) -> int:
    """Microseconds of an RFC 3339 instant; one without offset is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return _since_epoch(parsed)


def parse_interval(text: str) -> tuple[int, int]:
    """The half-open interval a year, month, day or instant stands for, in microseconds.

    An instant stands for its one microsecond, or its one second where it names no fraction.
    """
    try:
        partial = _PARTIAL.fullmatch(text.strip())
        if partial:
            year, month, day = (int(part or 0) for part in partial.groups())
            return _calendar(year, month, day)
        start = microseconds(text.strip())
    except (ValueError, OverflowError) as error:
        raise QueryError(
            f"{text!r} is no date: write 2026, 2026-02, 2026-02-06 or an RFC 3339 instant"
        ) from error
    return start, start + (1 if "." in text else 1_000_000)


def _calendar(year: int, month: int, day: int) -> tuple[int, int]:
    start = datetime(year, month or 1, day or 1, tzinfo=UTC)
    if day:
        end = start + timedelta(days=1)
    elif month:
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    else:
        end = datetime(year + 1, 1, 1, tzinfo=UTC)
    return _since_epoch(start), _since_epoch(end)


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
