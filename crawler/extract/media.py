"""Pictures and other embedded files of a page, and the words that stand in attributes in their stead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.document import Media
from crawler.extract.tags import MEDIA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.extract.resolve import Resolver

MAX_MEDIA = 5_000
SPOKEN = ("title", "placeholder", "aria-label", "data-clipboard-text", "value")
"""Attributes whose words are shown to readers."""

_SPOKEN = frozenset(SPOKEN)

Embedded = tuple[str, str, str, int, int]
"""An embedded file: address as written, kind, alternative text, width, height."""

_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "src")
_LAZY = frozenset(_SOURCES[:-1])
_SILENT_INPUTS = frozenset(("hidden", "checkbox", "radio", "password"))
_BACKGROUND = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def embedded_of(name: str, attributes: Mapping[str, str]) -> Embedded:
    """The file that an element embeds; lazy-loading attributes win over placeholders."""
    source = attributes.get("src", "")
    if not source or not _LAZY.isdisjoint(attributes):
        source = next((attributes[key] for key in _SOURCES if attributes.get(key)), "")
    if not source:
        srcset = attributes.get("srcset", "").strip(" ,")
        source = srcset.split(",")[0].split()[0] if srcset else ""
    width, height = attributes.get("width"), attributes.get("height")
    alt = attributes.get("alt", "")
    return source, MEDIA[name], alt, pixels(width) if width else 0, pixels(height) if height else 0


def find_media(elements: Sequence[Embedded], styles: Sequence[str], resolver: Resolver) -> tuple[Media, ...]:
    """Embedded files in page order, each address once, then pictures set as backgrounds in ``style``
    attributes: posters are often shown that way.
    """
    found: dict[str, Media] = {}
    for source, kind, alt, width, height in elements[:MAX_MEDIA]:
        url = resolver.absolute(source)
        if url and url not in found:
            found[url] = Media(url, kind, alt, width, height)
    addresses = [address for style in styles[:MAX_MEDIA] for address in _BACKGROUND.findall(style)]
    urls = dict.fromkeys(map(resolver.absolute, addresses))
    return (*found.values(), *(Media(url) for url in urls if url))


def spoken_of(name: str, attributes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Alternative text, tooltip (but of links), placeholder, form value, clipboard text; each with its
    place.
    """
    found = []
    if name in MEDIA and (words := spoken_alt(attributes.get("alt", ""))):
        found.append(words)
    if _SPOKEN.isdisjoint(attributes):
        return tuple(found)
    if name == "input" and attributes.get("type", "").lower() in _SILENT_INPUTS:
        return tuple(found)
    for key in SPOKEN:
        value = attributes.get(key)
        if not value or (key == "value" and name != "input") or (key == "title" and name == "a"):
            continue
        if text := " ".join(value.split()):
            found.append((text, f"{name}[{key}]"))
    return tuple(found)


def spoken_alt(alt: str) -> tuple[str, str] | None:
    """The words of an alternative text and their place."""
    words = " ".join(alt.split())
    return (words, "img[alt]") if words else None


def pixels(value: str) -> int:
    """A width or height as written; 0 where it is no number of pixels."""
    digits = value.strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else 0
