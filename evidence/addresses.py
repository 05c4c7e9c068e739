"""Addresses of stores as they may be shown."""

from __future__ import annotations


def shown(address: str) -> str:
    """An address, or several with commas, without user names and passwords: messages end up in logs."""
    return ",".join(_shown(one) for one in address.split(","))


def _shown(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else address
