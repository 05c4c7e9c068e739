"""Refusals are called what they are, and pages that speak of them are pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from crawler.job import CrawlSpec, run_job
from crawler.refusals import refusal_of
from tests.sites.server import Reply, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.settings import CrawlSettings

MOMENT = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
CASES = {
    "mitigated": (Reply(b"x", 403, (("CF-Mitigated", "challenge"),)), "challenge"),
    "moment": (page(MOMENT, status=503), "challenge"),
    "waf": (page("<script>document.cookie='acw_sc__v2=1'</script>"), "said"),
    "check": (page("请完成验证", title="百度安全验证"), "said"),
    "legal": (page("x", status=451), "geo-blocked"),
    "country": (page("This service is not available in your country.", status=403), "geo-blocked"),
    "region": (page("抱歉，您所在的地区暂未开放", status=200), "said"),
    "forbidden": (page("forbidden", status=403), "http-403"),
    "gone": (page("gone", status=404), "http-404"),
    "article": (page("Just a moment, 安全验证 is what sites ask for", title="What is a challenge"), ""),
    "long": (page("not available in your country. " * 2000), ""),
}


def test_refusals_are_told_apart(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    with serve({f"/{name}": reply for name, (reply, _) in CASES.items()}) as site:
        seeds = tuple(site.url(f"/{name}") for name in CASES)
        settings = crawl_settings.model_copy(update={"concurrency_per_host": 8})
        outcomes = list(run_job(CrawlSpec("r", seeds, spider="urls"), tmp_path / "j", settings=settings))
    # An answer that is no error is judged as a page, with a remark.
    assert {urlsplit(one.url).path[1:]: one.reason or ("said" if one.error else "") for one in outcomes} == {
        name: reason for name, (_, reason) in CASES.items()
    }
    # Kept with their exchange, for a refusal is evidence too.
    assert all(one.page and one.page.warc_records and one.page.body for one in outcomes)


@pytest.mark.parametrize(
    "body", [b"", b"\xff" * 100_000, b"<title>" * 20_000], ids=["empty", "noise", "titles"]
)
def test_any_body_has_an_answer(body: bytes) -> None:
    assert refusal_of(403, (), body) == ""
