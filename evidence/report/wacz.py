"""A report's captures as one WACZ 1.1.1, which replay programs open: archives, index, pages, package.

Members are stored and named in two levels, as other tools expect. What proves them stays in the bundle; here
the package names the manifest of each capture, and the file of the list of files has its digest beside it.
Format: the Web Archive Collection Zipped specification; the index is CDXJ.
"""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from crawler.errors import WarcError
from crawler.members import members
from crawler.surt import surt
from crawler.warc import record_of
from evidence.container import write_container
from evidence.errors import IntegrityError, ReportError
from evidence.records import DOCUMENT_FILE, MOST_UNPACKED, WARC_FILE
from evidence.seal import own_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc import WarcRecord
    from evidence.blobs import Blobs
    from evidence.report.model import CaptureProof, Report

WACZ_VERSION = "1.1.1"
PAGES = "pages/pages.jsonl"
INDEX = "indexes/index.cdx"
PACKAGE = "datapackage.json"
PACKAGE_DIGEST = "datapackage-digest.json"
_INDEXED = frozenset({"response", "resource"})


def wacz_bytes(report: Report, blobs: Blobs) -> bytes:
    """The WACZ of a report's captures. Raises ReportError where one does not verify or holds no records."""
    files: dict[str, bytes] = {}
    index: list[str] = []
    pages: list[dict[str, str]] = []
    proofs = {proof.id: proof for lead in report.leads for proof in lead.evidence.captures}
    for lead in report.leads:
        if not lead.evidence.complete:
            raise ReportError(f"{lead.case.id}: {'; '.join(lead.evidence.problems[:3]) or 'no evidence'}")
    for proof in proofs.values():
        name = f"{proof.id}.warc.gz"
        warc = _file(proof, WARC_FILE, blobs)
        if not warc:
            continue
        files[f"archive/{name}"] = warc
        index.extend(_index_lines(warc, name))
        pages.append(_page(proof, blobs))
    if not files:
        raise ReportError("none of the captures holds records of a page: there is nothing to replay")
    files[INDEX] = "".join(f"{line}\n" for line in sorted(index)).encode()
    heading = {"format": "json-pages-1.0", "id": "pages", "title": "Pages"}
    files[PAGES] = b"".join(_json(line) + b"\n" for line in (heading, *pages))
    package = _json(_package(report, files, list(proofs.values())))
    digest = {"path": PACKAGE, "hash": _digest(package)}
    out = io.BytesIO()
    write_container(out, sorted({**files, PACKAGE: package, PACKAGE_DIGEST: _json(digest)}.items()))
    return out.getvalue()


def _file(proof: CaptureProof, name: str, blobs: Blobs) -> bytes:
    entry = next((entry for entry in proof.files if entry.name == name), None)
    try:
        return blobs.get(entry.sha256) if entry else b""
    except IntegrityError as error:
        raise ReportError(f"evidence does not verify: {error}") from error


def _index_lines(warc: bytes, name: str) -> Iterator[str]:
    """The CDXJ lines of a WARC's responses and resources."""
    for member in members(io.BytesIO(warc), keep=MOST_UNPACKED):
        try:
            record = record_of(member.content)
        except WarcError as error:
            raise ReportError(f"evidence does not verify: {error}") from error
        if record.type in _INDEXED and record.url:
            stamp = "".join(filter(str.isdigit, record.date))[:14]
            entry = {
                "url": record.url,
                "mime": _media_type(record),
                "status": str(record.status or 200),
                "digest": record.headers.get("warc-payload-digest", ""),
                "length": str(member.end - member.start),
                "offset": str(member.start),
                "filename": name,
            }
            yield f"{surt(record.url)} {stamp} {_json(entry).decode()}"


def _media_type(record: WarcRecord) -> str:
    own = record.headers.get("content-type", "")
    sent = next((value for name, value in record.http_headers if name.lower() == "content-type"), "")
    return (sent if record.type == "response" else own).partition(";")[0].strip() or "unk"


def _page(proof: CaptureProof, blobs: Blobs) -> dict[str, str]:
    made = {"id": proof.id, "url": _address(proof), "ts": proof.captured.utc}
    title = _title(_file(proof, DOCUMENT_FILE, blobs))
    return made | ({"title": title} if title else {})


def _address(proof: CaptureProof) -> str:
    return proof.record.get("final_url") or proof.record.get("url", "")


def _title(document: bytes) -> str:
    import msgspec

    from crawler.document import Document

    try:
        return msgspec.json.decode(document, type=Document).title
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _package(report: Report, files: dict[str, bytes], proofs: list[CaptureProof]) -> dict[str, Any]:
    draft = f"{report.draft.zh} / {report.draft.en}: " if report.draft else ""
    return {
        "profile": "data-package",
        "wacz_version": WACZ_VERSION,
        "software": f"xiansuo {own_version()}",
        "created": report.created.utc,
        "title": f"{draft}{report.id}",
        "mainPageUrl": _address(proofs[0]),
        "resources": [
            {"name": name.rpartition("/")[2], "path": name, "hash": _digest(data), "bytes": len(data)}
            for name, data in sorted(files.items())
        ],
        "captures": [
            {"id": proof.id, "manifest": f"sha256:{proof.manifest_sha256}", "timestamp": proof.timestamp}
            for proof in proofs
        ],
    }


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: object) -> bytes:
    """One line of JSON; lone surrogates, which have no UTF-8, become their escapes."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
