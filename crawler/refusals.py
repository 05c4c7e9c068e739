"""Pages shown in place of the one that was asked for: challenges and blocks by country, called what they are.

Nothing is done to get past them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PEEK_BYTES = 65_536
LONGEST_PAGE = 20_000
"""Bytes above which an answer that is no error is a page of its own, whatever it quotes."""

SENTENCES = {
    "challenge": "the server answered {status} with a check for people in place of the page",
    "geo-blocked": "the server answered {status}: it shows the page to other countries alone",
}


@dataclass(frozen=True, slots=True)
class _Sign:
    reason: str
    status: frozenset[int]
    headers: tuple[tuple[str, str], ...]
    text: re.Pattern[str]


@cache
def _signs() -> tuple[_Sign, ...]:
    import yaml

    read = yaml.safe_load((files("crawler") / "data" / "refusals.yaml").read_text("utf-8"))
    return tuple(
        _Sign(
            one["reason"],
            frozenset(one["status"]),
            tuple((one.get("headers") or {}).items()),
            re.compile("|".join(f"(?:{text})" for text in one["text"]), re.IGNORECASE),
        )
        for one in read
    )


def refusal_of(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    """The reason (``challenge``, ``geo-blocked``) an answer is no page of its site; empty where it is one."""
    if status < 400 and len(body) > LONGEST_PAGE:
        return ""
    pairs = [(name.lower(), value.lower()) for name, value in headers]
    start = ""
    for sign in _signs():
        if status not in sign.status:
            continue
        if any(name == wanted and part in value for wanted, part in sign.headers for name, value in pairs):
            return sign.reason
        start = start or body[:_PEEK_BYTES].decode("utf-8", "replace")
        if sign.text.search(start):
            return sign.reason
    return ""
