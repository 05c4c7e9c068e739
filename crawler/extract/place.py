"""Says where an element stands, as a short CSS selector."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_PLAIN = re.compile(r"[A-Za-z_][\w-]{0,60}")


def selector_of(node: LexborNode) -> str:
    """``tag#id``, or ``tag`` with up to two classes; names that would need escaping are left out."""
    attributes = node.attributes
    tag = node.tag or "*"
    name = attributes.get("id") or ""
    if _PLAIN.fullmatch(name):
        return f"{tag}#{name}"
    classes = [word for word in (attributes.get("class") or "").split() if _PLAIN.fullmatch(word)]
    return ".".join([tag, *classes[:2]])
