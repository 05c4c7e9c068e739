"""Text that a page gives beside its body: title, metadata, JSON-LD, language, canonical address."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Block, Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser

    from crawler.extract.resolve import Resolver

_META_KEYS = frozenset(
    (
        "description",
        "keywords",
        "author",
        "og:title",
        "og:description",
        "og:site_name",
        "twitter:title",
        "twitter:description",
        "abstract",
        "subject",
        "application-name",
        "apple-mobile-web-app-title",
    )
)
_REFRESH = re.compile(r"url\s*=\s*[\"']?([^\"'>]+)", re.I)
_MAX_JSONLD = 50
_MAX_LEAVES = 5_000


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Language, canonical address and the address a ``<meta refresh>`` sends to, as written."""

    lang: str = ""
    canonical: str = ""
    refresh: str = ""

    def links(self, resolver: Resolver) -> list[Link]:
        """The refresh as a link: it sends readers elsewhere without their doing."""
        target = resolver.absolute(self.refresh)
        return [Link(target, rel="refresh")] if target else []

    def metadata(self, resolver: Resolver) -> dict[str, str]:
        """Only the facts that are known."""
        facts = {"lang": self.lang, "canonical": resolver.absolute(self.canonical)}
        return {key: value for key, value in facts.items() if value}


def page_facts(parser: LexborHTMLParser, markup: bytes) -> PageFacts:
    """Facts from ``<html lang>``, ``<link rel=canonical>`` and ``<meta http-equiv=refresh>``."""
    root = parser.root
    lang = (root.attributes.get("lang") or "") if root else ""
    canonical = parser.css_first('link[rel~="canonical"]') if b"canonical" in markup else None
    refresh = parser.css_first('meta[http-equiv="refresh" i]') if b"refresh" in markup.lower() else None
    target = _REFRESH.search(refresh.attributes.get("content") or "") if refresh else None
    return PageFacts(
        lang, (canonical.attributes.get("href") or "") if canonical else "", target[1] if target else ""
    )


def head_blocks(parser: LexborHTMLParser) -> Iterator[Block]:
    """Title and metadata blocks; the same words in several metadata are given once."""
    head = parser.head
    if head is None:
        return
    title = head.css_first("title")
    if title and (text := " ".join(title.text().split())):
        yield Block("title", text, "title")
    seen: set[str] = set()
    for node in head.css("meta[content]"):
        attributes = node.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        text = " ".join((attributes.get("content") or "").split())
        if name.lower() in _META_KEYS and text and text not in seen:
            seen.add(text)
            attribute = "name" if attributes.get("name") else "property"
            yield Block("meta", text, f'meta[{attribute}="{name}"]', visible=False)


def jsonld_blocks(parser: LexborHTMLParser, markup: bytes) -> list[Block]:
    """One block a JSON-LD script: its strings, a line each; the script itself where it is not valid JSON."""
    if b"ld+json" not in markup:
        return []
    blocks = []
    for number, node in enumerate(parser.css('script[type*="ld+json"]')[:_MAX_JSONLD], 1):
        raw = node.text().strip()
        text = "\n".join(_strings(raw)) or raw
        if text:
            blocks.append(
                Block("jsonld", text, f'script[type*="ld+json"]:nth-of-type({number})', visible=False)
            )
    return blocks


def _strings(raw: str) -> list[str]:
    """String values of a JSON text in order, without vocabulary (``@type`` and such); empty if it is no
    JSON.
    """
    try:
        value = json.loads(raw, strict=False)
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < _MAX_LEAVES:
        here = waiting.pop()
        if isinstance(here, str):
            found.append(here)
        elif isinstance(here, list):
            waiting.extend(reversed(here))
        elif isinstance(here, dict):
            waiting.extend(reversed([child for key, child in here.items() if not key.startswith("@")]))
    return [text for text in (" ".join(text.split()) for text in found) if text]
