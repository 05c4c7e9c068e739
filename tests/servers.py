"""Real servers for tests: found by an environment variable, or started by the project's scripts.

Where a server cannot be had its tests are skipped with the reason; under ``CI=true`` that is a failure.
"""

from __future__ import annotations

import os
import subprocess
import urllib.request
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 170


def elasticsearch_url() -> str:
    """Address of Elasticsearch: ``XIANSUO_TEST_ELASTICSEARCH``, else the one under ``.tools``."""
    return os.environ.get("XIANSUO_TEST_ELASTICSEARCH") or _started(
        "elasticsearch", installed=bool(list((_ROOT / ".tools").glob("elasticsearch-8.*")))
    )


def redis_url() -> str:
    """Address of Redis: ``XIANSUO_TEST_REDIS``, else one started by ``scripts/redis.sh``."""
    return os.environ.get("XIANSUO_TEST_REDIS") or _started("redis", installed=True)


def drop_indices(url: str, prefix: str) -> None:
    """Delete the three indices of a test's prefix."""
    names = ",".join(f"{prefix}-{kind}-v1" for kind in ("hits", "leads", "audit"))
    request = urllib.request.Request(f"{url}/{names}?ignore_unavailable=true", method="DELETE")
    urllib.request.urlopen(request, timeout=60).close()


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _started(name: str, *, installed: bool) -> str:
    if not installed and os.environ.get("CI") != "true":
        missing(f"no {name} under .tools: run make {name}")
    address, reason = _start(name)
    return address or missing(reason)


@cache
def _start(name: str) -> tuple[str, str]:
    try:
        done = subprocess.run(
            ["bash", str(_ROOT / "scripts" / f"{name}.sh"), "start"],
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"{name} did not start within {_START_SECONDS} seconds"
    lines = done.stdout.split()
    if done.returncode or not lines:
        return "", f"{name} did not start: {done.stderr.strip()[-500:]}"
    return lines[-1], ""
