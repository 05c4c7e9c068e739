"""Reads one tag as written, as browsers do."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_NAME: Final = r"/?[a-zA-Z][^\s/>]*+"
_VALUE: Final = r"""\s*+=\s*+(?:"[^"]*+(?:"{end})|'[^']*+(?:'{end})|(?!["'])[^\s>]*+)"""
_TAG: Final = rf"{_NAME}(?:[\s/]++|[^\s/>][^\s/>=]*+(?:{_VALUE}|(?!\s*+=)))*+"
TAG = re.compile(f"<({_TAG.replace('{end}', '|' + chr(92) + 'Z')})(?:>|" + r"\Z)")
"""A tag. One whose quotes are not closed reaches to the end of the page."""

_WHOLE = re.compile(_TAG.replace("{end}", ""))
_ATTRIBUTE = re.compile(
    r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|(?!["'])([^\s>]*+)))?+"""
)
_FIRST = re.compile(r"([a-z][a-z0-9-]*)\s+([a-z][\w:.-]*)=")
_NEXT = re.compile(r"\s+([a-z][\w:.-]*)=")
_LAST = re.compile(r"\s*/?")
_PLAIN = re.compile(r"([a-z][a-z0-9-]*)\s*/?")

Form = tuple[str, tuple[str, ...]]
"""What tags have in common that differ in their values only: name and names of the attributes."""


def read_tag(tag: str) -> tuple[str, dict[str, str]] | None:
    """Name and attributes of an opening tag, given without its brackets; ``None`` if it does not end there.

    The first of equal names counts; values are resolved.
    """
    if not _WHOLE.fullmatch(tag):
        return None
    name = re.split(r"[\s/]", tag, maxsplit=1)[0]
    attributes: dict[str, str] = {}
    for key, double, single, bare in _ATTRIBUTE.findall(tag, len(name)):
        attributes.setdefault(key.lower(), unescape(double or single or bare))
    return name.lower(), attributes


def is_whole(tag: str) -> bool:
    """Whether a tag ends there, and not within a quoted value."""
    return _WHOLE.fullmatch(tag) is not None


def form_of(shape: tuple[str, ...]) -> Form | None:
    """The form of a tag that was cut at its double quotes, of which ``shape`` is every second part; ``None``
    if it is not written as usual: names, and values in double quotes.
    """
    if len(shape) == 1:
        plain = _PLAIN.fullmatch(shape[0])
        return (plain[1], ()) if plain else None
    first, *rest = _FIRST.fullmatch(shape[0]), *map(_NEXT.fullmatch, shape[1:-1])
    if not first or not all(rest) or not _LAST.fullmatch(shape[-1]):
        return None
    names = (first[2], *(part[1] for part in rest if part))
    return (first[1], names) if len(set(names)) == len(names) else None
