"""The evidence part of a report: every capture of a lead, checked while the report is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.clock import in_beijing
from evidence.errors import ReportError
from evidence.report.model import NOT_RECORDED, CaptureProof, Moment, Proof
from evidence.verify import check_hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.blobs import Blobs
    from evidence.hit import Hit
    from evidence.lead import Lead

# these stand in fields of their own
_ELSEWHERE = ("signature", "public_key")


def moment(utc: str) -> Moment:
    """A moment with Beijing time beside it."""
    return Moment(utc or NOT_RECORDED, in_beijing(utc) or NOT_RECORDED)


def lead_proof(lead: Lead, hits: Sequence[Hit], blobs: Blobs, case: str) -> Proof:
    """Check every hit of a lead and say what was found. ``case`` names the bundle in the verify command."""
    captures: list[CaptureProof] = []
    known = {hit.id for hit in hits}
    problems = [f"hit {name}: missing from the index" for name in lead.hit_ids if name not in known]
    for hit in hits:
        found = check_hit(hit, blobs)
        problems.extend(map(str, found.problems))
        if hit.capture is not None:
            captures.append(_capture_proof(hit, tuple(map(str, found.problems))))
    return Proof(
        complete=bool(hits) and not problems,
        problems=tuple(problems),
        verify_command=f"xiansuo verify {case}.zip",
        captures=tuple(captures),
    )


def _capture_proof(hit: Hit, problems: tuple[str, ...]) -> CaptureProof:
    capture = hit.capture
    if capture is None:
        raise ReportError(f"hit {hit.id} has no capture")
    return CaptureProof(
        id=capture.id,
        hit_id=hit.id,
        captured=moment(capture.captured_at),
        timestamp=capture.timestamp,
        manifest_sha256=capture.manifest,
        public_key=capture.record.get("public_key", ""),
        signature=capture.record.get("signature", ""),
        files=capture.files,
        record={
            name: value for name, value in capture.record.items() if name not in ("signature", "public_key")
        },
        verified=not problems,
        problems=problems,
    )
