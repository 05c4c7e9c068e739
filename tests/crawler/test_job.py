"""A job on loopback, in its own process: outcomes, faults, kill and resume."""

from __future__ import annotations

import gzip
import os
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from crawler.errors import CrawlerError, FetchError
from crawler.job import CrawlSpec, PageOutcome, read_outcomes, run_job
from crawler.settings import CrawlSettings
from crawler.warc import read_records
from tests.sites.certificates import self_signed
from tests.sites.server import Reply, Request, data, page, redirect, serve

BOMB = gzip.compress(b"0" * 3_000_000)
HTML = "text/html; charset=utf-8"
MANY = b"".join(b"X%d: a\r\n" % n for n in range(10_000)) + b"Content-Type: text/html\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"


def by_path(outcomes: list[PageOutcome]) -> dict[str, PageOutcome]:
    found = {outcome.url.partition("/")[2].partition("/")[2]: outcome for outcome in outcomes}
    return {key[max(key.find("/"), 0) :]: outcome for key, outcome in found.items()}


def test_a_site_is_crawled_once_through(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    routes = {
        "/": page("<a href=/b>b</a><a href=/gone>x</a><a href='/b?utm_source=q'>b</a>", title="首页"),
        "/b": page("你好 <a href=/>home</a><a href=/secret>s</a><a href=/moved>m</a><a href=/again>r</a>"),
        "/moved": redirect("/new"),
        "/new": page("新"),
        "/again": redirect("/b"),
        "/gone": page("gone", status=404),
        "/robots.txt": data(b"User-agent: *\nDisallow: /secret\n", "text/plain"),
    }
    with serve(routes) as site:
        outcomes = list(run_job(CrawlSpec("t", (site.url("/"),)), tmp_path / "j", settings=crawl_settings))
        found = by_path(outcomes)
        asked = Counter(site.paths())
    assert {path: o.reason for path, o in found.items()} == {
        "/": "",
        "/b": "",
        "/gone": "http-404",
        "/secret": "robots-forbidden",
        "/moved": "",
        "/again": "duplicate",
    }
    assert set(asked.values()) == {1}
    moved = found["/moved"].page
    assert moved is not None
    assert [(hop.status, hop.ip) for hop in moved.hops] == [(302, "127.0.0.1"), (200, "127.0.0.1")]
    assert moved.hops[0].location == "/new"
    assert len(moved.robots) == 64
    assert (tmp_path / "j" / "files" / moved.body).exists()
    records = {record.id: record for record in read_records(tmp_path / "j" / "crawl.warc.gz")}
    assert [records[one].type for one in moved.warc_records] == ["request", "response", "metadata"] * 2
    assert {o.page.warc_records == () for o in outcomes if o.page} == {False}


FAULTS: dict[str, tuple[Reply, str]] = {
    "bomb": (Reply(BOMB, 200, (("Content-Type", HTML), ("Content-Encoding", "gzip"))), "too-large"),
    "large": (data(b"x" * 1_500_000, HTML), "too-large"),
    "stall": (Reply(stall=True), "timeout"),
    "drip": (Reply(b"x" * 1000, drip_s=0.2), "timeout"),
    "loop": (redirect("/"), "redirect-loop"),
    "inside": (redirect("http://169.254.169.254/latest/meta-data"), "private-address"),
    "scheme": (redirect("file:///etc/passwd"), "bad-url"),
    "short": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "broken-off"),
    "nonsense": (Reply(raw=b"\x00\x01\x02 not http at all\r\n\r\n"), "bad-response"),
    "headers": (Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"), "bad-response"),
    "manyheaders": (Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200_000 + b"\r\n"), "bad-response"),
    "surrogate": (page('<script type=\'application/ld+json\'>{"name": "a\\ud800b"}</script><p>x</p>'), ""),
    "status": (page("forbidden", status=403), "http-403"),
    "binary": (data(b"\x00\x01" * 50, "application/octet-stream"), "unsupported-type"),
    "badgzip": (
        Reply(b"no gzip", 200, (("Content-Type", HTML), ("Content-Encoding", "gzip"))),
        "bad-encoding",
    ),
    "charset": (data("<p>承兑</p>".encode("gb18030"), "text/html; charset=utf-8"), ""),
    "nocharset": (data(b"<p>x</p>", "text/html; charset=klingon"), ""),
    "hung-up": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-"), "bad-response"),
    "tenthousand": (Reply(raw=b"HTTP/1.1 200 OK\r\n" + MANY + b"Content-Length: 8\r\n\r\n<p>x</p>"), ""),
    "nul": (Reply(raw=b"HTTP/1.1 200 OK\r\nX\x00Y: a\r\nContent-Length: 1\r\n\r\nx"), "bad-response"),
    "minus": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), "bad-response"),
    "promise": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nabc"), "too-large"),
    "badchunk": (Reply(raw=CHUNKED + b"zz\r\nabc"), "broken-off"),
    "endless": (Reply(raw=CHUNKED, endless=b"10000\r\n" + b"x" * 65536 + b"\r\n"), "too-large"),
    "trickle": (Reply(raw=CHUNKED, endless=b"1\r\nx\r\n", drip_s=0.05), "timeout"),
    "endlesshead": (Reply(raw=b"HTTP/1.1 200 OK\r\n", endless=b"X: a\r\n" * 1000), "bad-response"),
    "brotli": (Reply(b"zz", 200, (("Content-Type", HTML), ("Content-Encoding", "br"))), "bad-encoding"),
    "port": (redirect("http://127.0.0.1:99999/"), "bad-url"),
    "half": (redirect("http://\xed\xa0\x80/"), "bad-url"),
    "blank": (redirect("http://127.0.0.1 .example.com/"), "bad-url"),
    "refusing": (redirect("http://127.0.0.1:1/"), "connect-failed"),
}
OURS = re.compile(r"twisted|scrapy|Failure|Error\b|Exception|\[<|object at|\\x")


