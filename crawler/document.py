"""What extraction produces: a document of blocks, and the links, pictures, ad slots and listing in it.

These types travel between processes as JSON (msgspec reads and writes them), so they hold only plain values.
A page has hundreds of blocks, links and pictures: those are structs, which are made six times as fast as
frozen dataclasses.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from crawler.page import Hop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BlockKind = Literal["title", "heading", "body", "nav", "comment", "ad", "alt", "meta", "jsonld", "ocr", "qr"]
Source = Literal["web", "app", "ad", "post", "file"]
Surface = Literal[
    "account",
    "comment",
    "group",
    "live",
    "video",
    "local",
    "search",
    "commerce",
    "minors",
    "app_listing",
    "advert",
    "page",
]
"""Where content was shown: eight surfaces of the CAC 2024 external-link campaign, and ours."""


class Block(Struct, frozen=True, gc=False):
    """A run of text with one role on the page. ``where`` is a CSS path or a pixel box ``x,y,w,h``."""

    kind: BlockKind
    text: str
    where: str = ""
    visible: bool = True


class Link(Struct, frozen=True, gc=False):
    """A link as found: absolute URL, anchor text, ``rel`` words, number of its block (-1: none)."""

    url: str
    text: str = ""
    rel: str = ""
    block: int = -1


class Media(Struct, frozen=True, gc=False):
    """A picture or other embedded file. ``digest`` is the SHA-256 of its bytes once fetched."""

    url: str
    kind: str = "image"
    alt: str = ""
    width: int = 0
    height: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class AdSlot:
    """An advertising place on a page: the rule that found it, its creative, click target and landing page."""

    rule: str
    where: str
    html: str = ""
    text: str = ""
    advertiser: str = ""
    click_url: str = ""
    hops: tuple[Hop, ...] = ()
    landing_url: str = ""
    landing_digest: str = ""
    picture: str = ""
    box: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Listing:
    """An app as a store shows it. Empty strings say "not found on the page"."""

    store: str
    app_id: str
    name: str
    package: str = ""
    developer: str = ""
    description: str = ""
    version: str = ""
    updated: str = ""
    category: str = ""
    icon: str = ""
    url: str = ""
    filing_no: str = ""
    signing_fingerprint: str = ""
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to judge. ``id`` is a content hash, made by :func:`document_id`."""

    id: str
    source: Source
    surface: Surface
    url: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    media: tuple[Media, ...] = ()
    ad_slots: tuple[AdSlot, ...] = ()
    listing: Listing | None = None
    published_at: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The first title block's text, or an empty string."""
        return next((block.text for block in self.blocks if block.kind == "title"), "")


def _behind(link: Link, blocks: int) -> Link:
    return structs.replace(link, block=link.block + blocks) if link.block >= 0 else link


def preceded(page: Document, first: Sequence[Block], *, place: str = "") -> Document:
    """``page`` behind other blocks, and so with another id: over ``place`` (its URL where none is given)."""
    blocks = (*first, *page.blocks)
    return replace(
        page,
        id=document_id(place or page.url, blocks),
        blocks=blocks,
        links=tuple(_behind(link, len(first)) for link in page.links),
    )


def document_id(place: str, blocks: Iterable[Block]) -> str:
    """Content hash of a document: 32 hex digits over its place (URL or feed id) and its blocks."""
    hashed = place + "".join([f"\x1e{block.kind}\x1f{block.text}" for block in blocks])
    return hashlib.sha256(hashed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def make_document(
    *,
    source: Source,
    blocks: Iterable[Block],
    url: str = "",
    surface: Surface = "page",
    place: str = "",
    metadata: dict[str, str] | None = None,
) -> Document:
    """A document of blocks alone; its id is hashed from ``place`` (the URL where none is given) and them."""
    kept = tuple(blocks)
    return Document(
        document_id(place or url, kept),
        source,
        surface,
        url,
        kept,
        metadata=metadata or {},
    )
