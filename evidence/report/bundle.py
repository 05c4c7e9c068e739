"""Write a bundle: the report in every form, its captures, the signed list, and how to verify."""

from __future__ import annotations

import io
from importlib import resources
from typing import IO, TYPE_CHECKING

from evidence.bundle import FORMAT, LIST_FILE, SEAL_FILE, SIGNATURE_FILE, BundleSignature, Contents
from evidence.capture import Capture
from evidence.check import MANIFEST_FILE
from evidence.container import write_container
from evidence.errors import IntegrityError, ReportError
from evidence.manifest import canonical_json, describe
from evidence.report.html import render_html
from evidence.report.json import published_schema, render_json
from evidence.report.table import render_csv
from evidence.signing import Signer, signer_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from evidence.blobs import Blobs
    from evidence.capture import EvidenceFile
    from evidence.report.model import CaptureProof, Report


def write_bundle(report: Report, blobs: Blobs, path: Path, *, signer: Signer | None = None) -> None:
    """Write the bundle of a report to ``path``, whole or not at all.

    Raises ReportError where a capture does not verify: a bundle is proof or it is not made.
    """
    scratch = path.with_name(f".{path.name}.part")
    try:
        with scratch.open("wb") as out:
            _write(report, blobs, out, signer or signer_for(blobs))
        scratch.replace(path)
    except OSError as error:
        raise ReportError(f"cannot write the bundle {path}: {error}") from error
    finally:
        scratch.unlink(missing_ok=True)


def bundle_bytes(report: Report, blobs: Blobs, *, signer: Signer | None = None) -> bytes:
    """The bundle of a report in memory. Raises ReportError as :func:`write_bundle` does."""
    out = io.BytesIO()
    _write(report, blobs, out, signer or signer_for(blobs))
    return out.getvalue()


def _write(report: Report, blobs: Blobs, out: IO[bytes], signer: Signer) -> None:
    plan = dict(_files(report, blobs))
    listed: list[EvidenceFile] = [describe(name, read()) for name, read in sorted(plan.items())]
    contents = Contents(
        format=FORMAT,
        report_id=report.id,
        created_at=report.created.utc,
        public_key=signer.public_key,
        files=tuple(listed),
    )
    data = canonical_json(contents)
    plan[LIST_FILE] = lambda: data
    if signer.public_key:
        signature = canonical_json(BundleSignature(signer.public_key, signer.sign(data)))
        plan[SIGNATURE_FILE] = lambda: signature
    write_container(out, ((name, read()) for name, read in sorted(plan.items())))


def _files(report: Report, blobs: Blobs) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names and how to get the bytes: captures are read one file at a time, twice, rather than held."""
    html, table = render_html(report, blobs=blobs), "".join(render_csv(report)).encode("utf-8", "replace")
    about = resources.files("evidence.report").joinpath("templates/README.txt").read_bytes()
    if report.draft:
        about = f"{report.draft.zh} / {report.draft.en}\n\n".encode() + about
    made = {
        "README.txt": about,
        "report.csv": table,
        "report.html": html,
        "report.json": render_json(report),
        "report.schema.json": published_schema(),
    }
    for name, data in made.items():
        yield name, _constant(data)
    for lead in report.leads:
        if not lead.evidence.complete:
            raise ReportError(f"{lead.case.id}: {'; '.join(lead.evidence.problems[:3]) or 'no evidence'}")
        for proof in lead.evidence.captures:
            yield from _capture_files(proof, blobs)


def _capture_files(proof: CaptureProof, blobs: Blobs) -> Iterator[tuple[str, Callable[[], bytes]]]:
    folder = f"captures/{proof.id}"
    stored = blobs.read_name(f"captures/{proof.id}.json")
    yield f"{folder}/{MANIFEST_FILE}", _blob(blobs, proof.manifest_sha256)
    yield f"{folder}/{SEAL_FILE}", _constant(canonical_json(_capture(proof, stored)))
    for entry in proof.files:
        yield f"{folder}/{entry.name}", _blob(blobs, entry.sha256)


def _capture(proof: CaptureProof, stored: bytes | None) -> Capture:
    """The capture as it was sealed; its record in the blob store is read strictly."""
    import msgspec

    try:
        return msgspec.json.decode(stored or b"", type=Capture)
    except msgspec.MsgspecError as error:
        raise ReportError(f"the record of capture {proof.id} cannot be read: {error}") from error


def _constant(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _blob(blobs: Blobs, key: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return blobs.get(key)
        except IntegrityError as error:
            raise ReportError(f"evidence does not verify: {error}") from error

    return read
