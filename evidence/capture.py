"""A capture: everything needed to prove what was shown, where and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TimestampKind = Literal["none", "self", "tsa"]


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of a capture. ``sha256`` is also its key in the blob store."""

    name: str
    media_type: str
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A sealed set of files. ``manifest`` is the SHA-256 of the manifest blob that lists all of them.

    ``id`` is the manifest digest's first 32 hex digits. ``captured_at`` is UTC in RFC 3339.
    """

    id: str
    url: str
    final_url: str
    captured_at: str
    manifest: str
    files: tuple[EvidenceFile, ...]
    timestamp: TimestampKind = "none"
    warc_records: tuple[str, ...] = ()
    record: dict[str, str] = field(default_factory=dict)

    def file(self, name: str) -> EvidenceFile | None:
        """The file of that name, or None."""
        return next((entry for entry in self.files if entry.name == name), None)
