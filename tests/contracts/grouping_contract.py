"""Merging and splitting leads on a real store: what is read must be what was written, whoever writes too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from evidence.blobs import open_blobs
from evidence.grouping import part_id
from evidence.leads import update_leads
from evidence.regroup import follow_all
from evidence.verify import verify_audit
from tests.evidence.grouped import Grouping, hit_about, named

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.hit import Hit
    from evidence.store.protocol import EvidenceStore


class GroupingContract:
    """Inherit beside ``StoreContract``, which brings the ``store``."""

    def desk(self, store: EvidenceStore, folder: Path) -> tuple[Grouping, list[Hit]]:
        """Three hits about two handles, in their leads."""
        hits = [hit_about(1, "desk_a"), hit_about(2, "desk_b"), hit_about(3, "desk_a", "desk_b")]
        store.put(hits)
        update_leads(store, hits)
        return Grouping(store, open_blobs(folder / "blobs")), hits

    def test_merge_split_and_undo(self, store: EvidenceStore, tmp_path: Path) -> None:
        desk, hits = self.desk(store, tmp_path)
        a, b = named("desk_a"), named("desk_b")
        before = desk.held()
        desk.take(b, "merge", a)
        assert desk.held() == {a: {hit.id for hit in hits}}
        assert [lead.id for lead in store.leads_of_hit(hits[1].id)] == [a]
        desk.take(a, "split", hits[1].id)
        part = part_id(a, [hits[1].id])
        assert desk.held() == {a: {hits[0].id, hits[2].id}, part: {hits[1].id}}
        assert [entry.about for entry in store.audit(lead_id=a)] == [(hits[1].id,)]
        desk.take(a, "undo")
        desk.take(b, "undo")
        assert desk.held() == before
        assert verify_audit(store, desk.blobs).ok

    def test_hits_added_while_leads_are_merged_are_not_lost(
        self, store: EvidenceStore, tmp_path: Path
    ) -> None:
        desk, hits = self.desk(store, tmp_path)
        a, b = named("desk_a"), named("desk_b")
        more = [hit_about(number, "desk_b") for number in range(10, 22)]

        def add(at: int) -> None:
            store.put(more[at : at + 3])
            update_leads(store, more[at : at + 3])

        def decide() -> None:
            for action, about in (("merge", (a,)), ("undo", ()), ("merge", (a,))):
                desk.take(b, action, *about)

        with ThreadPoolExecutor(5) as pool:
            jobs = [*(pool.submit(add, at) for at in range(0, 12, 3)), pool.submit(decide)]
            for job in jobs:
                job.result()
        follow_all(store)
        assert desk.held() == {a: {hit.id for hit in (*hits, *more)}}
