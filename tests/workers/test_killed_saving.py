"""A scan that is killed while it proves and indexes: what is there verifies, and resuming completes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from evidence.purge import verify_kept
from evidence.verify import verify_audit, verify_lead
from tests.conftest import settings_in
from workers.save import open_evidence

ROOT = Path(__file__).parents[2]
LINES = 600
PATIENCE = 2400


def _scan(folder: Path) -> subprocess.Popen[bytes]:
    settings = settings_in(folder)
    return subprocess.Popen(
        [sys.executable, "-m", "console.cli", "scan", "in.jsonl", "--save", "--out", "out.jsonl", "--resume"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XIANSUO_STORE__URL": settings.store.url,
            "XIANSUO_STORE__BLOBS": settings.store.blobs,
            "XIANSUO_STORE__BULK": "200",
            "XIANSUO_DATA": str(settings.data),
        },
        stderr=subprocess.PIPE,
    )


def _kill_once_there_are(process: subprocess.Popen[bytes], blobs: Path, files: int) -> None:
    """Kill the scan in the midst of its work: when so many files lie in the blob store, whole or not."""
    tick = threading.Event()
    for _ in range(PATIENCE):
        if sum(len(names) for _, _, names in os.walk(blobs)) >= files or process.poll() is not None:
            break
        tick.wait(0.05)
    process.kill()
    process.communicate()


def test_what_a_killed_scan_left_verifies_and_is_completed(tmp_path: Path) -> None:
    with (tmp_path / "in.jsonl").open("w", encoding="utf-8") as file:
        for n in range(LINES):
            text = f"长期收U出U，秒结不冻卡，加微信 ulaoban_{n % 7}，备注出U第{n}次"
            file.write(json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n")
    for files in (300, 1800):
        _kill_once_there_are(_scan(tmp_path), tmp_path / "blobs", files)
        with open_evidence(settings_in(tmp_path)) as evidence:
            for lead in evidence.store.leads():
                assert verify_lead(evidence.store, evidence.blobs, lead.id).ok
    last = _scan(tmp_path)
    _, told = last.communicate()
    assert last.returncode == 0, told
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(n) for n in range(LINES)]
    with open_evidence(settings_in(tmp_path)) as evidence:
        assert evidence.store.stats()["hits"] == LINES
        leads = list(evidence.store.leads())
        assert sum(len(lead.hit_ids) for lead in leads) >= LINES
        assert verify_audit(evidence.store, evidence.blobs).ok
        assert verify_kept(evidence.store, evidence.blobs).ok
