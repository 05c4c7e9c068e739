"""Says where an element stands, as a short CSS selector."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.extract.tree import Element

_PLAIN = re.compile(r"[A-Za-z_][\w-]{0,60}")


def selector_of(element: Element) -> str:
    """``tag#id``, or ``tag`` with up to two classes; names that would need escaping are left out."""
    node, attributes = element
    return _selector(node.tag or "*", attributes.get("id") or "", attributes.get("class") or "")


@lru_cache(maxsize=8192)
def _selector(tag: str, name: str, classes: str) -> str:
    if _PLAIN.fullmatch(name):
        return f"{tag}#{name}"
    return ".".join([tag, *[word for word in classes.split() if _PLAIN.fullmatch(word)][:2]])
