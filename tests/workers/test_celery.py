"""The same scan through real Celery workers on a real Redis gives the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.demo.server import serve_site
from evidence.store.protocol import Query
from tests.conftest import settings_in
from workers.judge import Judged, judge
from workers.pipeline import today
from workers.save import open_evidence
from workers.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.analyse import Engine
    from workers.settings import Settings

pytestmark = [pytest.mark.redis, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
DOCUMENTS = 20_000
TEXTS = (
    "长期收U出U，秒结不冻卡，加微信 ulaoban_{n}，备注出U",
    "小区团购大米第{n}期，满五十送货上门，加群主微信 mi_tuan{n}",
    "警方提醒第{n}号：出租银行卡跑分属于违法犯罪",
    "今日气温{n}度，多云转晴",
    "编译第{n}次失败，检查 web3.py 的版本",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("celery")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve_site() as url:
        yield url


@pytest.fixture(scope="module")
def worker(folder: Path, redis_url: str, site: str) -> Iterator[dict[str, str]]:
    """A worker process of its own on a queue of its own (another Redis database)."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "XIANSUO_WORKER__BROKER_URL": redis_url.rsplit("/", 1)[0] + "/7",
        "XIANSUO_STORE__URL": f"sqlite:///{folder}/index.sqlite",
        "XIANSUO_STORE__BLOBS": str(folder / "blobs"),
        "XIANSUO_DATA": str(folder / "data"),
        "XIANSUO_CRAWL__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "XIANSUO_CRAWL__DELAY_S": "0",
        "XIANSUO_CRAWL__RENDER": "never",
        "XIANSUO_SCHEDULE": json.dumps([{"name": "site", "seeds": [site], "every_s": 2, "pages": 30}]),
    }
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "console.cli", "worker", "--concurrency", "2"],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield environment
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _run(script: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _lines(judged: Iterable[Judged]) -> list[bytes]:
    return [msgspec.json.encode(verdict_of(each)) for each in judged]


def test_workers_give_the_same_bytes_as_one_process(
    worker: dict[str, str], folder: Path, engine: Engine
) -> None:
    from crawler.feeds import read_inputs

    source = folder / "in.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for n in range(DOCUMENTS):
            text = TEXTS[n % len(TEXTS)].format(n=n)
            file.write(json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n")
        file.write("{broken\n")
    done = subprocess.run(
        [sys.executable, "-m", "console.cli", "scan", str(source), "--workers", "--format", "jsonl"],
        env={**os.environ, **worker}, cwd=folder, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr  # the broken line
    by_workers = done.stdout.splitlines()
    items = read_inputs([str(source)], settings=settings_in(folder).crawl)
    in_process = _lines(judge(items, engine, today=today()))
    assert len(by_workers) == DOCUMENTS + 1
    assert by_workers == in_process


def test_a_message_carries_ids_only(worker: dict[str, str], folder: Path) -> None:
    """A batch of 50 documents or more travels as one blob id."""
    script = (
        "from workers.tasks import scan_batch\n"
        "from workers.app import settings\n"
        "import inspect\n"
        "assert settings().worker.batch >= 50\n"
        "print(list(inspect.signature(scan_batch.run).parameters))"
    )
    assert _run(script, worker, folder).strip() == "['batch', 'today']"


def test_a_configured_crawl_job_runs_when_it_is_due(worker: dict[str, str], folder: Path) -> None:
    settings = settings_in(folder)
    with subprocess.Popen(
        [sys.executable, "-m", "console.cli", "schedule"],
        env={**os.environ, **worker},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as beat:
        try:
            found = _wait_for_hits(settings)
        finally:
            beat.terminate()
    assert any(url.endswith("/post/otc.html") for url in found)
    assert not any(url.endswith("/article/notice.html") for url in found)


def _wait_for_hits(settings: Settings) -> list[str]:
    tick = threading.Event()
    for _ in range(240):
        with open_evidence(settings) as evidence:
            found = [
                result.hit.document.url for result in evidence.store.scan(Query(filters=(("job", "site"),)))
            ]
        if any(url.endswith("/post/otc.html") for url in found):
            return found
        tick.wait(0.5)
    pytest.fail("the scheduled crawl indexed nothing within 120 s")


def test_without_a_broker_there_is_one_clear_sentence(folder: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "XIANSUO_WORKER__BROKER_URL": "redis://127.0.0.1:1/0",
        "XIANSUO_LANG": "en",
    }
    for command in (["worker"], ["scan", "-", "--workers"]):
        done = subprocess.run(
            [sys.executable, "-m", "console.cli", *command],
            input='{"id": "1", "text": "x"}',
            env={**os.environ, **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {1, 2, 3}
        assert "cannot reach the broker redis://127.0.0.1:1" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
