"""What it takes to be ready: time and memory of a fresh process that loads lexicons and model.

The baseline is a fresh process that imports spaCy and makes a blank Chinese pipeline.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.conftest import Row

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.benchmark
MOST_MB = 350
ROUNDS = 3
MEASURED = """
import pathlib, time
begun = time.perf_counter()
{work}
seconds = time.perf_counter() - begun
# the peak that getrusage tells is that of the process it was forked from
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(seconds, int(status["VmHWM"].split()[0]) / 1024)
"""
BLANK = "import spacy; spacy.blank('zh')"
READY = """
from crawler.document import Block, make_document
from nlp.analyse import analyse, load_engine
from nlp.settings import DetectionSettings
engine = load_engine(DetectionSettings())
verdict = analyse(make_document(source="file", blocks=[Block("body", "收U出U，加微信")], place=""), engine)
assert verdict.lead
"""


def measure(work: str) -> tuple[float, float]:
    """Seconds, the best of some rounds, and megabytes at the most, of work in a fresh process."""
    command = [sys.executable, "-W", "ignore", "-c", MEASURED.format(work=work)]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        for _ in range(ROUNDS)
    ]
    return min(float(run[0]) for run in runs), max(float(run[1]) for run in runs)


def test_ready_for_the_first_verdict(record: Callable[[Row], None]) -> None:
    seconds, size = measure(READY)
    blank_seconds, blank_size = measure(BLANK)
    record(
        Row(
            "lexicons, model and the first verdict, fresh process",
            "`import spacy` and a blank `zh` pipeline",
            f"≤ 2 s, ≤ {MOST_MB} MB",
            f"{seconds:.1f} s, {size:.0f} MB",
            f"the baseline takes {blank_seconds:.1f} s, {blank_size:.0f} MB",
        )
    )
    assert size <= MOST_MB
