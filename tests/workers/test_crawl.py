"""A crawl of the demo site, judged, proven and indexed; killed, and resumed."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.demo.server import serve_site
from crawler.errors import CrawlerError
from crawler.job import CrawlSpec
from evidence.verify import verify_lead
from workers import crawl as jobs
from workers import scheduled as scheduled_runs
from workers.crawl import Progress, Seen, crawl, read_progress, run_folder
from workers.pipeline import Tally
from workers.save import open_evidence
from workers.settings import JobSettings

if TYPE_CHECKING:
    from nlp.analyse import Engine
    from workers.settings import Settings

ROOT = Path(__file__).parents[2]


def _crawl(
    settings: Settings, engine: Engine, site: str, *, render: str = "never", revisit: str = "all"
) -> dict[str, Seen]:
    folder = run_folder(settings, "demo", resume=False)
    spec = CrawlSpec("demo", (site,), pages=30, render=render, revisit=revisit)  # type: ignore[arg-type]
    tally = Tally(saving=True)
    seen = {}
    for each in crawl(spec, folder, settings, engine=engine, warn=print):
        tally.add(each.judged)
        seen[each.outcome.url.removeprefix(site)] = each
    totals = tally.totals
    assert totals.fetched == totals.indexed + totals.rejected + totals.failed == len(seen)
    assert read_progress(folder) == Progress(
        read_progress(folder).offset, len(seen), done=True, totals=totals
    )
    return seen


def test_a_crawl_finds_the_leads_and_spares_the_rest(settings: Settings, engine: Engine) -> None:
    with serve_site() as site:
        seen = _crawl(settings, engine, site)
    leads = {url for url, each in seen.items() if each.judged.analysis and each.judged.analysis.lead}
    assert {"article/law.html", "post/otc.html", "app/wallet.html", "poster.html"} <= leads
    assert not leads & {"", "article/notice.html", "article/tech.html"}


def test_a_second_run_says_what_is_unchanged_and_judges_it_for_new_rules(
    settings: Settings, engine: Engine
) -> None:
    with serve_site() as site:
        first = _crawl(settings, engine, site)
        second = _crawl(settings, engine, site, revisit="changed")
        other = replace(engine, versions=replace(engine.versions, lexicon="another"))
        third = _crawl(settings, other, site, revisit="changed")
    judged = {url for url, each in first.items() if each.judged.analysis}
    assert {url for url, each in second.items() if each.outcome.reason == "unchanged"} == judged
    assert all(second[url].judged.item.rejected for url in judged)
    assert {url for url, each in third.items() if each.judged.analysis} == judged


def test_every_lead_of_a_crawl_verifies(settings: Settings, engine: Engine) -> None:
    with serve_site() as site:
        _crawl(settings, engine, site)
    with open_evidence(settings) as evidence:
        leads = list(evidence.store.leads())
        assert leads
        for lead in leads:
            assert verify_lead(evidence.store, evidence.blobs, lead.id).ok
        for hit in evidence.store.get_many(leads[0].hit_ids):
            assert hit.capture is not None
            assert hit.capture.warc_records
            kept = hit.capture.file("page.warc.gz")
            assert kept is not None
            records = gzip.decompress(evidence.blobs.get(kept.sha256))
            assert all(f"WARC-Record-ID: {one}".encode() in records for one in hit.capture.warc_records)


@pytest.mark.browser
def test_a_script_built_page_is_rendered_and_hits_have_screenshots(
    settings: Settings, engine: Engine, chromium: str
) -> None:
    changed = settings.model_copy(update={"crawl": settings.crawl.model_copy(update={"browser": chromium})})
    with serve_site() as site:
        seen = _crawl(changed, engine, site, render="auto")
    live = seen["script.html"]
    assert live.outcome.page is not None
    assert live.outcome.page.renderer == "chromium"
    assert live.judged.analysis is not None
    assert live.judged.analysis.lead
    with open_evidence(changed) as evidence:
        for lead in evidence.store.leads():
            for hit in evidence.store.get_many(lead.hit_ids):
                assert hit.capture is not None
                shot = hit.capture.file("screenshot.png")
                assert shot is not None
                assert evidence.blobs.get(shot.sha256).startswith(b"\x89PNG")


def test_an_unfinished_run_is_resumed_and_not_begun_anew(settings: Settings) -> None:
    folder = run_folder(settings, "job", resume=False)
    folder.mkdir(parents=True)
    jobs.write_progress(folder, Progress(10, 1))
    with pytest.raises(CrawlerError) as caught:
        run_folder(settings, "job", resume=False)
    assert caught.value.reason == "unfinished"
    assert run_folder(settings, "job", resume=True) == folder
    jobs.write_progress(folder, Progress(20, 2, done=True))
    assert run_folder(settings, "job", resume=False) != folder


@pytest.mark.parametrize("name", ["../x", "", "a b", "x" * 65])
def test_job_names_are_safe_file_names(settings: Settings, name: str) -> None:
    with pytest.raises(CrawlerError):
        run_folder(settings, name, resume=False)


def test_a_killed_crawl_resumes_with_every_page_once(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XIANSUO_CRAWL__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "XIANSUO_CRAWL__DELAY_S": "0.3",
    }
    with serve_site() as site:
        command = [
            sys.executable,
            "-m",
            "console.cli",
            "crawl",
            site,
            "--render",
            "never",
            "--job",
            "k",
            "--out",
            "o.jsonl",
        ]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        _wait_for_a_spooled_page(tmp_path, process)
        process.kill()
        process.wait()
        done = subprocess.run(
            [*command, "--resume"], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr
    urls = [json.loads(line)["url"] for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert len(urls) == len(set(urls))
    assert {f"{site}{path}" for path in ("article/law.html", "post/otc.html", "poster.html")} <= set(urls)


def _wait_for_a_spooled_page(folder: Path, process: subprocess.Popen[bytes]) -> None:
    import threading

    tick = threading.Event()
    for _ in range(600):
        spools = list(folder.glob("xiansuo-data/jobs/k/*/pages.jsonl"))
        if (spools and spools[0].stat().st_size) or process.poll() is not None:
            return
        tick.wait(0.05)
    pytest.fail("the crawl spooled nothing within 30 s")


def test_a_scheduled_run_that_dies_each_time_is_given_up(settings: Settings) -> None:
    """Starts without progress are counted: the queue gives the task out again after each death."""
    job = JobSettings(name="deadly", seeds=("http://127.0.0.1:9/",), every_s=60)
    scheduled = settings.model_copy(update={"schedule": (job,)})
    folder = run_folder(settings, "deadly", resume=False)
    folder.mkdir(parents=True)
    jobs.write_progress(folder, Progress(10, 1, starts=scheduled_runs.STARTS))
    with pytest.raises(CrawlerError, match="given up") as caught:
        scheduled_runs.run_scheduled("deadly", scheduled)
    assert caught.value.reason == "crawl-died"
    assert read_progress(folder).done
    totals = scheduled_runs.run_scheduled("deadly", scheduled)
    assert (totals.fetched, totals.reasons) == (1, (("connect-failed", 1),))
    (fresh,) = set(folder.parent.iterdir()) - {folder}
    assert read_progress(fresh).done
    assert read_progress(fresh).starts == 0
