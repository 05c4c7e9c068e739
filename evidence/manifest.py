"""The manifest: a capture's files with SHA-256 and SM3, as canonical JSON, chained to the one before.

Canonical means sorted keys, no spaces, UTF-8: the same facts always give the same bytes, so that a manifest
has one digest and any change of a byte shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec

from evidence.capture import EvidenceFile, TimestampKind
from evidence.errors import IntegrityError

FORMAT = "xiansuo-manifest/1"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,3}")
_MEDIA_TYPES = {
    ".gz": "application/gzip",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".pem": "application/x-pem-file",
    ".png": "image/png",
    ".tsr": "application/timestamp-reply",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".warc": "application/warc",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a seal covers. ``previous`` is the digest of the manifest sealed before (empty: the first).

    ``public_key`` is the Ed25519 key (hex) whose signature stands beside the manifest; empty: unsigned.
    """

    format: str
    url: str
    final_url: str
    captured_at: str
    sealed_at: str
    timestamp: TimestampKind
    public_key: str
    previous: str
    files: tuple[EvidenceFile, ...]
    warc_records: tuple[str, ...] = ()


def canonical_json(value: Any) -> bytes:
    """Canonical bytes of plain values, dataclasses included.

    A lone surrogate (hostile text can hold one) has no UTF-8: it becomes its JSON escape and reads back
    the same.
    """
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def describe(name: str, data: bytes) -> EvidenceFile:
    """The manifest's line on a file: both digests, size and type. Raises IntegrityError on an unsafe name."""
    if not safe_name(name):
        raise IntegrityError(f"not a safe file name: {name[:80]!r}")
    return EvidenceFile(
        name=name,
        media_type=media_type(name),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        sm3=hashlib.new("sm3", data).hexdigest(),
    )


def safe_name(name: str) -> bool:
    """Whether a name is a plain relative path: no leading dot or slash, no ``..``, no odd characters."""
    return _NAME.fullmatch(name) is not None


def media_type(name: str) -> str:
    """Media type by suffix."""
    return _MEDIA_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def read_manifest(data: bytes) -> Manifest:
    """Parse manifest bytes strictly: the format, safe and distinct names, and canonical form.

    Raises IntegrityError, which says what is wrong.
    """
    try:
        manifest = msgspec.convert(json.loads(data), Manifest)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise IntegrityError(f"manifest is of another format: {manifest.format[:40]!r}")
    names = [entry.name for entry in manifest.files]
    if len(set(names)) != len(names) or not all(map(safe_name, names)):
        raise IntegrityError("manifest lists an unsafe or repeated name")
    if canonical_json(manifest) != data:
        raise IntegrityError("manifest is not in canonical form")
    return manifest
