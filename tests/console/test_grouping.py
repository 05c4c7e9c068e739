"""Leads merged and split as people type it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evidence.leads import update_leads
from evidence.settings import StoreSettings
from evidence.store.open import open_store
from tests.console.typed import xiansuo
from tests.evidence.grouped import hit_about, named

if TYPE_CHECKING:
    from pathlib import Path


def test_leads_are_merged_split_and_taken_back(tmp_path: Path) -> None:
    hits = [hit_about(1, "desk_a"), hit_about(2, "desk_b"), hit_about(3, "desk_b")]
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/xiansuo-data/index.sqlite"))
    store.put(hits)
    update_leads(store, hits)
    store.close()
    a, b = named("desk_a"), named("desk_b")

    def leads() -> dict[str, int]:
        told = json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)
        return {lead["id"]: len(lead["hit_ids"]) for lead in told}

    merged = xiansuo(
        "leads", "merge", a[:12], b[:12], "--reason", "同一团伙", cwd=tmp_path, XIANSUO_LANG="en"
    )
    assert (merged.returncode, leads()) == (0, {a: 3})
    assert f"lead {b[:12]} was merged into {a[:12]}" in merged.stderr
    shown = xiansuo("leads", "show", a, cwd=tmp_path, XIANSUO_LANG="en").stdout
    assert f"lead {b[:12]} was merged into this one" in shown
    split = xiansuo("leads", "split", a, hits[1].id[:12], "--reason", "另一人", cwd=tmp_path)
    assert leads() == {a: 2, split.stdout.strip(): 1}
    for lead in (a, b):
        assert xiansuo("leads", "undo", lead, "--reason", "看错了", cwd=tmp_path).returncode == 0
    assert leads() == {a: 1, b: 2}
    assert xiansuo("verify", "--audit", cwd=tmp_path).returncode == 0
