"""Make the files of a capture: for a feed item the item, for a page what was sent, received and seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from crawler.page import Page
from evidence.seal import Sealing
from workers.facts import (
    base_facts,
    connection_facts,
    item_facts,
    page_facts,
    seeing_settings,
    version_facts,
)
from workers.pipeline import now
from workers.verdict import verdict_of

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.document import Document
    from workers.judge import Judged
    from workers.settings import Settings

WARC_MEDIA = "application/json"


@dataclass(frozen=True, slots=True)
class PageFiles:
    """What a crawl left of one page: its WARC records, its screenshot (maybe taken after), its final DOM.

    ``screenshot_at`` says when the screenshot was taken where that was after the fetch; ``browser`` names the
    browser and its version where one was used.
    """

    page: Page
    warc: bytes
    screenshot: bytes = b""
    dom: bytes = b""
    screenshot_at: str = ""
    browser: str = ""


def capture_item(judged: Judged, settings: Settings) -> Sealing:
    """A feed item to seal: ``item.json``, ``text.txt``, ``verdict.json`` and a WARC resource record.

    One that was fetched by its address is a page, with the exchange as its proof.
    """
    if judged.item.page is not None:
        return capture_page(judged, PageFiles(judged.item.page, judged.item.warc), settings)
    document = _document(judged)
    item = msgspec.json.encode(document)
    captured_at = now()
    place = document.url or f"urn:xiansuo:item:{document.id}"
    record, record_id = _resource(place, item, captured_at, settings.data / "tmp")
    return Sealing(
        {
            "item.json": item,
            "text.txt": visible_text(document).encode("utf-8", "replace"),
            "verdict.json": _verdict(judged),
            "page.warc.gz": record,
            "settings.json": seeing_settings(settings),
        },
        url=place,
        final_url=place,
        captured_at=captured_at,
        record=_known(base_facts(settings) | version_facts(judged.analysis) | item_facts(judged.item.ref)),
        warc_records=(record_id,),
    )


def capture_page(judged: Judged, files: PageFiles, settings: Settings) -> Sealing:
    """A crawled page to seal: its WARC records, screenshot, final DOM, visible text and verdict."""
    page = files.page
    contents: dict[str, bytes | Path] = {
        "page.warc.gz": files.warc,
        "text.txt": visible_text(_document(judged)).encode("utf-8", "replace"),
        "document.json": msgspec.json.encode(_document(judged)),
        "verdict.json": _verdict(judged),
        "settings.json": seeing_settings(settings),
    }
    if files.screenshot:
        contents["screenshot.png"] = files.screenshot
    if files.dom:
        contents["dom.html"] = files.dom
    facts = page_facts(
        page,
        user_agent=settings.crawl.user_agent,
        browser=files.browser,
        screenshot_at=files.screenshot_at,
    )
    return Sealing(
        contents,
        url=page.url,
        final_url=page.final_url,
        captured_at=page.fetched_at,
        record=_known(
            base_facts(settings)
            | version_facts(judged.analysis)
            | facts
            | connection_facts(files.warc, page.final_url)
        ),
        warc_records=page.warc_records,
    )


def visible_text(document: Document) -> str:
    """The visible blocks of a document, a line each, headed by their kind."""
    return "\n".join(f"[{block.kind}] {block.text}" for block in document.blocks if block.visible) + "\n"


def _document(judged: Judged) -> Document:
    assert judged.item.document is not None  # only judged documents are captured
    return judged.item.document


def _verdict(judged: Judged) -> bytes:
    return msgspec.json.format(msgspec.json.encode(verdict_of(judged, explain=True)), indent=1)


def _known(facts: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


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
