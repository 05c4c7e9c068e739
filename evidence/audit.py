"""The audit log: every review step, each entry carrying the digest of the one before."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from evidence.errors import Conflict, IntegrityError
from evidence.lead import AuditEntry
from evidence.manifest import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.blobs import Blobs
    from evidence.store.protocol import EvidenceStore

HEAD = "audit/head.json"
UNDO = "undo"
PURGE = "purge"
_ATTEMPTS = 100


def chained(entry: AuditEntry, last: AuditEntry | None) -> AuditEntry:
    """The entry with its place in the chain: sequence (from 1), the digest before, its own digest."""
    placed = replace(
        entry,
        sequence=last.sequence + 1 if last else 1,
        previous=last.digest if last else "",
        digest="",
    )
    return replace(placed, digest=entry_digest(placed))


def append_entry(store: EvidenceStore, blobs: Blobs, draft: AuditEntry) -> AuditEntry:
    """Append a draft at the end of the log, wherever that is by now. For steps that no rule can forbid.

    Raises Conflict where others come first a hundred times.
    """
    for _ in range(_ATTEMPTS):
        entry = chained(draft, store.last_audit())
        try:
            store.append_audit(entry)
        except Conflict:
            continue
        remember_head(blobs, entry)
        return entry
    raise Conflict("others kept writing to the audit log; try again")


def entry_digest(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of all fields but the digest; ``identified`` and ``about`` where set.

    Entries of earlier versions had no such fields: where they say nothing they stay out, as in theirs.
    """
    facts = msgspec.to_builtins(entry)
    del facts["digest"]
    if not entry.identified:
        del facts["identified"]
    if not entry.about:
        del facts["about"]
    return hashlib.sha256(canonical_json(facts)).hexdigest()


def remember_head(blobs: Blobs, entry: AuditEntry) -> None:
    """Note the newest entry outside the index, so that a log cut short is found."""
    blobs.write_name(HEAD, canonical_json(entry))


def remembered_head(blobs: Blobs) -> AuditEntry | None:
    """The entry noted last, or None. Raises IntegrityError where the note cannot be read."""
    data = blobs.read_name(HEAD)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=AuditEntry)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise IntegrityError(f"{HEAD} cannot be read: {error}") from error


def standing_steps(entries: Iterable[AuditEntry]) -> tuple[AuditEntry, ...]:
    """The steps that hold: without those taken back, and without the undoing itself."""
    standing: list[AuditEntry] = []
    for entry in entries:
        if entry.action == PURGE:
            # the lead went with its hits; what is found after is a new one
            standing.clear()
        elif entry.action == UNDO:
            del standing[-1:]
        else:
            standing.append(entry)
    return tuple(standing)
