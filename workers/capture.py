"""Make the files of a capture: for a feed item the item, for a page what was sent, received and seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from crawler.page import Page
from evidence.seal import seal
from workers.pipeline import now
from workers.verdict import verdict_of

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.document import Document
    from evidence.blobs import Blobs
    from evidence.capture import Capture
    from workers.judge import Judged
    from workers.settings import Settings

WARC_MEDIA = "application/json"


@dataclass(frozen=True, slots=True)
class PageFiles:
    """What a crawl left of one page: its WARC records, its screenshot (maybe taken after), its final DOM."""

    page: Page
    warc: bytes
    screenshot: bytes = b""
    dom: bytes = b""


def capture_item(judged: Judged, blobs: Blobs, settings: Settings) -> Capture:
    """Seal a feed item: ``item.json``, ``text.txt``, ``verdict.json`` and a WARC resource record."""
    document = _document(judged)
    item = msgspec.json.encode(document)
    captured_at = now()
    place = document.url or f"urn:xiansuo:item:{document.id}"
    record, record_id = _resource(place, item, captured_at, settings.data / "tmp")
    return seal(
        {
            "item.json": item,
            "text.txt": visible_text(document).encode("utf-8", "replace"),
            "verdict.json": _verdict(judged),
            "page.warc.gz": record,
        },
        url=place,
        final_url=place,
        captured_at=captured_at,
        record=_record(
            settings, steps=f"read from an input feed; the item's own id there is {judged.item.ref}"
        ),
        blobs=blobs,
        warc_records=(record_id,),
    )


def capture_page(judged: Judged, files: PageFiles, blobs: Blobs, settings: Settings) -> Capture:
    """Seal a crawled page: its WARC records, screenshot, final DOM, visible text and verdict."""
    page = files.page
    contents: dict[str, bytes | Path] = {
        "page.warc.gz": files.warc,
        "text.txt": visible_text(_document(judged)).encode("utf-8", "replace"),
        "document.json": msgspec.json.encode(_document(judged)),
        "verdict.json": _verdict(judged),
    }
    if files.screenshot:
        contents["screenshot.png"] = files.screenshot
    if files.dom:
        contents["dom.html"] = files.dom
    chain = " -> ".join([hop.url for hop in page.hops] + [page.final_url]) if page.hops else page.final_url
    return seal(
        contents,
        url=page.url,
        final_url=page.final_url,
        captured_at=page.fetched_at,
        record=_record(
            settings,
            steps=f"GET {page.url} as {settings.crawl.user_agent}; redirects: {chain}; answer: {page.status}",
            ip=page.ip,
            tool=f"{'Chromium' if page.renderer == 'chromium' else 'Scrapy'}, WARC 1.1",
            robots=page.robots,
        ),
        blobs=blobs,
        warc_records=page.warc_records,
    )


def visible_text(document: Document) -> str:
    """The visible blocks of a document, a line each, headed by their kind."""
    return "\n".join(f"[{block.kind}] {block.text}" for block in document.blocks if block.visible) + "\n"


def settings_digest(settings: Settings) -> str:
    """SHA-256 of the settings, secrets left out, as sealed into capture records."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def _document(judged: Judged) -> Document:
    assert judged.item.document is not None  # only judged documents are captured
    return judged.item.document


def _verdict(judged: Judged) -> bytes:
    return msgspec.json.format(msgspec.json.encode(verdict_of(judged, explain=True)), indent=1)


def _record(settings: Settings, **facts: str) -> dict[str, str]:
    known = {"operator": settings.evidence.operator, "region": settings.evidence.region, **facts}
    return {
        "settings_digest": settings_digest(settings),
        **{name: value for name, value in known.items() if value},
    }


def _resource(url: str, body: bytes, at: str, folder: Path) -> tuple[bytes, str]:
    import tempfile
    from pathlib import Path

    from crawler.warc import WarcWriter

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "item.warc.gz"
        writer = WarcWriter(path)
        record_id = writer.resource(url, WARC_MEDIA, body, date=at)
        writer.close()
        return path.read_bytes(), record_id