PATIENCE_S = {True: 3.0, False: 30.0}
"""Whether hosts stall, and the limit: those that do are left soon, those that do not are never too slow."""


@pytest.mark.parametrize("stalls", [True, False], ids=["stalling", "answering"])
def test_every_fault_is_an_outcome_and_the_run_goes_on(
    stalls: bool, tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    settings = crawl_settings.model_copy(
        update={
            "max_body_bytes": 1_000_000,
            "timeout_s": PATIENCE_S[stalls],
            "concurrency_per_host": 16,
        }
    )
    faults = {name: fault for name, fault in FAULTS.items() if (fault[1] == "timeout") == stalls}
    with serve({f"/{name}/": reply for name, (reply, _) in faults.items()}) as site:
        site.routes["/loop/"] = redirect("/loop/")
        seeds = tuple(site.url(f"/{name}/") for name in faults)
        outcomes = list(run_job(CrawlSpec("f", seeds, spider="urls"), tmp_path / "j", settings=settings))
    reasons = {o.url.rstrip("/").rpartition("/")[2]: o.reason for o in outcomes}
    assert reasons == {name: reason for name, (_, reason) in faults.items()}
    assert [one.error for one in outcomes if OURS.search(one.error)] == []
    assert all(one.error for one in outcomes if one.reason)
    assert len(outcomes) == len(seeds) == sum(1 for o in outcomes if (o.document is None) == bool(o.reason))
    list(read_records(tmp_path / "j" / "crawl.warc.gz"))


ROBOTS: dict[str, tuple[Reply, str]] = {
    "127.0.0.1": (data(b"User-agent: *\nDisallow: /secret\n", "text/plain"), ""),
    "127.0.0.2": (data(b"User-agent: *\nDisallow:\n" * 120_000, "text/plain"), "too-large"),
    "127.0.0.3": (Reply(stall=True), "timeout"),
    "127.0.0.4": (Reply(raw=CHUNKED, endless=b"8\r\nAllow: /\r\n", drip_s=0.05), "timeout"),
    "127.0.0.5": (redirect("http://169.254.169.254/robots.txt"), "private-address"),
    "127.0.0.6": (data(b"User-agent: *\nDisallow: /" + b"*a" * 240_000 + b"*b$\n", "text/plain"), ""),
    "127.0.0.7": (data(b"User-agent: *\n" + b"Disallow: /*a*b*c$\n" * 25_000, "text/plain"), ""),
    "127.0.0.8": (data(bytes(range(256)) * 1000, "application/octet-stream"), ""),
    "127.0.0.9": (redirect("/robots.txt"), ""),
    "127.0.0.10": (Reply(BOMB, 200, (("Content-Encoding", "gzip"),)), "too-large"),
    "127.0.0.11": (Reply(raw=b"\x00\x00\r\n\r\n"), "bad-response"),
    "127.0.0.12": (redirect("http://["), "bad-url"),
    "127.0.0.13": (Reply(b"", 503), "robots-unavailable"),
}


@pytest.mark.parametrize("stalls", [True, False], ids=["stalling", "answering"])
def test_hostile_rules_close_their_own_host_at_most(
    stalls: bool, tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    """Rules that cannot be had forbid; a circle of redirects or nonsense counts as none (RFC 9309 2.3)."""
    settings = crawl_settings.model_copy(
        update={"max_body_bytes": 1_000_000, "timeout_s": PATIENCE_S[stalls]}
    )
    rules = {host: rule for host, rule in ROBOTS.items() if (rule[1] == "timeout") == stalls}
    routes = {f"{host}/robots.txt": reply for host, (reply, _) in rules.items()}
    with serve({**routes, "*": page("承兑")}, hosts=tuple(rules)) as site:
        seeds = tuple(site.url("/" + "a" * 1000, host) for host in rules)
        outcomes = list(run_job(CrawlSpec("h", seeds, spider="urls"), tmp_path / "j", settings=settings))
    found = {(urlsplit(one.url).hostname or ""): one for one in outcomes}
    assert {host: one.reason for host, one in found.items()} == {
        host: reason for host, (_, reason) in rules.items()
    }
    assert [one.error for one in outcomes if OURS.search(one.error)] == []
    assert len(outcomes) == len(seeds)


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        ("http://localhost:{port}/", "private-address"),
        ("http://2130706433:{port}/", "private-address"),
        ("http://[::ffff:127.0.0.1]:{port}/", "private-address"),
        ("http://no-such-host.invalid/", "dns-failed"),
        ("nonsense", "bad-url"),
    ],
)
def test_loopback_is_closed_unless_opened(tmp_path: Path, seed: str, reason: str) -> None:
    settings = CrawlSettings(delay_s=0, retries=0, render="never")
    with serve({"/": page("secret")}) as site:
        spec = CrawlSpec("g", (seed.format(port=site.port),))
        (outcome,) = run_job(spec, tmp_path / "j", settings=settings)
        assert site.seen == []
    assert outcome.reason == reason


