"""App listings: from a store's page, a store's answer, an app's id, or an APK file, to documents with a
:class:`Listing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.document import Block, BlockKind, Document, Listing, make_document, preceded
from crawler.errors import CrawlerError, ExtractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.job import PageOutcome
    from crawler.settings import CrawlSettings

_APPLE_ID = re.compile(r"(?:id)?(\d{6,12})")
_ID = re.compile(r"\w[\w.]{0,200}")
_PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z_]\w*){1,8}")
NUMBER_STORE, PACKAGE_STORE = "app-store", "yingyongbao"
"""Stores that are asked for a bare number, and for a bare package name."""
APK = ".apk"


@dataclass(frozen=True, slots=True)
class Opened:
    """A body as text, its visible lines, and its document (without blocks where it is a JSON answer)."""

    markup: str
    lines: tuple[str, ...]
    page: Document


def read_listing(body: bytes, url: str, *, content_type: str = "") -> Document:
    """The document of an app listing: blocks for name, developer and description, then the page's own.

    ``body`` is a store's page or JSON answer. Raises :class:`ExtractError` (``no-listing`` where there is no
    app).
    """
    from crawler.extract.listing import find_listing

    opened = open_body(body, url, content_type=content_type)
    listing = find_listing(opened.markup, url=url, lines=opened.lines)
    if listing is None:
        raise ExtractError("no app listing found", reason="no-listing")
    return listing_document(listing, opened.page)


def open_body(body: bytes, url: str, *, content_type: str = "") -> Opened:
    """A store's page or JSON answer, ready for the parsers."""
    from crawler.extract.encoding import decode_text
    from crawler.extract.html import extract_html

    text, encoding = decode_text(body, content_type)
    if text.lstrip()[:1] in ("{", "["):
        page = make_document(
            source="app", surface="app_listing", blocks=(), url=url, metadata={"encoding": encoding}
        )
    else:
        page = extract_html(body, url=url, content_type=content_type, source="app", surface="app_listing")
    lines = [line for block in page.blocks if block.kind != "jsonld" for line in block.text.splitlines()]
    return Opened(text, tuple(lines), page)


def listing_document(listing: Listing, page: Document) -> Document:
    """``page`` with the listing, and the listing's own texts as its first blocks."""
    parts: tuple[tuple[BlockKind, str, str], ...] = (
        ("title", listing.name, "listing.name"),
        ("body", listing.developer, "listing.developer"),
        ("body", listing.description, "listing.description"),
    )
    first = tuple(Block(kind, text, where) for kind, text, where in parts if text)
    return replace(
        preceded(page, first),
        source="app",
        surface="app_listing",
        listing=listing,
        published_at=listing.updated,
    )


def target_url(target: str) -> str:
    """The address of a target: itself, or the page of ``store:id``, an App Store number, a package name.

    Raises :class:`CrawlerError` (``bad-target``) for anything else.
    """
    if target.lower().startswith(("http://", "https://")):
        return target
    store, _, app = target.strip().rpartition(":")
    if not store and (found := _APPLE_ID.fullmatch(app)):
        store, app = NUMBER_STORE, found[1]
    elif not store and _PACKAGE.fullmatch(app):
        store = PACKAGE_STORE
    template = _pages().get(store, "")
    if template and _ID.fullmatch(app):
        return template.format(app)
    shown = target[:80]
    raise CrawlerError(
        f"{shown} is neither an address, an App Store number, a package name, nor store:id with a store of "
        f"{', '.join(_pages())}",
        reason="bad-target",
    )


def _pages() -> dict[str, str]:
    from crawler.extract.listing import load_parsers

    return {parser.store: parser.page for parser in load_parsers() if parser.page}


def collect_listings(
    targets: Iterable[str], *, settings: CrawlSettings, directory: Path | None = None
) -> Iterator[PageOutcome]:
    """An outcome for each target, in order: the listing's document, or the reason why there is none.

    With ``directory`` the exchanges and outcomes are left there as a crawl job leaves them.
    """
    from crawler.collect import Collector, check_status
    from crawler.job import PageOutcome

    with Collector(settings, directory) as collector:
        for target in targets:
            page = None
            try:
                if target.lower().endswith(APK) and "://" not in target:
                    document = _read_file(target)
                else:
                    fetched = collector.fetch(target_url(target))
                    page = fetched.page
                    check_status(page)
                    document = read_listing(fetched.body, page.final_url, content_type=fetched.content_type)
                outcome = PageOutcome(target, page, document)
            except CrawlerError as error:
                outcome = PageOutcome(target, page, None, error.reason, str(error))
            yield collector.put(outcome)


def _read_file(target: str) -> Document:
    from pathlib import Path

    from crawler.extract.apk import read_apk

    path = Path(target)
    if not path.is_file():
        raise CrawlerError(f"{target[:80]} is no file", reason="not-found")
    return read_apk(path, name=target)
