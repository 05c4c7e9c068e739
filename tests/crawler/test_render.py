"""The guarded browser: what it shows, what it refuses, how it fails."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from crawler.chromium import needs_browser
from crawler.document import Block, make_document
from crawler.errors import CrawlerError, RenderError
from crawler.job import CrawlSpec, run_job
from crawler.render import Browser
from crawler.settings import CrawlSettings
from crawler.warc import read_records
from tests.servers import missing
from tests.sites.certificates import self_signed
from tests.sites.server import Reply, Site, data, page, redirect, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = CrawlSettings(
    allow_networks=("127.0.0.1/32",), delay_s=0, timeout_s=5, retries=0, render_timeout_s=8, images=False
)
SHELL = "<div id=app></div><script>document.getElementById('app').innerHTML='{}'</script>"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def captures() -> Iterator[Browser]:
    if not Path(SETTINGS.browser).exists():
        missing(f"no Chromium at {SETTINGS.browser}")
    with Browser(SETTINGS) as shared:
        yield shared


@pytest.mark.parametrize(
    ("body", "text", "expected"),
    [
        (SHELL, "", True),
        ("<div id='root'></div><script src=/m.js></script>", "加载中" * 20, True),
        ("<noscript>Please enable JavaScript</noscript><script></script>", "x" * 100, True),
        ("<p>short</p>", "short", False),
        ("<script>stat()</script><p>文章</p>", "文章" * 200, False),
        ("<script>stat()</script><p>a</p>", "a" * 100, False),
    ],
    ids=["shell", "loading", "noscript", "no-script", "article", "short-article"],
)
def test_only_script_built_pages_need_the_browser(body: str, text: str, expected: bool) -> None:
    blocks = (Block("body", text),) if text else ()
    assert needs_browser(body.encode(), make_document(source="web", blocks=blocks)) is expected


def test_a_missing_browser_is_named() -> None:
    settings = SETTINGS.model_copy(update={"browser": "/nowhere/chromium"})
    with Browser(settings) as absent, pytest.raises(RenderError, match="install chromium") as caught:
        absent.capture("http://127.0.0.1:9/")
    assert caught.value.reason == "no-browser"


@pytest.mark.browser
def test_a_page_is_seen_as_its_script_made_it(captures: Browser) -> None:
    with serve(
        {"/": redirect("/app"), "/app": page(SHELL.format("加微信 abc") + "<script>alert(1)</script>")}
    ) as site:
        rendered = captures.capture(site.url("/"))
        assert rendered.final_url == site.url("/app")
    assert "加微信 abc" in rendered.html
    assert b"innerHTML" in rendered.body
    assert rendered.screenshot.startswith(PNG)
    assert [(hop.status, hop.ip) for hop in rendered.hops] == [(302, "127.0.0.1"), (200, "127.0.0.1")]
    assert rendered.hops[0].location == "/app"


@pytest.mark.browser
def test_script_navigation_is_a_hop(captures: Browser) -> None:
    with serve({"/": page("<script>location.href='/b'</script>"), "/b": page("到了")}) as site:
        rendered = captures.capture(site.url("/"))
        assert [hop.url for hop in rendered.hops] == [site.url("/"), site.url("/b")]
    assert "到了" in rendered.html


INSIDE = {
    "frame": "<iframe src='{url}'></iframe>",
    "fetch": "<script>fetch('{url}')</script>",
    "image": "<img src='{url}'>",
    "hop": "<img src='/hop'>",
    "socket": "<script>new WebSocket('{url}'.replace('http','ws'))</script>",
    "worker": "<script>new Worker(URL.createObjectURL(new Blob([`fetch('{url}')`])))</script>",
    "script": "<script>location='{url}'</script>",
}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("way", "host"),
    [
        *((way, "127.0.0.2") for way in INSIDE),
        *(("frame", host) for host in ("2130706434", "[::ffff:127.0.0.2]")),
    ],
)
def test_no_way_leads_the_browser_inside(captures: Browser, way: str, host: str) -> None:
    """127.0.0.1 is open to the test, 127.0.0.2 stands for the network inside."""
    with serve({"*": page("secret")}, hosts=("127.0.0.2",)) as inside:
        url = f"http://{host}:{inside.port}/secret"
        routes = {"/": page(INSIDE[way].replace("{url}", url)), "/hop": redirect(url)}
        with serve(routes) as site:
            _capture(captures, site.url("/"))
            assert site.paths()[0] == "/"
        assert inside.seen == []


def _capture(captures: Browser, url: str) -> str:
    """The reason a capture failed for, or an empty string."""
    try:
        captures.capture(url)
    except CrawlerError as error:
        return error.reason
    return ""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (redirect("http://10.0.0.1/"), "private-address"),
        (redirect("/"), "too-many-redirects"),
        (Reply(stall=True), "timeout"),
        (page("<script>while(1){}</script>"), "timeout"),
        (data(b"x", "application/octet-stream"), "download-refused"),
        (page("gone", status=404), ""),
    ],
    ids=["inside", "loop", "stall", "busy", "download", "error-page"],
)
def test_each_failure_has_its_reason(reply: Reply, reason: str) -> None:
    with Browser(SETTINGS.model_copy(update={"render_timeout_s": 4})) as own, serve({"*": reply}) as site:
        assert _capture(own, site.url("/")) == reason
        site.routes["/good"] = page("good")
        assert _capture(own, site.url("/good")) == ""


@pytest.mark.browser
def test_a_certificate_that_does_not_verify(captures: Browser) -> None:
    with serve({"/": page("x")}, tls=self_signed()) as site:
        assert _capture(captures, site.url("/")) == "tls-error"


@pytest.mark.browser
def test_dead_hosts_and_closed_ports(captures: Browser) -> None:
    with serve({}) as site:
        url = site.url("/")
    assert _capture(captures, url) == "connect-failed"
    assert _capture(captures, "http://no-such-host.invalid/") == "dns-failed"
    assert _capture(captures, "http://192.168.0.1/") == "private-address"


@pytest.mark.browser
def test_a_crash_is_survived() -> None:
    before = set(_chromiums())
    with Browser(SETTINGS) as own, serve({"/": page("x")}) as site:
        assert _capture(own, site.url("/")) == ""
        for process in set(_chromiums()) - before:
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(5)
        assert _capture(own, site.url("/")) == ""


def _chromiums() -> list[psutil.Process]:
    """The browsers this test run has started; not their own children."""
    found = psutil.Process().children(recursive=True)
    return [one for one in found if _is_browser(one)]


def _is_browser(process: psutil.Process) -> bool:
    try:
        return "chrom" in process.name() and "--type=" not in " ".join(process.cmdline())
    except psutil.Error:
        return False


def app_site() -> dict[str, Reply]:
    return {
        "/": page("<p>" + "普通文字 " * 80 + "</p><a href=/app>a</a><a href=/away>b</a><a href=/busy>c</a>"),
        "/busy": page(SHELL.format("") + "<script>setTimeout(() => {while(1){}}, 50)</script>"),
        "/app": page(SHELL.format("加微信 abc<a href=/deep>deep</a>")),
        "/deep": page(SHELL.format("深处")),
        "/away": page("<script>location='/app'</script>"),
    }


def crawl(site: Site, folder: Path, **changes: object) -> dict[str, tuple[str, str, str]]:
    settings = SETTINGS.model_copy(update={"allow_networks": ("127.0.0.0/8",), **changes})
    found = {}
    for one in run_job(CrawlSpec("b", (site.url("/"),)), folder, settings=settings):
        renderer = one.page.renderer if one.page else ""
        text = "".join(block.text for block in one.document.blocks) if one.document else ""
        found["/" + one.url.rpartition("/")[2]] = (one.reason, renderer, text + one.error)
    return found


@pytest.mark.browser
def test_a_crawl_renders_what_needs_it(captures: Browser, tmp_path: Path) -> None:
    with serve(app_site()) as site:
        found = crawl(site, tmp_path, render="auto", render_pages_per_context=1, render_timeout_s=6)
    assert {path: (reason, renderer) for path, (reason, renderer, _) in found.items()} == {
        "/": ("", "http"),
        "/app": ("", "chromium"),
        "/deep": ("", "chromium"),
        "/away": ("duplicate", "chromium"),
        "/busy": ("", "http"),
    }
    assert "timeout" in found["/busy"][2]
    assert "加微信 abc" in found["/app"][2]
    kinds = [(r.type, r.url.partition(":http")[0]) for r in read_records(tmp_path / "crawl.warc.gz")]
    assert kinds.count(("resource", "urn:dom")) == kinds.count(("resource", "urn:screenshot")) == 3


@pytest.mark.browser
def test_a_crawl_renders_all_or_nothing_when_told(captures: Browser, tmp_path: Path) -> None:
    with serve(app_site()) as site:
        always = crawl(site, tmp_path / "always", render="always", render_timeout_s=6)
        never = crawl(site, tmp_path / "never", render="never")
    assert {renderer for path, (_, renderer, _) in always.items() if path != "/busy"} == {"chromium"}
    assert always["/"][1] == "chromium"
    assert {renderer for _, renderer, _ in never.values()} == {"http"}
    assert "/deep" not in never


def test_a_crawl_without_a_browser_keeps_what_was_served(tmp_path: Path) -> None:
    with serve(app_site()) as site:
        found = crawl(site, tmp_path, browser="/nowhere/chromium")
    reason, renderer, text = found["/app"]
    assert (reason, renderer) == ("", "http")
    assert "no-browser" in text
