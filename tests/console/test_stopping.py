"""A crawl that is told to stop: its counts are true, and resuming it counts on."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.console.typed import ROOT, xiansuo
from tests.sites.server import Reply, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sites.server import Route, Site

pytestmark = pytest.mark.timeout(600)

PROMO = "<p>长期收U出U，秒结不冻卡，加微信 ulaoban_{n}，备注出U"
COUNTS = re.compile(r"fetched (\d+) = indexed (\d+) \+ rejected (\d+) \+ failed (\d+)")
SETTINGS = {
    "XIANSUO_CRAWL__ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "XIANSUO_CRAWL__RENDER": "never",
    "XIANSUO_CRAWL__DELAY_S": "0.1",
    "XIANSUO_LANG": "en",
}
PAGES = 12
ENOUGH = 4
COMMAND = ("crawl", "--job", "j", "--out", "o.jsonl")


def _site(gate: threading.Event) -> dict[str, Route]:
    """Answers enough requests and stalls until the gate is open: a crawl cannot end before it is stopped."""
    answered = itertools.count()

    def gated(reply: Reply) -> Route:
        return lambda _: reply if gate.is_set() or next(answered) < 2 * ENOUGH else Reply(stall=True)

    links = "".join(f"<a href=/{n}>{n}</a>" for n in range(1, PAGES))
    pages = {f"/{n}": page(PROMO.format(n=n) if n % 2 else "<p>今日气温，多云转晴") for n in range(1, PAGES)}
    pages["/"] = page(links + "<a href=/gone>x</a>")
    return {path: gated(reply) for path, reply in pages.items()}


def _start(site: Site, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "console.cli", *COMMAND, site.url("/")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **SETTINGS},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _spooled(folder: Path) -> int:
    spools = list(folder.glob("xiansuo-data/jobs/j/*/pages.jsonl"))
    return spools[0].read_bytes().count(b"\n") if spools else 0


def _wait_for_pages(folder: Path, process: subprocess.Popen[str]) -> None:
    tick = threading.Event()
    for _ in range(3000):
        if _spooled(folder) >= ENOUGH:
            return
        assert process.poll() is None, process.stderr and process.stderr.read()
        tick.wait(0.05)
    pytest.fail(f"the crawl spooled no {ENOUGH} pages within 150 s")


def _counts(said: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, found)) for found in COUNTS.findall(said)]


def test_a_stopped_crawl_counts_what_it_fetched_and_goes_on(tmp_path: Path) -> None:
    gate = threading.Event()
    with serve(_site(gate)) as site:
        process = _start(site, tmp_path)
        _wait_for_pages(tmp_path, process)
        os.kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=300)[1]
        assert process.returncode == 130, said
        ((fetched, indexed, rejected, failed),) = _counts(said)
        assert fetched == indexed + rejected + failed == _spooled(tmp_path) >= ENOUGH
        assert len((tmp_path / "o.jsonl").read_bytes().splitlines()) == fetched
        assert "--resume" in said
        gate.set()
        done = xiansuo(*COMMAND, "--resume", site.url("/"), cwd=tmp_path, **SETTINGS)
    assert done.returncode == 0, done.stderr  # a page that is gone is no failure
    now, whole = _counts(done.stderr)
    assert whole == (PAGES + 1, PAGES // 2, PAGES + 1 - PAGES // 2, 0)
    assert now[0] == PAGES + 1 - fetched
    urls = [json.loads(line)["url"] for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert len(urls) == len(set(urls)) == PAGES + 1


def test_a_crawl_stopped_at_once_says_what_waits(tmp_path: Path) -> None:
    """Ctrl-C twice: the second may come at any moment, what it leaves is told and dealt with later."""
    gate = threading.Event()
    with serve(_site(gate)) as site:
        process = _start(site, tmp_path)
        _wait_for_pages(tmp_path, process)
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=300)[1]
        assert process.returncode == 130, said
        assert "Traceback" not in said
        (counts,) = _counts(said)
        waiting = re.search(r"(\d+) more pages", said)
        assert counts[0] + int(waiting[1] if waiting else 0) >= _spooled(tmp_path) >= ENOUGH
        gate.set()
        done = xiansuo(*COMMAND, "--resume", site.url("/"), cwd=tmp_path, **SETTINGS)
    assert done.returncode == 0, done.stderr
    assert _counts(done.stderr)[-1][0] == PAGES + 1


@pytest.mark.parametrize(
    ("seed", "code"),
    [
        pytest.param("http://no-such-host.invalid/", 3, id="no such host"),
        pytest.param("http://127.0.0.1:1/", 3, id="nobody listens"),
        pytest.param("{site}/gone", 3, id="a seed that is gone"),
        pytest.param("{site}/", 0, id="a link that is gone"),
        pytest.param("{site}/broken", 3, id="a link that breaks off"),
    ],
)
def test_the_exit_code_says_whether_inputs_failed(seed: str, code: int, tmp_path: Path) -> None:
    torn = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx")
    routes = {"/": page("<a href=/gone>x</a>"), "/broken": page("<a href=/torn>x</a>"), "/torn": torn}
    with serve(routes) as site:
        settings = SETTINGS | {"XIANSUO_CRAWL__RETRIES": "0"}
        done = xiansuo("crawl", seed.format(site=site.url("")), cwd=tmp_path, **settings)
    assert done.returncode == code, done.stderr
    ((fetched, indexed, rejected, failed),) = _counts(done.stderr)
    assert fetched == indexed + rejected + failed
    assert bool(failed) == (code == 3)
