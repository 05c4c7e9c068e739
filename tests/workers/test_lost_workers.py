"""A Celery worker's process is killed at its work: the batch is given out again, the killer alone fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workers.deadly import ALL_ONCE, DEADLY, ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.redis, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    """That of a scan and its workers."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XIANSUO_WORKER__BROKER_URL": redis_url.rsplit("/", 1)[0] + "/8",
        "XIANSUO_WORKER__BATCH": "50",
        "XIANSUO_STORE__URL": f"sqlite:///{tmp_path}/index.sqlite",
        "XIANSUO_STORE__BLOBS": str(tmp_path / "blobs"),
        "XIANSUO_DATA": str(tmp_path / "data"),
    }


@contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with the fault planted in it."""
    command = [sys.executable, "-m", "tests.workers.deadly", "worker", "--concurrency", "2"]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def test_a_lost_worker_costs_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    """The scan waits for a worker to come; what it takes with it when it is killed is sent to the next."""
    texts = {7: f"{ALL_ONCE}{tmp_path / 'died'}"}
    command = _scan(texts, tmp_path)
    scan = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert scan.stderr is not None
    assert "xiansuo worker" in scan.stderr.readline()  # no worker answers
    with _worker(environment, tmp_path) as first:
        assert first.wait(180) == -signal.SIGKILL
    with _worker(environment, tmp_path):
        found, said = scan.communicate(timeout=300)
    assert scan.returncode == 0, said
    assert [json.loads(line)["id"] for line in found.splitlines()] == [str(n) for n in range(200)]


def _scan(texts: dict[int, str], folder: Path) -> list[str]:
    """A scan of 200 lines, some of them given."""
    with (folder / "in.jsonl").open("w", encoding="utf-8") as file:
        for n in range(200):
            line = {"id": str(n), "text": texts.get(n, f"收U出U加微信 ulaoban_{n}")}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return [sys.executable, "-m", "console.cli", "scan", "in.jsonl", "--workers", "--format", "jsonl"]


def test_only_the_killer_fails(environment: dict[str, str], tmp_path: Path) -> None:
    texts = {7: DEADLY, 130: f"{ONCE}{tmp_path / 'died'}"}
    command = _scan(texts, tmp_path)
    with _worker(environment, tmp_path):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3, done.stderr
    assert [each["id"] for each in found] == [str(n) for n in range(200)]
    assert [each["id"] for each in found if each["error"]] == ["7"]
    assert "process-died 1" in done.stderr
