"""A lead's captures as WACZ: other tools find it valid, pywb replays it, and Chromium shows the page."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.demo.server import serve_site
from crawler.feeds.read import read_inputs
from evidence.errors import ReportError
from evidence.leads import update_leads
from evidence.report.build import ReportOptions, build_report
from evidence.report.render import render
from evidence.report.texts import sentence
from evidence.report.wacz import wacz_bytes
from tests.conftest import settings_in
from tests.evidence.samples import sealed_hit
from tests.servers import missing
from workers.capture import capture_item
from workers.judge import judge
from workers.pipeline import today
from workers.save import open_evidence, save_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.analyse import Engine

ROOT = Path(__file__).parents[2]
WORDS = "泰达币"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> tuple[Path, str]:
    """The WACZ of a lead found on a page of the demo site, and the page's address."""
    folder = tmp_path_factory.mktemp("wacz")
    settings = settings_in(folder)
    with serve_site() as site:
        url = f"{site}post/otc.html"
        (judged,) = judge(list(read_inputs([url], settings=settings.crawl)), engine, today=today())
    with open_evidence(settings) as evidence:
        save_batch([judged], evidence, job="scan", prove=lambda one: capture_item(one, settings))
        assert judged.item.document is not None
        leads = evidence.store.leads_of_hit(judged.item.document.id)
        report = build_report(evidence.store, evidence.blobs, [lead.id for lead in leads])
        path = folder / "case.wacz"
        path.write_bytes(render(report, "wacz", blobs=evidence.blobs))
        draft = build_report(
            evidence.store, evidence.blobs, [lead.id for lead in leads], options=ReportOptions(draft=True)
        )
        assert wacz_bytes(draft, evidence.blobs)
    return path, url


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)


def test_it_holds_what_the_format_asks_for(packed: tuple[Path, str]) -> None:
    path, url = packed
    files = members(path)
    package = json.loads(files["datapackage.json"])
    assert package["wacz_version"] == "1.1.1"
    assert {one["path"] for one in package["resources"]} == set(files) - {
        "datapackage.json", "datapackage-digest.json"
    }  # fmt: skip
    heading, page = (json.loads(line) for line in files["pages/pages.jsonl"].splitlines())
    assert heading["format"] == "json-pages-1.0"
    assert page["url"] == url
    lines = files["indexes/index.cdx"].decode().splitlines()
    assert lines == sorted(lines)
    entry = next(json.loads(line.split(" ", 2)[2]) for line in lines if f'"{url}"' in line)
    start, length = int(entry["offset"]), int(entry["length"])
    record = gzip.decompress(files[f"archive/{entry['filename']}"][start : start + length])
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
    assert f"WARC-Target-URI: {url}".encode() in record


def test_wacz_and_warcio_find_it_valid(packed: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = packed
    tools = Path(sys.executable).parent
    checked = run(tools / "wacz", "validate", "-f", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "is valid" in checked.stdout
    for name, data in members(path).items():
        if name.startswith("archive/"):
            (tmp_path / "one.warc.gz").write_bytes(data)
            looked = run(tools / "warcio", "check", "-v", tmp_path / "one.warc.gz")
            assert looked.returncode == 0, looked.stdout


@pytest.mark.parametrize("part", ["archive/", "indexes/", "pages/", "datapackage.json"])
def test_wacz_finds_a_flipped_byte(packed: tuple[Path, str], tmp_path: Path, part: str) -> None:
    files = members(packed[0])
    name = next(name for name in files if name.startswith(part))
    data = bytearray(files[name])
    place = data.index(b"xiansuo") if name == "datapackage.json" else len(data) // 2
    data[place] ^= 1
    with zipfile.ZipFile(tmp_path / "bad.wacz", "w") as archive:
        for other, body in (files | {name: bytes(data)}).items():
            archive.writestr(other, body)
    assert run(Path(sys.executable).parent / "wacz", "validate", "-f", tmp_path / "bad.wacz").returncode == 1


def test_it_is_read_again(packed: tuple[Path, str], tmp_path: Path) -> None:
    path, url = packed
    items = list(read_inputs([str(path)], settings=settings_in(tmp_path).crawl))
    texts = {item.document.url: item.document for item in items if item.document}
    assert any(WORDS in block.text for block in texts[url].blocks)


def test_captures_without_records_are_no_wacz(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with open_evidence(settings) as evidence:
        hit = sealed_hit(evidence.blobs)
        evidence.store.put([hit])
        (lead,) = update_leads(evidence.store, [hit])
        report = build_report(evidence.store, evidence.blobs, [lead.id])
        with pytest.raises(ReportError, match="nothing to replay"):
            wacz_bytes(report, evidence.blobs)


def test_a_draft_says_so(packed: tuple[Path, str]) -> None:
    assert sentence("draft").zh not in members(packed[0])["datapackage.json"].decode()


@pytest.fixture(scope="module")
def pywb(tmp_path_factory: pytest.TempPathFactory, packed: tuple[Path, str]) -> Iterator[str]:
    """The address of a pywb that serves the WACZ as its collection ``case``."""
    tools = Path(os.environ.get("XIANSUO_TEST_PYWB") or ROOT / ".tools" / "pywb" / "bin")
    if not (tools / "wayback").exists():
        missing("no pywb: run make pywb")
    folder = tmp_path_factory.mktemp("pywb")
    for command in (("init", "case"), ("add", "--unpack-wacz", "case", str(packed[0]))):
        done = subprocess.run(
            [tools / "wb-manager", *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [tools / "wayback", "-b", "127.0.0.1", "-p", str(port), "--proxy", "case"],
        cwd=folder, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        yield _answering(f"http://127.0.0.1:{port}", server, folder / "log")
    finally:
        server.terminate()
        server.wait(60)
        log.close()


def _answering(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/case/", timeout=60).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return address
    pytest.fail(f"pywb does not answer: {log.read_text()[-2000:]}")


def test_pywb_finds_the_page_and_what_it_served(pywb: str, packed: tuple[Path, str]) -> None:
    _, url = packed
    with urllib.request.urlopen(f"{pywb}/case/mp_/{url}", timeout=60) as answer:
        assert WORDS in answer.read().decode()
    with urllib.request.urlopen(f"{pywb}/case/id_/{url}", timeout=60) as answer:
        raw = answer.read()
    archive = next(data for name, data in members(packed[0]).items() if name.startswith("archive/"))
    assert raw in gzip.decompress(archive)


@pytest.mark.browser
def test_the_replayed_page_is_seen_in_a_browser(pywb: str, packed: tuple[Path, str], chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            tab = browser.new_page()
            tab.goto(f"{pywb}/case/{packed[1]}", timeout=60_000)
            frame = tab.frame_locator("#replay_iframe")
            frame.get_by_text(WORDS).first.wait_for(timeout=60_000)
        finally:
            browser.close()
