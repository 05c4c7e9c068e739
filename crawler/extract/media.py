"""Pictures and other embedded files of a page, and the words that stand in attributes in their stead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.document import Media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from crawler.extract.resolve import Resolver

MAX_MEDIA = 5_000
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "src")
_KINDS = {
    "img": "image",
    "iframe": "frame",
    "video": "video",
    "audio": "audio",
    "embed": "object",
    "source": "video",
}
_SPOKEN = ("title", "placeholder", "aria-label", "data-clipboard-text", "value")
_SPOKEN_QUERY = "[title]:not(a), [placeholder], [aria-label], [data-clipboard-text], input[value]"
_SILENT_INPUTS = frozenset(("hidden", "checkbox", "radio", "password"))
_BACKGROUND = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def find_media(nodes: Sequence[LexborNode], resolver: Resolver, spoken: dict[str, str]) -> tuple[Media, ...]:
    """Embedded files in page order, each address once; lazy-loading attributes win over placeholders.

    Their alternative texts are added to ``spoken``.
    """
    found: dict[str, Media] = {}
    for node in nodes[:MAX_MEDIA]:
        attributes = node.attributes
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
    for name in _SOURCES:
        if value := attributes.get(name):
            return value
    srcset = (attributes.get("srcset") or "").strip(" ,")
    return srcset.split(",")[0].split()[0] if srcset else ""


def backgrounds(root: LexborNode, resolver: Resolver) -> tuple[Media, ...]:
    """Pictures set as backgrounds in ``style`` attributes: posters are often shown that way."""
    urls = (
        resolver.absolute(address)
        for node in root.css('[style*="background" i]')[:MAX_MEDIA]
        for address in _BACKGROUND.findall(node.attributes.get("style") or "")
    )
    return tuple(Media(url) for url in dict.fromkeys(urls) if url)


def add_spoken(root: LexborNode, spoken: dict[str, str]) -> None:
    """Add tooltips, placeholders, form values and clipboard texts, each once, with the place of the first."""
    for node in root.css(_SPOKEN_QUERY)[:MAX_MEDIA]:
        attributes = node.attributes
        if node.tag == "input" and (attributes.get("type") or "").lower() in _SILENT_INPUTS:
            continue
        for name in _SPOKEN:
            value = attributes.get(name)
            if value and (text := " ".join(value.split())) and not (name == "title" and text in node.text()):
                spoken.setdefault(text, f"{node.tag}[{name}]")


def _pixels(value: str | None) -> int:
    if not value:
        return 0
    digits = value.strip().removesuffix("px")
    return int(digits) if digits.isdecimal() and len(digits) < 6 else 0
