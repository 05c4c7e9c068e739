"""Check one capture: its manifest, signature, files, record and link back.

Nothing is trusted before it is checked: names, sizes, digests, signatures and links are all recomputed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from evidence.capture import Capture
from evidence.errors import IntegrityError, MissingBlob
from evidence.manifest import Manifest, canonical_json, describe, read_manifest
from evidence.records import DOCUMENT_FILE, WARC_FILE, record_faults
from evidence.seal import HEAD, RECORD_FILE, SIGNATURE_FIELDS
from evidence.signing import valid_signature
from evidence.timestamps import TOKEN_FILE, check_stamp, describe_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from evidence.blobs import Blobs
    from evidence.capture import EvidenceFile

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not verify. ``file`` is its name, ``reason`` says why."""

    file: str
    reason: str
    capture: str = ""

    def __str__(self) -> str:
        inside = self.capture and not self.file.startswith("captures/")
        return f"{f'captures/{self.capture}/' if inside else ''}{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a check: true where there is no problem. ``checked`` counts the files that were read.

    ``notes`` are worth knowing and no fault of this subject: a broken link to the capture sealed before it.
    ``timestamps`` says who vouches for the time of each capture: ``none``, ``self`` or ``tsa``.
    ``keys`` are the public keys that signed, for the reader to compare with those he knows.
    """

    subject: str
    problems: tuple[Problem, ...] = ()
    checked: int = 0
    timestamps: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything verified."""
        return not self.problems

    def __bool__(self) -> bool:
        return self.ok


def verify_capture(capture: Capture, blobs: Blobs, *, tsa_ca: bytes = b"") -> Verification:
    """Check a capture against the blob store: manifest, signature, stamp, files, the record, the link back.

    ``tsa_ca`` are the certificates (PEM) of the authorities that the reader trusts to stamp the time: a stamp
    by another is a problem then. Without them a note says whose certificate a stamp leads to.
    """
    try:
        data = blobs.get(capture.manifest)
    except IntegrityError as error:
        reason = "missing" if isinstance(error, MissingBlob) else "altered"
        return Verification(capture.id, (Problem(MANIFEST_FILE, reason, capture.id),))
    problems = list(check_capture(capture, data, lambda entry: blobs.get(entry.sha256)))
    stamp = check_timestamp(capture, data, lambda entry: blobs.get(entry.sha256), tsa_ca=tsa_ca)
    problems.extend(one for one in stamp if isinstance(one, Problem))
    notes = [one for one in stamp if isinstance(one, str)]
    previous = capture.record.get("previous", "")
    broken = previous and _unreadable(blobs, previous)
    # the neighbour may be damaged, or purged when its time was up: this capture stands on its own
    note = f"captures/{capture.id}: the manifest sealed before it, {previous[:16]}…, is missing or altered"
    return Verification(
        subject=capture.id,
        problems=tuple(problems),
        checked=len(capture.files) + 1,
        timestamps=(capture.timestamp,),
        keys=tuple(filter(None, (capture.record.get("public_key", ""),))),
        notes=(*notes, *((note,) if broken else ())),
    )


def verify_chain(blobs: Blobs, *, purged: Collection[str] = ()) -> Verification:
    """Check every capture the blob store recorded, and that the links lead from the newest to the first.

    ``purged`` are manifests that went when their time was up (``evidence.purge.purged_manifests``).
    """
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    checked = 0
    for name in blobs.names("captures"):
        capture = _recorded(blobs, name)
        if isinstance(capture, Problem):
            problems.append(capture)
            continue
        outcome = verify_capture(capture, blobs)
        checked += outcome.checked
        problems.extend(outcome.problems)
        seen[capture.manifest] = capture.record.get("previous", "")
    for manifest, previous in seen.items():
        if previous and previous not in seen and previous not in purged:
            problems.append(Problem("chain", f"the capture before {manifest[:16]}… is gone", manifest[:32]))
    head = (blobs.read_name(HEAD) or b"").decode("ascii", "replace")
    if seen and head not in seen and head not in purged:
        problems.append(Problem("chain", "its head names no capture"))
    return Verification("chain", tuple(problems), checked=checked)


def _recorded(blobs: Blobs, name: str) -> Capture | Problem:
    try:
        capture = msgspec.json.decode(blobs.read_name(name) or b"", type=Capture)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Problem(name, f"cannot be read: {error}")
    if name != f"captures/{capture.id}.json":
        return Problem(name, "is the record of another capture")
    return capture


