"""Seal files into a capture: blobs first, then the capture record, the manifest, the signature, the chain.

When :func:`seal` returns, all of it is on disk: the index is only told of proof that exists.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.capture import Capture, EvidenceFile
from evidence.clock import in_beijing, rfc3339
from evidence.errors import IntegrityError
from evidence.manifest import FORMAT, Manifest, canonical_json, describe
from evidence.records import DOCUMENT_FILE, WARC_FILE, record_faults
from evidence.signing import Signer, signer_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.blobs import Blobs

RECORD_FILE = "capture.json"
HEAD = "chain/head"
UNKNOWN = "not recorded"
SIGNATURE_FIELDS = ("signature", "public_key", "previous")
EXPECTED_FIELDS = (
    "operator",
    "region",
    "ip",
    "dns",
    "tool",
    "settings_digest",
    "clock_offset",
    "steps",
    "http_exchange",
)
"""Facts a capture record always speaks of: where the caller knows one not, the record says so."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is to be sealed: ``files`` (safe relative name → bytes or path), and how they came to be.

    ``record`` says how the capture was made (operator, region, ip, dns, tool, settings_digest, steps and
    what else is known); it becomes ``capture.json`` and is sealed with the rest. ``captured_at`` is UTC in
    RFC 3339.
    """

    files: Mapping[str, bytes | Path]
    url: str
    final_url: str
    captured_at: str
    record: Mapping[str, str]
    warc_records: tuple[str, ...] = ()


def seal(sealings: Sequence[Sealing], *, blobs: Blobs, signer: Signer | None = None) -> tuple[Capture, ...]:
    """Seal each, in order, into a capture of its own. All of it is on disk on return.

    ``signer`` is by default the blob store's own key. Raises IntegrityError on an unsafe or reserved name,
    and where the WARC is not what the capture says: a page that came by HTTP is not sealed without its
    exchange. Nothing is sealed then.
    """
    if not sealings:
        return ()
    for sealing in sealings:
        _check_records(sealing)
    signer = signer or signer_for(blobs)
    with blobs.gathered() as gathered:
        drafts = [_draft(sealing, signer, gathered) for sealing in sealings]
    # One writer at a time, so that the chain is a line; on a remote store it may fork, which verify allows.
    # Files were written before, so the lock is short.
    with blobs.lock("chain"), blobs.gathered() as gathered:
        for sealing, (draft, record) in zip(sealings, drafts, strict=True):
            _restore(sealing, draft, record, gathered)
        return tuple(_chain(draft, record, signer, gathered) for draft, record in drafts)


def _check_records(sealing: Sealing) -> None:
    warc, document = (_bytes(sealing.files.get(name)) for name in (WARC_FILE, DOCUMENT_FILE))
    fault = next(record_faults(sealing, warc, document or b""), None)
    if fault is not None:
        raise IntegrityError(f"{sealing.url[:200]} is not sealed: {WARC_FILE}: {fault}")


def _bytes(data: bytes | Path | None) -> bytes | None:
    return data.read_bytes() if isinstance(data, Path) else data


def _draft(sealing: Sealing, signer: Signer, blobs: Blobs) -> tuple[Manifest, dict[str, str]]:
    """Keep the files; answers their manifest, not yet linked, and the capture record."""
    if RECORD_FILE in sealing.files:
        raise IntegrityError(f"{RECORD_FILE} is written by the seal itself")
    record = _full_record(sealing)
    kept = [_keep(name, data, blobs) for name, data in sealing.files.items()]
    kept.append(_keep(RECORD_FILE, canonical_json(record), blobs))
    draft = Manifest(
        format=FORMAT,
        url=sealing.url,
        final_url=sealing.final_url,
        captured_at=sealing.captured_at,
        sealed_at=rfc3339(signer.clock()),
        timestamp="self" if signer.public_key else "none",
        public_key=signer.public_key,
        previous="",
        files=tuple(sorted(kept, key=lambda entry: entry.name)),
        warc_records=sealing.warc_records,
    )
    return draft, record


def _restore(sealing: Sealing, draft: Manifest, record: dict[str, str], blobs: Blobs) -> None:
    """Write again what a purge removed since it was found there: it deletes under the same lock."""
    for entry in draft.files:
        if not blobs.exists(entry.sha256):
            own = entry.name == RECORD_FILE
            _keep(entry.name, canonical_json(record) if own else sealing.files[entry.name], blobs)


def _chain(draft: Manifest, record: dict[str, str], signer: Signer, blobs: Blobs) -> Capture:
    """Link the manifest to the one before and make it the newest."""
    previous = (blobs.read_name(HEAD) or b"").decode()
    capture = _write_manifest(replace(draft, previous=previous), record, signer, blobs)
    blobs.write_name(HEAD, capture.manifest.encode())
    return capture


def _write_manifest(manifest: Manifest, record: dict[str, str], signer: Signer, blobs: Blobs) -> Capture:
    data = canonical_json(manifest)
    digest = blobs.put(data)
    capture = Capture(
        id=digest[:32],
        url=manifest.url,
        final_url=manifest.final_url,
        captured_at=manifest.captured_at,
        manifest=digest,
        files=manifest.files,
        timestamp=manifest.timestamp,
        warc_records=manifest.warc_records,
        record=record
        | {
            "signature": signer.sign(data),
            "public_key": manifest.public_key,
            "previous": manifest.previous,
        },
    )
    blobs.write_name(f"captures/{capture.id}.json", canonical_json(capture))
    return capture


def _keep(name: str, data: bytes | Path, blobs: Blobs) -> EvidenceFile:
    body = data.read_bytes() if isinstance(data, Path) else data
    entry = describe(name, body)
    blobs.put(body)
    return entry


def _full_record(sealing: Sealing) -> dict[str, str]:
    reserved = sorted(set(sealing.record) & set(SIGNATURE_FIELDS))
    if reserved:
        raise IntegrityError(f"capture record may not set {', '.join(reserved)}")
    return {
        **dict.fromkeys(EXPECTED_FIELDS, UNKNOWN),
        "software": f"xiansuo {own_version()}",
        "environment": f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        **{name: value for name, value in sealing.record.items() if value},
        "url": sealing.url,
        "final_url": sealing.final_url,
        "captured_at_utc": sealing.captured_at,
        "captured_at_beijing": in_beijing(sealing.captured_at) or UNKNOWN,
    }


def own_version() -> str:
    """The program's version, as sealed and reported."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("xiansuo")
    except PackageNotFoundError:
        return "from source"
