"""Seal what proves a hit: for a feed item the item, for a page what was sent, received and seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.page import Page
from evidence.package import Package, item_package, page_package, reproduction_steps
from evidence.seal import seal
from workers.pipeline import now

if TYPE_CHECKING:
    from crawler.document import Document
    from evidence.blobs import Blobs
    from evidence.capture import Capture
    from nlp.analysis import Analysis
    from workers.judge import Judged
    from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class PageFiles:
    """What a crawl left of one page: its WARC records, its screenshot (maybe taken after), its final DOM."""

    page: Page
    warc: bytes
    screenshot: bytes = b""
    dom: bytes = b""


def capture_item(judged: Judged, blobs: Blobs, settings: Settings) -> Capture:
    """Seal a feed item: the item itself, its visible text and the verdict."""
    document, analysis = _judged(judged)
    captured_at = now()
    package = item_package(document, analysis, captured_at=captured_at, ref=judged.item.ref)
    place = document.url or f"urn:xiansuo:item:{document.id}"
    steps = reproduction_steps("item", {**package.record, "url": place, "final_url": place})
    return _seal(package, blobs, settings, urls=(place, place), captured_at=captured_at, steps=steps)


def capture_page(judged: Judged, files: PageFiles, blobs: Blobs, settings: Settings) -> Capture:
    """Seal a crawled page: its WARC records, screenshot, final DOM, visible text and verdict."""
    document, analysis = _judged(judged)
    page = files.page
    package = page_package(
        page, document, analysis, warc=files.warc, screenshot=files.screenshot, dom=files.dom
    )
    facts = {
        **package.record,
        "url": page.url,
        "final_url": page.final_url,
        "agent": settings.crawl.user_agent,
        "region": settings.evidence.region,
        "captured_at": page.fetched_at,
    }
    return _seal(
        package,
        blobs,
        settings,
        urls=(page.url, page.final_url),
        captured_at=page.fetched_at,
        steps=reproduction_steps("page", facts),
    )


def settings_digest(settings: Settings) -> str:
    """SHA-256 of the settings as sealed into capture records; secrets count as their masks only."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def _seal(
    package: Package,
    blobs: Blobs,
    settings: Settings,
    *,
    urls: tuple[str, str],
    captured_at: str,
    steps: str,
) -> Capture:
    return seal(
        package.files,
        url=urls[0],
        final_url=urls[1],
        captured_at=captured_at,
        record={
            **package.record,
            "operator": settings.evidence.operator,
            "region": settings.evidence.region,
            "settings_digest": settings_digest(settings),
            "steps": steps,
        },
        blobs=blobs,
        warc_records=package.warc_records,
    )


def _judged(judged: Judged) -> tuple[Document, Analysis]:
    assert judged.item.document is not None  # only what was judged is captured
    assert judged.analysis is not None
    return judged.item.document, judged.analysis
