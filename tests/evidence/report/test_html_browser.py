"""The HTML report in a real browser: its policy lets it work, and the switch needs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.report.html import render_html

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.report.model import Report

pytestmark = pytest.mark.browser


def test_the_switch_works_without_script_and_nothing_is_refused(
    report: Report, chromium: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "report.html"
    page_file.write_bytes(render_html(report))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False).new_page()
        messages: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: messages.append(message.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_file.as_uri())
        assert page.locator("h1 .zh").is_visible()
        assert not page.locator("h1 .en").is_visible()
        page.locator("label[for=lang-en]").click()
        assert page.locator("h1 .en").is_visible()
        assert not page.locator("h1 .zh").is_visible()
        browser.close()
    assert messages == []
    assert requests == [page_file.as_uri()]
