"""Text that a page gives beside its body: title, metadata, JSON-LD, language, canonical address."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborHTMLParser

    from crawler.extract.resolve import Resolver
    from crawler.extract.tree import Element

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
_MAX_HEAD = 1_000
_MAX_LEAVES = 5_000


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Language, ``<base>``, canonical address and the target of a ``<meta refresh>``, as written."""

    lang: str = ""
    base: str = ""
    canonical: str = ""
    refresh: str = ""

    def metadata(self, resolver: Resolver) -> dict[str, str]:
        """Only the facts that are known."""
        facts = {"lang": self.lang, "canonical": resolver.absolute(self.canonical)}
        return {key: value for key, value in facts.items() if value}


def head_of(parser: LexborHTMLParser, strayed: Sequence[Element]) -> tuple[list[Block], PageFacts]:
    """Title and metadata blocks (the same words are given once), and the facts of the page.

    ``strayed`` are elements of a head that stand in the body: browsers heed them too.
    """
    blocks: list[Block] = []
    values = {"lang": (parser.root.attributes.get("lang") or "") if parser.root else ""}
    seen: set[str] = set()
    inside = parser.head.css("title, meta, link, base") if parser.head else []
    elements = [*((node, node.attributes) for node in inside), *strayed]
    for node, attributes in elements[:_MAX_HEAD]:
        tag = node.tag
        if tag == "meta":
            block = _meta(attributes, seen)
            if block:
                blocks.append(block)
            elif (attributes.get("http-equiv") or "").lower() == "refresh":
                target = _REFRESH.search(attributes.get("content") or "")
                values.setdefault("refresh", target[1] if target else "")
        elif tag == "title":
            text = " ".join(node.text().split())
            if text and not any(block.kind == "title" for block in blocks):
                blocks.insert(0, Block("title", text, "title"))
        elif tag == "base":
            values.setdefault("base", attributes.get("href") or "")
        elif "canonical" in (attributes.get("rel") or "").lower().split():
            values.setdefault("canonical", attributes.get("href") or "")
    return blocks, PageFacts(**values)


def _meta(attributes: dict[str, str | None], seen: set[str]) -> Block | None:
    """The block of a ``<meta>`` worth reading, once for the same words."""
    name = attributes.get("name") or attributes.get("property") or ""
    if name.lower() not in _META_KEYS:
        return None
    text = " ".join((attributes.get("content") or "").split())
    if not text or text in seen:
        return None
    seen.add(text)
    attribute = "name" if attributes.get("name") else "property"
    return Block("meta", text, f'meta[{attribute}="{name}"]', visible=False)


def jsonld_blocks(parser: LexborHTMLParser) -> list[Block]:
    """One block a JSON-LD script: its strings, a line each; the script itself where it is not valid JSON."""
    scripts = [node for node in parser.css("script[type]") if "ld+json" in (node.attributes["type"] or "")]
    blocks = []
    for number, node in enumerate(scripts[:_MAX_JSONLD], 1):
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
