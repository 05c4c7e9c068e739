"""Pictures of crawled pages: read within the budget, each once."""

from __future__ import annotations

import base64
import io
from collections import Counter
from typing import TYPE_CHECKING

import qrcode

from crawler.job import CrawlSpec, PageOutcome, run_job
from tests.sites.server import Reply, data, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.settings import CrawlSettings


def qr(text: str) -> bytes:
    """A QR code as PNG."""
    buffer = io.BytesIO()
    qrcode.make(text).save(buffer)
    return buffer.getvalue()


def codes(outcome: PageOutcome) -> list[str]:
    return [block.text for block in outcome.document.blocks if block.kind == "qr"] if outcome.document else []


def test_codes_in_pictures_become_blocks(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    inline = base64.b64encode(qr("weixin://inline")).decode()
    routes: dict[str, Reply] = {
        "/": page(
            "<p>扫码</p><img src=/a.png><img src=/a.png><img src=/icon.png width=16><img src=/gone.png>"
            f"<img src='data:image/png;base64,{inline}'><a href=/b>b</a>"
        ),
        "/b": page("<img src=/a.png><img src=/junk.png>"),
        "/a.png": data(qr("https://t.me/joinchat"), "image/png"),
        "/icon.png": data(qr("icon"), "image/png"),
        "/junk.png": data(b"no picture at all" * 20, "image/png"),
    }
    settings = crawl_settings.model_copy(update={"sitemaps": False, "images": True, "ocr": False})
    with serve(routes) as site:
        first, second = run_job(CrawlSpec("p", (site.url("/"),)), tmp_path / "j", settings=settings)
        asked = Counter(site.paths())
    assert sorted(codes(first)) == ["https://t.me/joinchat", "weixin://inline"]
    assert codes(second) == ["https://t.me/joinchat"]
    assert asked == {"/": 1, "/b": 1, "/a.png": 1, "/gone.png": 1, "/junk.png": 1}
    assert first.error == "1 of 3 pictures could not be read"
    assert first.document is not None
    picture = next(one for one in first.document.media if one.url.endswith("/a.png"))
    assert (tmp_path / "j" / "files" / picture.digest).exists()


def test_the_picture_budget_holds(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    routes: dict[str, Reply] = {"/": page("".join(f"<img src=/{n}.png>" for n in range(9)))}
    settings = crawl_settings.model_copy(update={"sitemaps": False, "images": True, "images_per_page": 3})
    with serve(routes) as site:
        (outcome,) = run_job(CrawlSpec("p", (site.url("/"),)), tmp_path / "j", settings=settings)
        assert len(site.paths()) == 4
    assert outcome.document is not None


def test_a_picture_can_be_the_page(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    with serve({"/p.png": data(qr("weixin://page"), "image/png")}) as site:
        spec = CrawlSpec("p", (site.url("/p.png"),), spider="urls")
        (outcome,) = run_job(spec, tmp_path / "j", settings=crawl_settings.model_copy(update={"ocr": False}))
    assert codes(outcome) == ["weixin://page"]
