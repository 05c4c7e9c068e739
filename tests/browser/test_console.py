"""A person at the console, in a real browser: searches, opens a lead, reviews, switches language."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from console.demo.server import serve_site
from crawler.feeds import read_inputs
from crawler.job import CrawlSpec
from workers.crawl import crawl, run_folder
from workers.judge import judge_runs
from workers.pipeline import today
from workers.save import saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from nlp.analyse import Engine

pytestmark = pytest.mark.browser

POST = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"


@pytest.fixture(scope="module")
def console_url(tmp_path_factory: pytest.TempPathFactory, engine: Engine, chromium: str) -> Iterator[str]:
    """A console on loopback over a crawl of the demo site and a scanned post."""
    import uvicorn

    from console.api.app import make_app
    from tests.conftest import settings_in

    folder = tmp_path_factory.mktemp("console")
    settings = settings_in(folder)
    settings = settings.model_copy(update={"crawl": settings.crawl.model_copy(update={"browser": chromium})})
    with serve_site() as site:
        spec = CrawlSpec(name="demo", seeds=(site,), pages=30)
        list(crawl(spec, run_folder(settings, "demo", resume=False), settings, engine=engine, warn=print))
    _save_post(folder, settings, engine)
    server = uvicorn.Server(uvicorn.Config(make_app(settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def _save_post(folder: Path, settings: object, engine: Engine) -> None:
    from workers.settings import Settings

    assert isinstance(settings, Settings)
    source = folder / "in.jsonl"
    source.write_text(json.dumps({"id": "post-1", "text": POST}), "utf-8")
    items = read_inputs([str(source)], settings=settings.crawl)
    list(saved(judge_runs(items, engine, today=today()), settings, job="scan"))


@pytest.fixture
def tab(console_url: str, chromium: str) -> Iterator[Page]:
    """A fresh tab that fails the test when a script fails or anything off the console is asked for."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-quic"]
        )
        page = browser.new_page(base_url=console_url, locale="zh-CN")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on(
            "request",
            lambda request: problems.append(request.url) if not request.url.startswith(console_url) else None,
        )
        yield page
        browser.close()
        assert problems == []


def test_search_open_a_lead_and_review_it(tab: Page) -> None:
    tab.goto("/")
    tab.get_by_role("searchbox").fill("不冻卡")
    tab.keyboard.press("Enter")
    result = tab.locator(".result").first
    assert result.locator("mark.match").first.inner_text() == "不冻卡"
    result.locator("h2 a").click()
    tab.locator("a[href^='/leads/']").first.click()
    assert "ulaoban_886" in tab.locator("mark.contact").first.inner_text()
    tab.locator("input[name=actor]").fill("甲")
    tab.locator("textarea[name=reason]").fill("查看过")
    tab.locator("button[value=triage]").click()
    assert "已分拣" in tab.locator(".badge.state").inner_text()
    assert "查看过" in tab.locator(".history").inner_text()


def test_a_crawled_lead_shows_its_screenshot(tab: Page) -> None:
    tab.goto("/?q=盲盒")
    tab.locator(".result h2 a").first.click()
    picture = tab.locator(".shot img").first
    picture.scroll_into_view_if_needed()
    tab.wait_for_function("() => document.querySelector('.shot img').complete")
    assert picture.evaluate("image => image.naturalWidth") > 100


def test_language_is_switched_and_remembered(tab: Page) -> None:
    tab.goto("/leads")
    tab.get_by_text("English").click()
    assert tab.get_by_role("heading", name="Leads").is_visible()
    tab.goto("/")
    assert tab.get_by_role("button", name="Search").is_visible()


def test_the_keyboard_reaches_results(tab: Page) -> None:
    tab.goto("/?q=邀请码")
    tab.keyboard.press("Escape")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.closest('.result') !== null")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.name") == "q"


def test_pages_have_no_accessibility_violations(tab: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for path in ("/?q=邀请码", "/leads"):
        tab.goto(path)
        found = Axe().run(tab)
        serious = [
            each["id"] for each in found.response["violations"] if each["impact"] in {"serious", "critical"}
        ]
        assert serious == [], path
