"""Time as evidence writes it: UTC in RFC 3339 with ``Z``, and Beijing time beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Answers the present moment as an aware datetime; handed in so that tests can fix it."""

BEIJING = timezone(timedelta(hours=8), "Beijing")


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """UTC in RFC 3339, to the second, ending in ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_moment(text: str) -> datetime | None:
    """An aware datetime from RFC 3339 or a plain date (read as UTC), or None where it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_beijing(text: str) -> str:
    """An RFC 3339 moment in Beijing time, or an empty string where it cannot be read."""
    moment = parse_moment(text)
    return moment.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M:%S+08:00") if moment else ""


def beijing_date(text: str) -> date | None:
    """The calendar day in Beijing: legal effect turns over at midnight there, not in Greenwich."""
    moment = parse_moment(text)
    return moment.astimezone(BEIJING).date() if moment else None
