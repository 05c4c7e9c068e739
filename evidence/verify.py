"""Check proof: captures, leads, bundles, the audit log. An answer is true, or names what is wrong and why."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.audit import HEAD, chained, remembered_head
from evidence.bundle import LIST_FILE, SEAL_FILE, Fault, captures_in, check_contents, signed_by, strict
from evidence.capture import Capture
from evidence.check import (
    MANIFEST_FILE,
    Problem,
    Verification,
    check_capture,
    check_timestamp,
    verify_capture,
    verify_chain,
)
from evidence.container import open_container
from evidence.errors import EvidenceError, IntegrityError, ReportError
from evidence.report.json import read_report
from evidence.sealed import check_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.blobs import Blobs
    from evidence.capture import EvidenceFile
    from evidence.container import Container
    from evidence.hit import Hit
    from evidence.lead import AuditEntry
    from evidence.report.model import Report
    from evidence.store.protocol import EvidenceStore

__all__ = [
    "Problem",
    "Verification",
    "check_hit",
    "verify_audit",
    "verify_bundle",
    "verify_capture",
    "verify_capture_id",
    "verify_chain",
    "verify_lead",
]
WACZ_PACKAGE = "datapackage.json"
"""What a web archive holds and a bundle does not."""
REPORT_FILE = "report.json"
KEY_FORM = re.compile(r"[0-9a-fA-F]{64}")


def verify_lead(store: EvidenceStore, blobs: Blobs, lead_id: str, *, tsa_ca: bytes = b"") -> Verification:
    """Check the proof of every hit of a lead. A hit without a capture is a problem: nothing proves it.

    ``tsa_ca``: see :func:`evidence.check.verify_capture`.
    """
    lead = store.get_lead(lead_id)
    if lead is None:
        return Verification(lead_id, (Problem("lead", "there is no such lead"),))
    known = {hit.id: hit for hit in store.get_many(lead.hit_ids)}
    parts = [check_hit(known[name], blobs, tsa_ca=tsa_ca) for name in lead.hit_ids if name in known]
    problems = [Problem(f"hit {n}", "missing from the index") for n in lead.hit_ids if n not in known]
    if not lead.hit_ids:
        problems.append(Problem("lead", "has no hits"))
    return Verification(
        subject=lead_id,
        problems=(*problems, *(problem for part in parts for problem in part.problems)),
        checked=sum(part.checked for part in parts),
        timestamps=tuple(sorted({kind for part in parts for kind in part.timestamps})),
        keys=tuple(sorted({key for part in parts for key in part.keys})),
        notes=tuple(note for part in parts for note in part.notes),
    )


def check_hit(hit: Hit, blobs: Blobs, *, tsa_ca: bytes = b"") -> Verification:
    """Check one hit: its capture, and that the index tells the verdict and the text that were sealed."""
    if hit.capture is None:
        return Verification(hit.id, (Problem(f"hit {hit.id}", "has no capture"),))
    outcome = verify_capture(hit.capture, blobs, tsa_ca=tsa_ca)
    return replace(outcome, problems=(*outcome.problems, *check_sealed(hit, hit.capture, blobs)))


def verify_capture_id(blobs: Blobs, capture_id: str, *, tsa_ca: bytes = b"") -> Verification:
    """Check the capture of that id as the blob store itself recorded it, without any index."""
    try:
        data = blobs.read_name(f"captures/{capture_id}.json")
    except EvidenceError:
        data = None
    if data is None:
        return Verification(capture_id, (Problem(SEAL_FILE, "there is no such capture"),))
    try:
        capture = strict(data, Capture, SEAL_FILE)
    except IntegrityError as error:
        return Verification(capture_id, (Problem(SEAL_FILE, str(error), capture_id),))
    if capture.id != capture_id:
        wrong = Problem(SEAL_FILE, "is the record of another capture", capture_id)
        return Verification(capture_id, (wrong,))
    return verify_capture(capture, blobs, tsa_ca=tsa_ca)


def verify_audit(store: EvidenceStore, blobs: Blobs | None = None) -> Verification:
    """Check the audit log: numbering, links, digests, and that each lead stands where the log left it.

    With ``blobs`` also that the log still holds the entry noted there last, so that a cut tail is found.
    """
    problems: list[Problem] = []
    by_lead: dict[str, list[AuditEntry]] = {}
    digests: dict[int, str] = {}
    last = None
    for entry in store.audit():
        expected = chained(entry, last)
        if entry != expected:
            wrong = [
                n for n in ("sequence", "previous", "digest") if getattr(entry, n) != getattr(expected, n)
            ]
            problems.append(Problem(f"audit entry {entry.sequence}", f"wrong {', '.join(wrong)}"))
        by_lead.setdefault(entry.lead_id, []).append(entry)
        digests[entry.sequence] = entry.digest
        last = entry
    problems.extend(_check_states(store, by_lead))
    if blobs is not None:
        problems.extend(_check_head(blobs, digests))
    return Verification("audit log", tuple(problems), checked=len(digests))


def _check_states(store: EvidenceStore, by_lead: dict[str, list[AuditEntry]]) -> Iterator[Problem]:
    for lead in store.leads():
        entries = by_lead.get(lead.id)
        logged = entries[-1].after if entries else "new"
        if lead.state != logged:
            yield Problem(f"lead {lead.id}", f"is {lead.state} in the index and {logged} in the log")


def _check_head(blobs: Blobs, digests: dict[int, str]) -> Iterator[Problem]:
    try:
        head = remembered_head(blobs)
    except IntegrityError:
        yield Problem(HEAD, "cannot be read")
        return
    if head is None and digests:
        yield Problem(HEAD, "is missing: entries cut off the end of the log would not be found")
    if head is not None and digests.get(head.sequence) != head.digest:
        yield Problem("audit log", f"entry {head.sequence} was cut off or replaced")


def verify_bundle(path: Path, *, key: str = "", tsa_ca: bytes = b"") -> Verification:
    """Check a bundle (zip, or the same unpacked in a folder) offline, trusting nothing in it.

    A bundle proves that nothing was changed since its signature, not whose signature it is: anybody can sign
    with his own key. ``key`` (all 64 hex digits: another key with the same beginning can be made) is the
    sender's as the reader knows it: what another key signed is a problem then. Without it the keys are told,
    and a list that is unsigned, or signed by another key than the captures, is a note. ``tsa_ca`` does the
    same for timestamps: certificates (PEM) of the authorities that the reader trusts.
    """
    try:
        container = open_container(path)
    except IntegrityError as error:
        return Verification(path.name, (Problem(path.name, str(error)),))
    try:
        if LIST_FILE not in container.names and WACZ_PACKAGE in container.names:
            return Verification(path.name, (Problem(path.name, "a web archive (WACZ), not a bundle"),))
        problems = [Problem(fault.file, fault.reason) for fault in check_contents(container)]
        captures: dict[str, Capture] = {}
        notes: list[str] = []
        for folder, capture in captures_in(container):
            if isinstance(capture, Fault):
                problems.append(Problem(capture.file, capture.reason))
                continue
            captures[folder] = capture
            for found in _check_bundled(container, folder, capture, tsa_ca=tsa_ca):
                notes.append(found) if isinstance(found, str) else problems.append(found)
        report = _report(container)
        problems.extend(_check_report(report, captures))
        signed = signed_by(container)
        problems.extend(_foreign(key, signed, captures))
        named = {problem.file for problem in problems}
        problems.extend(Problem(name, reason) for name, reason in container.faults() if name not in named)
    finally:
        container.close()
    return Verification(
        subject=path.name,
        problems=tuple({(problem.file, problem.reason): problem for problem in problems}.values()),
        checked=len(container.names),
        timestamps=tuple(sorted({capture.timestamp for capture in captures.values()})),
        keys=tuple(sorted({signed, *_keys(captures)} - {""})),
        notes=(*_strange(signed, set(_keys(captures))), *_draft(report), *notes),
    )


def _keys(captures: dict[str, Capture]) -> Iterator[str]:
    return (capture.record.get("public_key", "") for capture in captures.values())


def _foreign(key: str, signed: str, captures: dict[str, Capture]) -> Iterator[Problem]:
    """What was not signed by the key that the reader knows."""
    if not key:
        return
    if not KEY_FORM.fullmatch(key):
        yield Problem(LIST_FILE, "the key you named is not a whole key of 64 hexadecimal digits")
        return
    if signed != key.lower():
        yield Problem(LIST_FILE, "is not signed by the key you named")
    for folder, capture in captures.items():
        if capture.record.get("public_key", "") != key.lower():
            yield Problem(f"{folder}/{SEAL_FILE}", "is not signed by the key you named", capture.id)


def _strange(signed: str, sealed: set[str]) -> Iterator[str]:
    if not signed:
        yield "the bundle's list is not signed: whoever had the bundle could write another report"
    elif sealed and signed not in sealed:
        yield f"the bundle is signed by {signed[:16]}…, its captures by another key: ask who packed it"


def _check_bundled(
    container: Container, folder: str, capture: Capture, *, tsa_ca: bytes
) -> Iterator[Problem | str]:
    """A capture against its own folder: the files its manifest lists, none beside; notes on its stamp."""
    if folder != f"captures/{capture.id}":
        yield Problem(f"{folder}/{SEAL_FILE}", "lies in another capture's folder", capture.id)
    try:
        manifest = container.read(f"{folder}/{MANIFEST_FILE}")
    except IntegrityError as error:
        yield Problem(f"{folder}/{MANIFEST_FILE}", str(error), capture.id)
        return

    def read(entry: EvidenceFile) -> bytes:
        return container.read(f"{folder}/{entry.name}")

    stamp = check_timestamp(capture, manifest, read, tsa_ca=tsa_ca)
    for found in (*check_capture(capture, manifest, read), *stamp):
        yield replace(found, file=f"{folder}/{found.file}") if isinstance(found, Problem) else found
    own = {
        f"{folder}/{name}" for name in (MANIFEST_FILE, SEAL_FILE, *(entry.name for entry in capture.files))
    }
    for name in container.names:
        if name.startswith(f"{folder}/") and name not in own:
            yield Problem(name, "is not in the capture's manifest", capture.id)


def _report(container: Container) -> Report | Problem:
    try:
        return read_report(container.read(REPORT_FILE))
    except (IntegrityError, ReportError) as error:
        return Problem(REPORT_FILE, str(error))


def _draft(report: Report | Problem) -> Iterator[str]:
    if not isinstance(report, Problem) and report.draft is not None:
        yield f"the bundle is a draft ({report.draft.zh}): it may not be submitted"


def _check_report(report: Report | Problem, captures: dict[str, Capture]) -> Iterator[Problem]:
    """The report has to rest on the captures that are in the bundle."""
    if isinstance(report, Problem):
        yield report
        return
    for proof in (proof for lead in report.leads for proof in lead.evidence.captures):
        capture = captures.get(f"captures/{proof.id}")
        if capture is None:
            yield Problem(f"captures/{proof.id}", "the report rests on it and it is missing", proof.id)
        elif (capture.manifest, capture.files) != (proof.manifest_sha256, proof.files):
            yield Problem(REPORT_FILE, "tells of other files than the capture", proof.id)
