"""Pictures and other embedded files of a page, and the words that stand in attributes in their stead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.document import Block, Media

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_SPOKEN = ("title", "placeholder", "aria-label", "data-clipboard-text", "value", "label", "content")
_SPOKEN_HINT = re.compile(rb"\s(?:title|placeholder|aria-label|data-clipboard-text|value|label)\s*=", re.I)
_SPOKEN_QUERY = (
    "[title], [placeholder], [aria-label], [data-clipboard-text], input[value], optgroup[label], "
    "[itemprop][content]"
)
_SILENT_INPUTS = frozenset(("hidden", "checkbox", "radio", "password"))
_BACKGROUND = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def find_media(nodes: Sequence[LexborNode], resolver: Resolver) -> tuple[Media, ...]:
    """Embedded files in page order, each address once; lazy-loading attributes win over placeholders."""
    found: dict[str, Media] = {}
    for node in nodes[:MAX_MEDIA]:
        attributes = node.attributes
        source = next((value for name in _SOURCES if (value := attributes.get(name))), "")
        if not source and (srcset := attributes.get("srcset")):
            source = srcset.split(",")[0].split()[0] if srcset.strip(" ,") else ""
        url = resolver.absolute(source)
        if url and url not in found:
            found[url] = Media(
                url,
                _KINDS.get(node.tag or "", "image"),
                attributes.get("alt") or "",
                _pixels(attributes.get("width")),
                _pixels(attributes.get("height")),
            )
    return tuple(found.values())


def backgrounds(root: LexborNode, markup: bytes, resolver: Resolver) -> tuple[Media, ...]:
    """Pictures set as backgrounds in ``style`` attributes: posters are often shown that way."""
    if b"background" not in markup:
        return ()
    urls = (
        resolver.absolute(address)
        for node in root.css('[style*="background" i]')[:MAX_MEDIA]
        for address in _BACKGROUND.findall(node.attributes.get("style") or "")
    )
    return tuple(Media(url) for url in dict.fromkeys(urls) if url)


def alternatives(root: LexborNode, pictures: Sequence[LexborNode], markup: bytes) -> list[Block]:
    """Alt blocks: texts of pictures, tooltips, placeholders, form values and clipboard texts, each once."""
    texts: dict[str, str] = {}
    for node in pictures[:MAX_MEDIA]:
        if alt := " ".join((node.attributes.get("alt") or "").split()):
            texts.setdefault(alt, "img[alt]")
    if _SPOKEN_HINT.search(markup):
        for text, where in _spoken(root):
            texts.setdefault(text, where)
    return [Block("alt", text, where) for text, where in texts.items()]


def _spoken(root: LexborNode) -> Iterator[tuple[str, str]]:
    for node in root.css(_SPOKEN_QUERY)[:MAX_MEDIA]:
        attributes = node.attributes
        if node.tag == "input" and (attributes.get("type") or "").lower() in _SILENT_INPUTS:
            continue
        for name in _SPOKEN:
            value = attributes.get(name)
            if value and (text := " ".join(value.split())) and not (name == "title" and text in node.text()):
                yield text, f"{node.tag}[{name}]"


def _pixels(value: str | None) -> int:
    digits = re.match(r"\s*(\d{1,5})", value or "")
    return int(digits[1]) if digits else 0