def test_tls_is_verified_unless_told_otherwise(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    lenient = crawl_settings.model_copy(update={"verify_tls": False})
    with serve({"/": page("x")}, tls=self_signed()) as site:
        spec = CrawlSpec("s", (site.url("/"),))
        (strict,) = run_job(spec, tmp_path / "a", settings=crawl_settings)
        (taken,) = run_job(spec, tmp_path / "b", settings=lenient)
    assert (strict.reason, taken.reason) == ("tls-error", "")


def test_a_redirect_chain_has_an_end(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    def on(request: Request) -> Reply:
        return redirect(f"/{int(request.path.strip('/') or 0) + 1}")

    with serve({"*": on}) as site:
        (outcome,) = run_job(CrawlSpec("r", (site.url("/0"),)), tmp_path / "j", settings=crawl_settings)
    assert outcome.reason == "too-many-redirects"
    assert outcome.page is not None
    assert len(outcome.page.hops) == crawl_settings.max_redirects + 1


def test_an_endless_site_ends(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    def trap(request: Request) -> Reply:
        return page(
            f"<a href='{request.path.rstrip('/')}/x'>deeper</a><a href='?n={len(site.seen)}'>more</a>"
        )

    settings = crawl_settings.model_copy(update={"depth": 1000, "pages": 500})
    with serve({"*": trap}) as site:
        outcomes = list(run_job(CrawlSpec("e", (site.url("/"),)), tmp_path / "j", settings=settings))
    assert 3 < len(outcomes) <= 250


def wide(count: int) -> dict[str, Reply]:
    links = "".join(f"<a href=/{n}>{n}</a>" for n in range(count))
    return {"/": page(links), **{f"/{n}": page(f"页 {n}") for n in range(count)}}


def test_a_killed_job_is_resumed_without_loss_or_doubling(
    tmp_path: Path, crawl_settings: CrawlSettings
) -> None:
    settings = crawl_settings.model_copy(update={"pages_per_host": 300, "delay_s": 0.005})
    spec, folder = CrawlSpec("k", ("",), pages=121), tmp_path / "j"
    with serve(wide(120)) as site:
        spec = CrawlSpec("k", (site.url("/"),), pages=121)
        seen: list[PageOutcome] = []
        for stop in (7, 40):
            with pytest.raises(FetchError, match="code -9"):
                crawl_and_kill(spec, folder, settings, seen, stop)
            with (folder / "crawl.warc.gz").open("ab") as file:
                file.write(b"\x1f\x8b\x08\x00torn")
            with (folder / "pages.jsonl").open("ab") as file:
                file.write(b'{"url": "torn')
        seen += run_job(spec, folder, settings=settings, resume=True, offset=seen[-1].offset)
    assert Counter(o.url for o in seen) == Counter(
        {site.url("/"): 1, **{site.url(f"/{n}"): 1 for n in range(120)}}
    )
    assert [o.url for o in read_outcomes(folder)] == [o.url for o in seen]
    records = {record.id for record in read_records(folder / "crawl.warc.gz")}
    assert all(o.page is not None and set(o.page.warc_records) <= records for o in seen)


def crawl_and_kill(
    spec: CrawlSpec, folder: Path, settings: CrawlSettings, seen: list[PageOutcome], stop: int
) -> None:
    """Go on with a job and kill its process once so many outcomes were seen."""
    offset = seen[-1].offset if seen else 0
    for outcome in run_job(spec, folder, settings=settings, resume=bool(seen), offset=offset):
        seen.append(outcome)
        if len(seen) == stop:
            os.kill(child_of(folder), signal.SIGKILL)


def test_a_full_disk_stops_the_job_and_costs_no_page(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    folder = tmp_path / "j"
    with serve(wide(20)) as site:
        spec = CrawlSpec("d", (site.url("/"),))
        usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, usual[1]))
        try:
            with pytest.raises(FetchError, match="code 4"):
                list(run_job(spec, folder, settings=crawl_settings))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        before = len(list(read_outcomes(folder)))
        outcomes = list(run_job(spec, folder, settings=crawl_settings, resume=True))
    assert 0 < before < 21
    assert len({o.url for o in outcomes}) == len(outcomes) == 21
    assert {o.reason for o in outcomes} == {""}


def child_of(folder: Path) -> int:
    """The process that works in the folder."""
    return next(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes()
    )


def test_closing_the_iterator_stops_the_process(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    settings = crawl_settings.model_copy(update={"delay_s": 0.2})
    with serve(wide(50)) as site:
        spec = CrawlSpec("c", (site.url("/"),))
        run = run_job(spec, tmp_path / "j", settings=settings)
        next(run)
        run.close()  # type: ignore[attr-defined]
        with pytest.raises(StopIteration):
            child_of(tmp_path / "j")
        with pytest.raises(CrawlerError, match="already holds"):
            next(run_job(spec, tmp_path / "j", settings=settings))
        done = list(run_job(spec, tmp_path / "j", settings=crawl_settings, resume=True))
    assert len(done) == len({o.url for o in done}) == 51


def test_the_crawl_ends_with_its_parent(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    settings = crawl_settings.model_copy(update={"delay_s": 0.5})
    with serve(wide(50)) as site:
        script = (
            "from pathlib import Path; from crawler.job import *; from crawler.settings import *\n"
            f"spec = CrawlSpec('o', ({site.url('/')!r},))\n"
            f"settings = CrawlSettings.model_validate_json({settings.model_dump_json()!r})\n"
            f"for one in run_job(spec, Path({str(tmp_path / 'j')!r}), settings=settings):\n"
            "    print(one.url, flush=True)\n"
        )
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            crawl = psutil.Process(child_of(tmp_path / "j"))
            parent.kill()
        # Resumed at once, while the orphan may still be about.
        fast = settings.model_copy(update={"delay_s": 0})
        outcomes = list(run_job(CrawlSpec("o", (site.url("/"),)), tmp_path / "j", settings=fast, resume=True))
        assert not crawl.is_running()
    assert len({one.url for one in outcomes}) == len(outcomes) == 51
