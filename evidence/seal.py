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
from evidence.errors import IntegrityError, TimestampError
from evidence.manifest import FORMAT, Manifest, canonical_json, describe
from evidence.records import DOCUMENT_FILE, WARC_FILE, record_faults
from evidence.signing import Signer, signer_for
from evidence.timestamps import CA_FILE, STAMP_FILES, STAMPED_FILE, TOKEN_FILE, stamped_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.blobs import Blobs
    from evidence.tsa import Authority

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


def seal(
    sealings: Sequence[Sealing],
    *,
    blobs: Blobs,
    signer: Signer | None = None,
    authority: Authority | None = None,
) -> tuple[Capture, ...]:
    """Seal each, in order, into a capture of its own. All of it is on disk on return.

    ``signer`` is by default the blob store's own key. ``authority`` stamps the time; where it does not, the
    capture is sealed by our own clock and its record says why (``tsa_failure``). Raises IntegrityError on an
    unsafe or reserved name, and where the WARC is not what the capture says: a page that came by HTTP is not
    sealed without its exchange. Nothing is sealed then.
    """
    if not sealings:
        return ()
    for sealing in sealings:
        _check_records(sealing)
    return _seal(sealings, blobs=blobs, signer=signer or signer_for(blobs), authority=authority)


def _seal(
    sealings: Sequence[Sealing], *, blobs: Blobs, signer: Signer, authority: Authority | None = None
) -> tuple[Capture, ...]:
    stamping = _Stamping(authority)
    drafts = [_draft(sealing, signer, stamping) for sealing in sealings]
    with blobs.gathered() as gathered:
        for draft in drafts:
            for entry in draft.manifest.files:
                if gathered.put(_bytes(draft.contents[entry.name]) or b"") != entry.sha256:
                    raise IntegrityError(f"{entry.name} changed while it was sealed")
    # One writer at a time, so that the chain is a line; on a remote store it may fork, which verify allows.
    # Files were written and stamped before, so the lock is short.
    with blobs.lock("chain"), blobs.gathered() as gathered:
        for draft in drafts:
            _restore(draft, gathered)
        return tuple(_chain(draft, signer, gathered) for draft in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A capture whose manifest is not yet linked; ``contents`` are all its files."""

    manifest: Manifest
    record: dict[str, str]
    contents: Mapping[str, bytes | Path]


class _Stamping:
    """Asks the authority for stamps; once it failed, the rest of the batch does not wait for it again."""

    def __init__(self, authority: Authority | None) -> None:
        self.authority = authority
        self.failure = ""

    def stamp(self, data: bytes) -> bytes:
        """The reply over ``data``, empty where there is none; :attr:`failure` says why then."""
        if self.authority is None or self.failure:
            return b""
        try:
            return self.authority.stamp(data)
        except TimestampError as error:
            self.failure = str(error)
            return b""


def _check_records(sealing: Sealing) -> None:
    warc, document = (_bytes(sealing.files.get(name)) for name in (WARC_FILE, DOCUMENT_FILE))
    fault = next(record_faults(sealing, warc, document or b""), None)
    if fault is not None:
        raise IntegrityError(f"{sealing.url[:200]} is not sealed: {WARC_FILE}: {fault}")


def _bytes(data: bytes | Path | None) -> bytes | None:
    return data.read_bytes() if isinstance(data, Path) else data


def _draft(sealing: Sealing, signer: Signer, stamping: _Stamping) -> _Draft:
    """All files, their manifest and the capture record; stamped where an authority gives its word."""
    taken = sorted({RECORD_FILE, *STAMP_FILES} & set(sealing.files))
    if taken:
        raise IntegrityError(f"{taken[0]} is written by the seal itself")
    bodies = {name: _bytes(data) or b"" for name, data in sealing.files.items()}
    entries = [describe(name, body) for name, body in bodies.items()]
    record = _full_record(sealing)
    if stamping.authority is not None:
        record["tsa"] = stamping.authority.url
        draft = _drafted(sealing, record, entries, signer)
        stamped = stamped_bytes(draft.manifest)
        if token := stamping.stamp(stamped):
            added = {STAMPED_FILE: stamped, TOKEN_FILE: token, CA_FILE: stamping.authority.ca}
            return _with(draft, {name: data for name, data in added.items() if data})
        record["tsa_failure"] = stamping.failure
    return _drafted(sealing, record, entries, signer)


def _drafted(
    sealing: Sealing, record: dict[str, str], entries: Sequence[EvidenceFile], signer: Signer
) -> _Draft:
    told = canonical_json(record)
    manifest = Manifest(
        format=FORMAT,
        url=sealing.url,
        final_url=sealing.final_url,
        captured_at=sealing.captured_at,
        sealed_at=rfc3339(signer.clock()),
        timestamp="self" if signer.public_key else "none",
        public_key=signer.public_key,
        previous="",
        files=_sorted(*entries, describe(RECORD_FILE, told)),
        warc_records=sealing.warc_records,
    )
    return _Draft(manifest, record, {**sealing.files, RECORD_FILE: told})


def _with(draft: _Draft, added: Mapping[str, bytes]) -> _Draft:
    """The draft with its stamp."""
    entries = (describe(name, data) for name, data in added.items())
    manifest = replace(draft.manifest, timestamp="tsa", files=_sorted(*draft.manifest.files, *entries))
    return replace(draft, manifest=manifest, contents={**draft.contents, **added})


def _sorted(*entries: EvidenceFile) -> tuple[EvidenceFile, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _restore(draft: _Draft, blobs: Blobs) -> None:
    """Write again what a purge removed since it was found there: it deletes under the same lock."""
    for entry in draft.manifest.files:
        if not blobs.exists(entry.sha256):
            blobs.put(_bytes(draft.contents[entry.name]) or b"")


def _chain(draft: _Draft, signer: Signer, blobs: Blobs) -> Capture:
    """Link the manifest to the one before and make it the newest."""
    previous = (blobs.read_name(HEAD) or b"").decode()
    capture = _write_manifest(replace(draft.manifest, previous=previous), draft.record, signer, blobs)
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