def check_capture(
    capture: Capture, manifest_bytes: bytes, read: Callable[[EvidenceFile], bytes]
) -> Iterator[Problem]:
    """Everything wrong with a capture. ``read`` answers a file's bytes or raises IntegrityError."""
    try:
        manifest = read_manifest(manifest_bytes)
    except IntegrityError as error:
        yield Problem(MANIFEST_FILE, str(error), capture.id)
        return
    if describe(MANIFEST_FILE, manifest_bytes).sha256 != capture.manifest:
        yield Problem(MANIFEST_FILE, "altered: its digest is not the capture's", capture.id)
    if capture.id != capture.manifest[:32]:
        yield Problem(RECORD_FILE, "the capture's id is not its manifest's digest", capture.id)
    yield from _check_claims(capture, manifest, manifest_bytes)
    for entry in manifest.files:
        yield from _check_file(entry, capture, read)
    yield from _check_records(capture, read)


def _check_claims(capture: Capture, manifest: Manifest, data: bytes) -> Iterator[Problem]:
    """What the index says about the capture must be what the manifest says; the signature must hold."""
    for name in ("url", "final_url", "captured_at", "timestamp", "warc_records", "files"):
        if getattr(capture, name) != getattr(manifest, name):
            yield Problem(MANIFEST_FILE, f"{name} differs from the index", capture.id)
    for name in ("public_key", "previous"):
        if capture.record.get(name, "") != getattr(manifest, name):
            yield Problem(MANIFEST_FILE, f"{name} differs from the index", capture.id)
    if manifest.timestamp == "self" and not manifest.public_key:
        yield Problem(MANIFEST_FILE, f"says timestamp {manifest.timestamp} and names no key", capture.id)
    signature = capture.record.get("signature", "")
    if manifest.public_key and not valid_signature(manifest.public_key, signature, data):
        yield Problem(MANIFEST_FILE, "the signature does not fit", capture.id)
    if not any(entry.name == RECORD_FILE for entry in manifest.files):
        yield Problem(RECORD_FILE, "not among the sealed files", capture.id)


def check_timestamp(
    capture: Capture, data: bytes, read: Callable[[EvidenceFile], bytes], *, tsa_ca: bytes = b""
) -> tuple[Problem | str, ...]:
    """What is wrong with the stamp in a capture, or a note on who vouches for which time."""
    try:
        manifest = read_manifest(data)
    except IntegrityError:
        return ()  # said already
    files = {entry.name: entry for entry in manifest.files}
    try:
        stamp = check_stamp(manifest, lambda name: read(files[name]), ca=tsa_ca)
    except MissingBlob:
        return ()
    except IntegrityError as error:
        return (Problem(TOKEN_FILE, str(error), capture.id),)
    return (f"captures/{capture.id}: {describe_stamp(stamp, manifest)}",) if stamp else ()


def _check_file(
    entry: EvidenceFile, capture: Capture, read: Callable[[EvidenceFile], bytes]
) -> Iterator[Problem]:
    try:
        data = read(entry)
    except MissingBlob:
        yield Problem(entry.name, "missing", capture.id)
        return
    except IntegrityError as error:
        yield Problem(entry.name, f"altered: {error}", capture.id)
        return
    found = describe(entry.name, data)
    if found != entry:
        wrong = [name for name in ("size", "sha256", "sm3", "media_type") if _differs(found, entry, name)]
        yield Problem(entry.name, f"altered: {', '.join(wrong)} differ", capture.id)
    elif entry.name == RECORD_FILE and not _same_record(data, capture):
        yield Problem(entry.name, "differs from the record in the index", capture.id)


def _check_records(capture: Capture, read: Callable[[EvidenceFile], bytes]) -> Iterator[Problem]:
    """The WARC against what the capture says it holds; that it is altered is said already."""
    contents = {}
    for name in (WARC_FILE, DOCUMENT_FILE):
        entry = capture.file(name)
        try:
            contents[name] = read(entry) if entry else None
        except IntegrityError:
            if name == WARC_FILE:
                return
    for reason in record_faults(capture, contents[WARC_FILE], contents.get(DOCUMENT_FILE) or b""):
        yield Problem(WARC_FILE, reason, capture.id)


def _differs(found: EvidenceFile, entry: EvidenceFile, name: str) -> bool:
    return bool(getattr(found, name) != getattr(entry, name))


def _same_record(data: bytes, capture: Capture) -> bool:
    claimed = {name: value for name, value in capture.record.items() if name not in SIGNATURE_FIELDS}
    try:
        return canonical_json(json.loads(data)) == canonical_json(claimed)
    except (ValueError, RecursionError):
        return False


def _unreadable(blobs: Blobs, key: str) -> bool:
    try:
        blobs.get(key)
    except IntegrityError:
        return True
    return False
