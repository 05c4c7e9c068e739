"""RSS and Atom feeds as documents: title and summary of each entry as blocks, its address as a link."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.document import Block, Link, make_document
from crawler.errors import ExtractError, FetchError
from crawler.urls import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from crawler.document import Document

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_ROOTS = re.compile(rb"<(?:rss|(?:\w+:)?feed|rdf:RDF)[\s>]")
_ENTRIES = frozenset({"item", "entry"})
_TEXTS = frozenset({"description", "summary", "content", "encoded", "subtitle"})
_MOST_ENTRIES = 2_000
_PEEK_BYTES = 1_024


def is_feed(body: bytes, content_type: str) -> bool:
    """Whether a body is a feed: by its type, or as XML by its root."""
    media = content_type.partition(";")[0].strip().lower()
    if media in FEED_TYPES:
        return True
    start = body[:_PEEK_BYTES]
    return (media.endswith("xml") or start.lstrip().startswith(b"<?xml")) and bool(_ROOTS.search(start))


def extract_feed(body: bytes, *, url: str) -> Document:
    """A feed's texts and links, in its order. Entities are not resolved and nothing is fetched.

    Raises ExtractError (``extract-failed``) where it cannot be read as XML.
    """
    blocks: list[Block] = []
    links: list[Link] = []
    for title, texts, targets in _parts(body):
        if title:
            blocks.append(Block("heading" if links or blocks else "title", title, "feed"))
        for text in texts:
            blocks += _read(text, url, links)
        for target in targets:
            try:
                links.append(Link(clean_url(target, base=url), title, "feed", len(blocks) - 1))
            except FetchError:
                continue
    return replace(make_document(source="web", url=url, blocks=blocks), links=tuple(links))


def _parts(body: bytes) -> Iterator[tuple[str, list[str], list[str]]]:
    """Title, texts and addresses: of the feed itself, then of each entry."""
    import lxml.etree

    parser = lxml.etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = lxml.etree.fromstring(body, parser)
    except (lxml.etree.XMLSyntaxError, ValueError) as error:
        raise ExtractError("a feed that cannot be read as XML", reason="extract-failed") from error
    if root is None:
        raise ExtractError("a feed without content", reason="extract-failed")
    channel = next((one for one in root if _name(one) == "channel"), root)
    yield _facts(channel)
    entries = (one for one in root.iter() if _name(one) in _ENTRIES)
    for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False):
        yield _facts(entry)


def _facts(element: _Element) -> tuple[str, list[str], list[str]]:
    title, texts, targets = "", [], []
    for child in element:
        name = _name(child)
        if name == "title":
            title = title or " ".join("".join(map(str, child.itertext())).split())
        elif name in _TEXTS and (text := "".join(map(str, child.itertext())).strip()):
            texts.append(text)
        elif name == "link" and child.get("rel", "alternate") in ("alternate", "next", "related"):
            targets.append(str(child.get("href") or child.text or "").strip())
        elif name == "guid" and child.get("isPermaLink") == "true":
            targets.append((child.text or "").strip())
    return title, texts, list(dict.fromkeys(filter(None, targets)))


def _read(text: str, url: str, links: list[Link]) -> list[Block]:
    """The blocks of a summary, which is text or markup; its links are added to ``links``."""
    if "<" not in text:
        return [Block("body", text, "feed")]
    from crawler.extract.html import extract_html

    inner = extract_html(text.encode("utf-8", "replace"), url=url, content_type="text/html; charset=utf-8")
    links += [Link(one.url, one.text, one.rel) for one in inner.links]
    return list(inner.blocks)


def _name(element: _Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
