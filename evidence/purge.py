"""Remove evidence past its date: hits, the captures that only they had, the blobs that only those used.

The receipt (what is removed, by digest and id, never its content) is written and logged before anything goes,
so whatever is missing is accounted for; the same purge run again finishes one that was cut short.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from evidence.audit import PURGE, append_entry
from evidence.capture import Capture
from evidence.check import Problem, Verification, verify_chain
from evidence.clock import Clock, beijing_date, rfc3339, utc_now
from evidence.errors import EvidenceError
from evidence.lead import AuditEntry
from evidence.leads import let_go
from evidence.manifest import canonical_json
from evidence.retention import expired
from evidence.store.protocol import Query

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from evidence.blobs import Blobs
    from evidence.store.protocol import EvidenceStore

FORMAT = "xiansuo-purge/1"
_FOLDER = "purges"
_LOGGED = re.compile(r"receipt sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class PurgeReceipt:
    """What a purge removes. ``captures`` are manifest digests, ``before`` is the day (Beijing) it goes up to.

    ``leads`` are the leads that lose hits, those among them that lose all of them included. ``runs`` are the
    crawl runs (``<job>/<start>``) whose folders go, ``run_bytes`` what those hold.
    """

    format: str
    before: str
    hits: tuple[str, ...]
    captures: tuple[str, ...]
    leads: tuple[str, ...]
    blobs: int
    bytes: int
    runs: tuple[str, ...] = ()
    run_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """A receipt-to-be, the digests of the blobs to delete, and the capture records that were looked at."""

    receipt: PurgeReceipt
    keys: frozenset[str]
    records: frozenset[str]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remove."""
        return not (self.receipt.hits or self.receipt.captures or self.receipt.runs)


def plan_purge(store: EvidenceStore, blobs: Blobs, *, before: date, keep: Collection[str] = ()) -> PurgePlan:
    """What may go: everything last seen before that day (Beijing) that no lead under way holds.

    A capture goes where no hit that stays rests on it, nor any in ``keep`` (ids), nor any at its address: an
    older proof of a page that is still a hit is kept beside the newer one.
    """
    going = {hit.id: hit.capture for hit in expired(store, before=before)}
    resting, addresses = set(keep), set()
    for result in store.scan(Query()):
        capture = result.hit.capture
        if result.hit.id not in going and capture is not None:
            resting.add(capture.id)
            addresses.add(capture.url)
    used: set[str] = set()
    leaving: dict[str, Capture] = {}
    names = frozenset(blobs.names("captures"))
    for capture in _captures(blobs, names):
        taken = beijing_date(capture.captured_at)
        stays = capture.id in resting or capture.url in addresses or taken is None or taken >= before
        if stays:
            used |= _keys(capture)
        else:
            leaving[capture.manifest] = capture
    keys = frozenset(key for capture in leaving.values() for key in _keys(capture)) - used
    sizes = [size for size in map(blobs.size, keys) if size is not None]
    receipt = PurgeReceipt(
        format=FORMAT,
        before=before.isoformat(),
        hits=tuple(sorted(going)),
        captures=tuple(sorted(leaving)),
        leads=tuple(sorted({lead.id for hit_id in going for lead in store.leads_of_hit(hit_id)})),
        blobs=len(sizes),
        bytes=sum(sizes),
    )
    return PurgePlan(receipt, keys, names)


def with_runs(plan: PurgePlan, runs: Collection[str], size: int) -> PurgePlan:
    """The plan with crawl runs in its receipt. Whoever keeps their folders deletes them once it is logged."""
    return replace(plan, receipt=replace(plan.receipt, runs=tuple(sorted(runs)), run_bytes=size))


def purge(
    store: EvidenceStore, blobs: Blobs, plan: PurgePlan, *, actor: str, clock: Clock = utc_now
) -> AuditEntry:
    """Carry out a plan; answers its entry in the audit log.

    Raises Conflict where a lead was taken up in between: what it holds is still there then.
    """
    receipt = plan.receipt
    data = canonical_json(receipt)
    digest = hashlib.sha256(data).hexdigest()
    blobs.write_name(f"{_FOLDER}/{digest}.json", data)
    reason = (
        f"retention: {len(receipt.hits)} hits, {len(receipt.captures)} captures, {receipt.blobs} blobs"
        f" ({receipt.bytes} bytes), {len(receipt.runs)} crawl runs ({receipt.run_bytes} bytes)"
        f" last seen before {receipt.before}; receipt sha256:{digest}"
    )
    draft = AuditEntry(0, rfc3339(clock()), actor, PURGE, "", "", "", reason, "", "")
    entry = append_entry(store, blobs, draft)
    for lead in let_go(store, receipt.hits):
        if lead.state != "new":
            # found again one day, it begins anew; the log has to say why
            end = AuditEntry(0, draft.at, actor, PURGE, lead.id, lead.state, "new", reason, "", "")
            append_entry(store, blobs, end)
    store.remove(receipt.hits)
    _delete(blobs, plan)
    return entry


def purged_manifests(store: EvidenceStore, blobs: Blobs) -> frozenset[str]:
    """Manifest digests of captures that the audit log says were purged."""
    found: set[str] = set()
    for digest in _logged(store):
        receipt = _read(blobs, digest)
        if receipt is not None:
            found.update(receipt.captures)
    return frozenset(found)


def verify_kept(store: EvidenceStore, blobs: Blobs) -> Verification:
    """Check every capture and the chain of them, and that each gap is one that a logged receipt explains."""
    chain = verify_chain(blobs, purged=purged_manifests(store, blobs))
    lost = [
        Problem(f"{_FOLDER}/{digest}.json", "missing or altered")
        for digest in _logged(store)
        if _read(blobs, digest) is None
    ]
    return replace(chain, problems=(*chain.problems, *lost))


def _delete(blobs: Blobs, plan: PurgePlan) -> None:
    # whoever seals looks under the same lock whether his files are still there
    with blobs.lock("chain"):
        since = frozenset(blobs.names("captures")) - plan.records
        used = {key for capture in _captures(blobs, since) for key in _keys(capture)}
        for manifest in plan.receipt.captures:
            blobs.delete_name(f"captures/{manifest[:32]}.json")
        for key in plan.keys - used:
            blobs.delete(key)


def _captures(blobs: Blobs, names: Collection[str]) -> Iterator[Capture]:
    for name in sorted(names):
        data = blobs.read_name(name)
        try:
            yield msgspec.json.decode(data or b"", type=Capture)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            # what it uses is unknown, so nothing can be said to be unused
            raise EvidenceError(f"{name} cannot be read ({error}): run verify before purging") from error


def _keys(capture: Capture) -> set[str]:
    return {capture.manifest, *(entry.sha256 for entry in capture.files)}


def _logged(store: EvidenceStore) -> Iterator[str]:
    for entry in store.audit():
        named = _LOGGED.search(entry.reason)
        if entry.action == PURGE and not entry.lead_id and named:
            yield named[1]


def _read(blobs: Blobs, digest: str) -> PurgeReceipt | None:
    data = blobs.read_name(f"{_FOLDER}/{digest}.json") or b""
    if hashlib.sha256(data).hexdigest() != digest:
        return None
    try:
        return msgspec.json.decode(data, type=PurgeReceipt)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
