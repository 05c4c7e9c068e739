"""Text that a page gives beside its body: title, metadata, JSON-LD, language, canonical address."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.document import Block
from crawler.extract.feed import FEED_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_MAX_HEAD = 1_000
_MAX_LEAVES = 5_000
_MAX_FEEDS = 10


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Language, ``<base>``, canonical address, target of a ``<meta refresh>`` and feeds, as written."""

    lang: str = ""
    base: str = ""
    canonical: str = ""
    refresh: str = ""
    feeds: tuple[str, ...] = ()

    def metadata(self, resolver: Resolver) -> dict[str, str]:
        """Only the facts that are known."""
        facts = {"lang": self.lang, "canonical": resolver.absolute(self.canonical)}
        return {key: value for key, value in facts.items() if value}


def head_of(title: str, tags: Sequence[tuple[str, Mapping[str, str]]]) -> tuple[list[Block], PageFacts]:
    """Title and metadata blocks (the same words are given once), and the facts of the page.

    ``tags`` are those of a head, wherever they stand: browsers heed them in the body too.
    """
    blocks = [Block("title", title, "title")] if title else []
    values: dict[str, str] = {}
    feeds: list[str] = []
    seen: set[str] = set()
    for name, attributes in tags[:_MAX_HEAD]:
        if name == "meta":
            block = _meta(attributes, seen)
            if block:
                blocks.append(block)
            elif attributes.get("http-equiv", "").lower() == "refresh":
                target = _REFRESH.search(attributes.get("content", ""))
                values.setdefault("refresh", target[1] if target else "")
        elif name == "html":
            values.setdefault("lang", attributes.get("lang", ""))
        elif name == "base":
            values.setdefault("base", attributes.get("href", ""))
        elif name == "link":
            relation = attributes.get("rel", "").lower().split()
            if "canonical" in relation:
                values.setdefault("canonical", attributes.get("href", ""))
            elif "alternate" in relation and attributes.get("type", "").strip().lower() in FEED_TYPES:
                feeds.append(attributes.get("href", ""))
    return blocks, PageFacts(**values, feeds=tuple(feeds[:_MAX_FEEDS]))


def _meta(attributes: Mapping[str, str], seen: set[str]) -> Block | None:
    """The block of a ``<meta>`` worth reading, once for the same words."""
    name = attributes.get("name") or attributes.get("property") or ""
    if name.lower() not in _META_KEYS:
        return None
    text = " ".join((attributes.get("content", "")).split())
    if not text or text in seen:
        return None
    seen.add(text)
    attribute = "name" if attributes.get("name") else "property"
    return Block("meta", text, f'meta[{attribute}="{name}"]', visible=False)


def jsonld_blocks(scripts: Sequence[str]) -> list[Block]:
    """One block a JSON-LD script: its strings, a line each; the script itself where it is not valid JSON."""
    blocks = []
    for number, raw in enumerate(scripts[:_MAX_JSONLD], 1):
        text = "\n".join(_strings(raw)) or raw.strip()
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
