"""Pictures and other embedded files of a page, and the words that stand in attributes in their stead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.document import Media
from crawler.extract.tree import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.extract.resolve import Resolver
    from crawler.extract.tree import Element, Tree

MAX_MEDIA = 5_000
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "src")
_LAZY = frozenset(_SOURCES[:-1])
_KINDS = {
    "img": "image",
    "iframe": "frame",
    "video": "video",
    "audio": "audio",
    "embed": "object",
    "source": "video",
}
_SILENT_INPUTS = frozenset(("hidden", "checkbox", "radio", "password"))
_BACKGROUND = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def find_media(elements: Sequence[Element], resolver: Resolver, spoken: dict[str, str]) -> tuple[Media, ...]:
    """Embedded files in page order, each address once; lazy-loading attributes win over placeholders.

    Their alternative texts are added to ``spoken``.
    """
    found: dict[str, Media] = {}
    for node, attributes in elements[:MAX_MEDIA]:
        alt = attributes.get("alt")
        if alt and (text := " ".join(alt.split())):
            spoken.setdefault(text, "img[alt]")
        url = resolver.absolute(_source(attributes))
        if url and url not in found:
            kind = _KINDS.get(node.tag or "", "image")
            width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
            found[url] = Media(url, kind, alt or "", width, height)
    return tuple(found.values())


def _source(attributes: dict[str, str | None]) -> str:
    source = attributes.get("src")
    if source and _LAZY.isdisjoint(attributes):
        return source
    for name in _SOURCES:
        if value := attributes.get(name):
            return value
    srcset = (attributes.get("srcset") or "").strip(" ,")
    return srcset.split(",")[0].split()[0] if srcset else ""


def backgrounds(tree: Tree, resolver: Resolver) -> tuple[Media, ...]:
    """Pictures set as backgrounds in ``style`` attributes: posters are often shown that way."""
    styles = [attributes["style"] or "" for _, attributes in tree.having["style"]]
    urls = (
        resolver.absolute(address)
        for style in styles[:MAX_MEDIA]
        if "background" in style.lower()
        for address in _BACKGROUND.findall(style)
    )
    return tuple(Media(url) for url in dict.fromkeys(urls) if url)


def add_spoken(tree: Tree, spoken: dict[str, str]) -> None:
    """Add tooltips, placeholders, form values and clipboard texts, each once, with the place of the first."""
    for node, attributes in tree.spoken[:MAX_MEDIA]:
        tag = node.tag
        if tag == "input" and (attributes.get("type") or "").lower() in _SILENT_INPUTS:
            continue
        for name in SPOKEN:
            value = attributes.get(name)
            if not value or (name == "value" and tag != "input"):
                continue
            if (text := " ".join(value.split())) and not (name == "title" and text in node.text()):
                spoken.setdefault(text, f"{tag}[{name}]")


def _pixels(value: str | None) -> int:
    if not value:
        return 0
    digits = value.strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else 0
