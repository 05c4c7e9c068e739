"""Says where an element stands, as a short CSS selector."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(r"[A-Za-z_][\w-]{0,60}")


@lru_cache(maxsize=8192)
def selector_of(tag: str, name: str, classes: str) -> str:
    """``tag#id``, or ``tag`` with up to two classes; names that would need escaping are left out."""
    if _PLAIN.fullmatch(name):
        return f"{tag}#{name}"
    return ".".join([tag, *[word for word in classes.split() if _PLAIN.fullmatch(word)][:2]])
