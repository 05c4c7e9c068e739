"""A Celery worker's process is killed at its work: the batch is given out again, the killer alone fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workers.deadly import DEADLY, ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.redis, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> Iterator[dict[str, str]]:
    """That of a scan; a worker with the fault planted in it listens as long as the test runs."""
    given = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XIANSUO_WORKER__BROKER_URL": redis_url.rsplit("/", 1)[0] + "/8",
        "XIANSUO_WORKER__BATCH": "50",
        "XIANSUO_STORE__URL": f"sqlite:///{tmp_path}/index.sqlite",
        "XIANSUO_STORE__BLOBS": str(tmp_path / "blobs"),
        "XIANSUO_DATA": str(tmp_path / "data"),
    }
    command = [sys.executable, "-m", "tests.workers.deadly", "worker", "--concurrency", "2"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=given, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield given
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def test_only_the_killer_fails(environment: dict[str, str], tmp_path: Path) -> None:
    texts = {7: DEADLY, 130: f"{ONCE}{tmp_path / 'died'}"}
    with (tmp_path / "in.jsonl").open("w", encoding="utf-8") as file:
        for n in range(200):
            line = {"id": str(n), "text": texts.get(n, f"收U出U加微信 ulaoban_{n}")}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "console.cli", "scan", "in.jsonl", "--workers", "--format", "jsonl"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3, done.stderr
    assert [each["id"] for each in found] == [str(n) for n in range(200)]
    assert [each["id"] for each in found if each["error"]] == ["7"]
    assert "process-died 1" in done.stderr
