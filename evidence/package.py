"""What goes into a capture: the files of a fetched page, or of an item that a feed handed in."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from evidence.manifest import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.document import Document
    from crawler.page import Page
    from nlp.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Package:
    """Files to seal, the WARC-Record-IDs among them, and what the capture record says about the way."""

    files: dict[str, bytes]
    warc_records: tuple[str, ...] = ()
    record: dict[str, str] = field(default_factory=dict)


def page_package(
    page: Page,
    document: Document,
    analysis: Analysis,
    *,
    warc: bytes,
    screenshot: bytes = b"",
    dom: bytes = b"",
) -> Package:
    """The files of a fetched page. ``warc`` are the gzipped records of this page alone.

    ``screenshot`` (PNG) and ``dom`` (HTML after rendering) are left out where they are empty.
    """
    files = {"page.warc.gz": warc, **_common_files(document, analysis)}
    if screenshot:
        files["screenshot.png"] = screenshot
    if dom:
        files["dom.html"] = dom
    headers = {name.lower(): value for name, value in page.headers}
    hops = " → ".join(f"{hop.url} ({hop.status})" for hop in page.hops) or "-"
    record = {
        "source": document.source,
        "surface": document.surface,
        "method": "GET",
        "http_status": str(page.status),
        "hops": hops,
        "ip": page.ip,
        "renderer": page.renderer,
        "robots_sha256": page.robots,
        "body_sha256": page.body,
        "server_date": headers.get("date", ""),
    }
    return Package(files=files, warc_records=page.warc_records, record=record)


def item_package(document: Document, analysis: Analysis, *, captured_at: str, ref: str = "") -> Package:
    """The files of an item without a page: the item itself as JSON and as a WARC resource record."""
    item = canonical_json(document)
    place = document.url if "://" in document.url else f"urn:xiansuo:item:{document.id}"
    warc, record_id = resource_warc(item, uri=place, date=captured_at)
    files = {"item.json": item, "item.warc.gz": warc, **_common_files(document, analysis)}
    record = {
        "source": document.source,
        "surface": document.surface,
        "method": "feed",
        "item_ref": ref,
    }
    return Package(files=files, warc_records=(record_id,), record=record)


def reproduction_steps(kind: str, facts: Mapping[str, str]) -> str:
    """How to repeat a capture, in Chinese and English. ``kind`` is ``page`` or ``item``."""
    templates = _step_templates()[kind]
    known = _OrDash({name: value for name, value in facts.items() if value})
    return "\n".join(text.format_map(known) for text in templates.values())


def resource_warc(body: bytes, *, uri: str, date: str) -> tuple[bytes, str]:
    """A gzipped WARC of one resource record, and the record's id."""
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    record = writer.create_warc_record(
        _one_line(uri),
        "resource",
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type="application/json",
        warc_headers_dict={"WARC-Date": date},
    )
    writer.write_record(record)
    return out.getvalue(), str(record.rec_headers.get_header("WARC-Record-ID"))


def visible_text(document: Document) -> bytes:
    """The text a person could see, block by block, as UTF-8."""
    shown = (
        block.text for block in document.blocks if block.visible and block.kind not in ("meta", "jsonld")
    )
    return "\n\n".join(shown).encode("utf-8", "replace")


def verdict_json(document: Document, analysis: Analysis) -> bytes:
    """The verdict as sealed: the document's id, a digest over all its blocks, the whole analysis."""
    blocks = hashlib.sha256(canonical_json(document.blocks)).hexdigest()
    return canonical_json({"document": document.id, "blocks_sha256": blocks, "analysis": analysis})


def _common_files(document: Document, analysis: Analysis) -> dict[str, bytes]:
    return {"text.txt": visible_text(document), "verdict.json": verdict_json(document, analysis)}


def _one_line(uri: str) -> str:
    """A URI fit for a WARC header: hostile addresses may hold line breaks or characters it cannot carry."""
    from urllib.parse import quote

    return quote(uri.encode("utf-8", "replace"), safe="%/:=&?~#+!$,;'@()*[]-._")


class _OrDash(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


@cache
def _step_templates() -> dict[str, dict[str, str]]:
    import yaml

    text = resources.files("evidence").joinpath("data/steps.yaml").read_text("utf-8")
    templates: dict[str, dict[str, str]] = yaml.safe_load(text)
    return templates
