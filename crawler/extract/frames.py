"""Pages that stand in a frame's ``srcdoc`` attribute: readers see them as part of the page around them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from crawler.document import Block, Link, document_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.document import Document

WHERE = "iframe[srcdoc]"


def with_frames(page: Document, frames: Sequence[tuple[Document, bool]]) -> Document:
    """``page`` with what its frames show behind its own; blocks of a frame that is an advert are adverts."""
    blocks, links = list(page.blocks), list(page.links)
    for frame, advert in frames:
        first = len(blocks)
        blocks += (_framed(block, advert=advert) for block in frame.blocks)
        links += (_behind(link, first) for link in frame.links)
    return replace(
        page,
        id=document_id(page.url, blocks),
        blocks=tuple(blocks),
        links=tuple(links),
        media=(*page.media, *(one for frame, _ in frames for one in frame.media)),
        ad_slots=(*page.ad_slots, *(slot for frame, _ in frames for slot in frame.ad_slots)),
    )


def _framed(block: Block, *, advert: bool) -> Block:
    kind = "ad" if advert and block.kind in ("body", "heading", "title", "nav") else block.kind
    return structs.replace(block, kind=kind, where=f"{WHERE} {block.where}".strip())


def _behind(link: Link, first: int) -> Link:
    return structs.replace(link, block=link.block + first) if link.block >= 0 else link
