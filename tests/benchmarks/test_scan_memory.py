"""A million short lines: every line answered, and the parent's memory stays flat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.benchmarks.conftest import Row

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3000)]

ROOT = Path(__file__).parents[2]
LINES = int(os.environ.get("XIANSUO_BENCHMARK_LINES", "1000000"))
TEXTS = (
    "今天的菜很新鲜",
    "收U出U加微信 ulaoban_886",
    "楼主好人一生平安",
    "求推荐一款耳机",
    "第{n}楼，顶一下",
)
ALLOWED_MB = 150


def test_a_million_lines_in_flat_memory(tmp_path: Path, record: Callable[[Row], None]) -> None:
    source = tmp_path / "in.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for n in range(LINES):
            text = TEXTS[n % len(TEXTS)].format(n=n)
            file.write(json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n")
    out = tmp_path / "out.jsonl"
    arguments = ("scan", str(source), "--format", "jsonl", "--out", str(out), "--jobs", "2")
    process = subprocess.Popen(
        [sys.executable, "-m", "console.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, stderr=subprocess.PIPE,
    )  # fmt: skip
    samples = _sample(process)
    _, stderr = process.communicate()
    assert process.returncode == 0, stderr
    with out.open("rb") as lines:
        assert sum(1 for _ in lines) == LINES
    # The first tenth is loading and warming up; after that it must not grow.
    loaded = max(samples[: max(1, len(samples) // 10)])
    grown = max(samples) - loaded
    record(
        Row(
            f"scan of {LINES:,} short lines, growth of the parent's memory",
            "itself, loaded",
            f"≤ {ALLOWED_MB} MB",
            f"{grown:.0f} MB",
            "output complete",
        )
    )
    assert grown <= ALLOWED_MB


def _sample(process: subprocess.Popen[bytes]) -> list[float]:
    """Resident megabytes of the process, twice a second until it ends."""
    samples: list[float] = []
    watched, ended = psutil.Process(process.pid), threading.Event()
    while process.poll() is None:
        try:
            samples.append(watched.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            break
        ended.wait(0.5)
    return samples
