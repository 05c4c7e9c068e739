"""A purge takes what is past its date and nothing else, says so in the log, and leaves all proof intact."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from fsspec.implementations.local import LocalFileSystem

from evidence.blobs import Blobs
from evidence.errors import Conflict, StoreUnavailable
from evidence.leads import update_leads
from evidence.purge import plan_purge, purge, verify_kept
from evidence.review import Step, allowed_actions, take
from evidence.seal import Sealing, seal
from evidence.verify import verify_audit, verify_chain, verify_lead
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import TEXT, fixed_clock, sealed_hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from evidence.hit import Hit

DAY = date(2027, 1, 1)
LATER = "2027-06-01T00:00:00Z"


def numbered(blobs: Blobs, number: int, *, text: str = TEXT, late: bool = False) -> Hit:
    hit = sealed_hit(blobs, f"{number} {text}", url=f"https://f.example/{number}")
    return replace(hit, seen_at=LATER) if late else hit


def indexed(hits: list[Hit]) -> MemoryStore:
    store = MemoryStore()
    store.put(hits)
    update_leads(store, hits)
    return store


def carry_out(store: MemoryStore, blobs: Blobs, *, keep: tuple[str, ...] = ()) -> None:
    purge(store, blobs, plan_purge(store, blobs, before=DAY, keep=keep), actor="desk", clock=fixed_clock)


def all_verifies(store: MemoryStore, blobs: Blobs) -> bool:
    return bool(verify_audit(store, blobs)) and bool(verify_kept(store, blobs))


def test_what_is_past_its_date_goes_and_the_rest_verifies(blobs: Blobs) -> None:
    hits = [numbered(blobs, 1), numbered(blobs, 2, late=True), numbered(blobs, 3)]
    store = indexed(hits)
    carry_out(store, blobs)
    assert list(store.hits) == [hits[1].id]
    (lead,) = store.leads()
    assert lead.hit_ids == (hits[1].id,)
    assert lead.first_seen == lead.last_seen == LATER
    assert verify_lead(store, blobs, lead.id).ok
    assert all_verifies(store, blobs)
    assert not verify_chain(blobs).ok  # the gaps are only excused by the receipt
    capture = hits[1].capture
    assert capture is not None
    assert set(blobs.keys()) == {capture.manifest, *(entry.sha256 for entry in capture.files)}
    assert plan_purge(store, blobs, before=DAY).empty


def test_a_plan_changes_nothing(blobs: Blobs) -> None:
    store = indexed([numbered(blobs, 1)])
    keys = set(blobs.keys())
    receipt = plan_purge(store, blobs, before=DAY).receipt
    assert (len(receipt.hits), len(receipt.captures), len(receipt.leads)) == (1, 1, 1)
    assert receipt.blobs == len(keys)
    assert receipt.bytes > 0
    assert set(blobs.keys()) == keys
    assert len(store.hits) == len(store.saved) == 1
    assert store.log == []


def test_a_blob_that_another_capture_uses_stays(blobs: Blobs) -> None:
    old, new = numbered(blobs, 1), numbered(blobs, 2, late=True)
    assert old.capture is not None
    assert new.capture is not None
    files = {"text.txt": f"1 {TEXT}".encode(), "item.json": b"{}"}
    (shared,) = seal([Sealing(files, new.capture.url, new.capture.url, LATER, {})], blobs=blobs)
    store = indexed([old, replace(new, capture=shared)])
    carry_out(store, blobs)
    assert all(blobs.exists(entry.sha256) for entry in shared.files)
    assert not blobs.exists(old.capture.manifest)
    assert blobs.exists(new.capture.manifest), "older proof of a page that is still a hit"


def test_an_older_proof_goes_with_its_hit_and_what_is_kept_stays(blobs: Blobs) -> None:
    first = sealed_hit(blobs)
    again = sealed_hit(blobs)
    assert first.capture is not None
    assert again.capture is not None
    store = indexed([again])
    carry_out(store, blobs, keep=(first.capture.id,))
    assert blobs.exists(first.capture.manifest)
    assert not blobs.exists(again.capture.manifest)
    carry_out(store, blobs)
    assert list(blobs.keys()) == []


def test_a_lead_under_way_keeps_everything(blobs: Blobs) -> None:
    store = indexed([numbered(blobs, 1)])
    (lead,) = store.leads()
    plan = plan_purge(store, blobs, before=DAY)
    take(store, blobs, Step(lead.id, "triage", "desk", "seen"))
    assert plan_purge(store, blobs, before=DAY).empty
    with pytest.raises(Conflict, match="triaged"):
        purge(store, blobs, plan, actor="desk")
    assert verify_lead(store, blobs, lead.id).ok


def test_a_dismissed_lead_goes_and_begins_anew_when_found_again(blobs: Blobs) -> None:
    hit = numbered(blobs, 1)
    store = indexed([hit])
    (lead,) = store.leads()
    take(store, blobs, Step(lead.id, "dismiss", "desk", "a mistake"))
    carry_out(store, blobs)
    assert list(store.leads()) == []
    assert all_verifies(store, blobs)
    fresh = numbered(blobs, 1)
    store.put([fresh])
    update_leads(store, [fresh])
    assert all_verifies(store, blobs)
    assert "undo" not in allowed_actions(store, lead.id)
    assert take(store, blobs, Step(lead.id, "triage", "desk", "again")).state == "triaged"
    assert all_verifies(store, blobs)


class Forgetful(MemoryStore):
    """A store that dies in the middle of removing."""

    def remove(self, hit_ids: Iterable[str]) -> tuple[str, ...]:
        super().remove(list(hit_ids)[:1])
        raise StoreUnavailable("gone")


def test_a_purge_cut_short_is_finished_by_the_next(blobs: Blobs) -> None:
    hits = [numbered(blobs, 1), numbered(blobs, 2)]
    store = Forgetful()
    store.put(hits)
    update_leads(store, hits)
    with pytest.raises(StoreUnavailable):
        carry_out(store, blobs)
    again = MemoryStore()
    again.hits, again.saved, again.log = store.hits, store.saved, store.log
    assert len(again.hits) == 1
    carry_out(again, blobs)
    assert not again.hits
    assert list(blobs.keys()) == []
    assert all_verifies(again, blobs)


class Meanwhile(Blobs):
    """A blob store where something happens just before the next lock is had."""

    event: Callable[[], object] | None = None

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        happening, self.event = self.event, None
        if happening:
            happening()
        with super().lock(name):
            yield


def test_a_seal_puts_back_what_a_purge_took_in_between(blobs: Blobs) -> None:
    store = indexed([numbered(blobs, 1)])
    plan = plan_purge(store, blobs, before=DAY)
    assert blobs.local is not None
    busy = Meanwhile(LocalFileSystem(), str(blobs.local), local=blobs.local)
    busy.event = lambda: purge(store, blobs, plan, actor="desk")
    again = numbered(busy, 1)
    store.put([again])
    update_leads(store, [again])
    (lead,) = store.leads()
    assert verify_lead(store, blobs, lead.id).ok
    assert all_verifies(store, blobs)


def test_a_receipt_that_is_missing_or_altered_is_found(blobs: Blobs) -> None:
    store = indexed([numbered(blobs, 1), numbered(blobs, 2, late=True)])
    carry_out(store, blobs)
    (name,) = blobs.names("purges")
    blobs.write_name(name, b"{}")
    assert {problem.file for problem in verify_kept(store, blobs).problems} == {name, "chain"}
