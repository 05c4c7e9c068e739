"""Extraction against BeautifulSoup's html.parser on the same made-up pages, in one run.

Two comparisons: the same work (text in blocks, links, pictures, metadata, JSON-LD, headings, comments, ad
slots, hidden parts, as a plain BeautifulSoup extractor gets them), and BeautifulSoup's bare ``get_text``,
which gives none of the rest.
Times are processor time, for the machine may be busy with other things.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup

from crawler.extract.html import extract_html
from crawler.feeds.jsonl import read_jsonl
from tests.benchmarks.conftest import Row
from tests.crawler.extract.pages import made_page

URL = "https://site.example/a/"


def _small(page: bytes) -> bytes:
    """A made page without its long script, style sheet and menu: some 3 KB."""
    page = re.sub(rb"<(script|style)>.*?</\1>", b"", page, flags=re.S)
    return re.sub(rb'(<li class="menu-item">.*?</li>\n)+', rb"\1", page)


PAGES = [made_page(seed=seed, sections=sections) for seed, sections in ((1, 16), (2, 30), (3, 50), (4, 72))]
SMALL = [_small(made_page(seed=seed, sections=1)) for seed in range(5, 25)]
ROUNDS = 5
BLOCKS = [
    "p",
    "div",
    "li",
    "tr",
    "td",
    "dt",
    "dd",
    "blockquote",
    "section",
    "article",
    "ul",
    "table",
    "footer",
]

Extractor = Callable[[bytes], object]


def plain(body: bytes) -> object:
    """What extraction yields, the ordinary way."""
    soup = BeautifulSoup(body, "html.parser")
    structured = [json.loads(tag.get_text()) for tag in soup.find_all("script", type="application/ld+json")]
    title = soup.title.get_text(strip=True) if soup.title else ""
    meta = [tag.get("content") for tag in soup.find_all("meta", attrs={"name": ["description", "keywords"]})]
    roles = {
        "heading": soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]),
        "nav": soup.select('nav, [class*="breadcrumb"], [class*="pagination"]'),
        "comment": soup.select('[class*="comment-item"], [class*="comment-list"], [class*="reply-item"]'),
        "ad": soup.select('.ad, .ads, [class*="ad-slot"], [class*="advert"], ins.adsbygoogle, [data-ad]'),
        "hidden": soup.select('[hidden], [aria-hidden="true"], [style*="display:none"]'),
    }
    blocks = {kind: [tag.get_text(" ", strip=True) for tag in tags] for kind, tags in roles.items()}
    links = [
        (urljoin(URL, tag["href"]), tag.get_text(" ", strip=True), tag.get("rel"))
        for tag in soup.find_all("a", href=True)
    ]
    inner = [tag for tag in soup.find_all(BLOCKS) if tag.find(BLOCKS) is None]
    blocks["body"] = [tag.get_text(" ", strip=True) for tag in inner]
    spoken = [tag["title"] for tag in soup.find_all(title=True)]
    media = [(urljoin(URL, tag["src"]), tag.get("alt")) for tag in soup.find_all(["img", "iframe"], src=True)]
    return structured, title, meta, blocks, links, media, spoken, soup.get_text("\n", strip=True)


def bare(body: bytes) -> object:
    return BeautifulSoup(body, "html.parser").get_text("\n")


def elsewhere(page: bytes, number: int) -> bytes:
    """The page with other addresses, as the next page of a crawl has: no round profits from the last one."""
    pick = random.Random(number)
    return re.sub(
        rb'((?:href|src|data-id)="[^"\d]*)\d+', lambda found: found[1] + b"%d" % pick.randrange(10**6), page
    )


def seconds(extractors: tuple[Extractor, ...], pages: list[bytes]) -> list[float]:
    """Best of some rounds over all pages for each extractor, taken in turns: the least disturbed ones."""
    best = [float("inf")] * len(extractors)
    for turn in range(ROUNDS):
        new = [elsewhere(page, turn * len(pages) + number) for number, page in enumerate(pages)]
        for index, extractor in enumerate(extractors):
            begun = time.process_time()
            for page in new:
                extractor(page)
            best[index] = min(best[index], time.process_time() - begun)
    return best


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("pages", "size", "demanded", "floors"),
    [
        pytest.param(PAGES, (25_000, 140_000), "≥ 25×", (20, 5), id="articles"),
        pytest.param(SMALL, (2_000, 4_500), "–", (10, 2.5), id="small"),
    ],
)
def test_extraction_against_beautifulsoup(
    pages: list[bytes],
    size: tuple[int, int],
    demanded: str,
    floors: tuple[float, float],
    record: Callable[[Row], None],
) -> None:
    assert all(size[0] < len(page) < size[1] for page in pages)
    ours, work, text = seconds((lambda page: extract_html(page, url=URL), plain, bare), pages)
    note = f"{len(pages) / ours:,.0f} pages/s"
    what = f"extraction, pages of {sum(map(len, pages)) / len(pages) / 1000:.0f} KB on average"
    parser = "BeautifulSoup html.parser"
    record(Row(what, f"{parser}, plain get_text: none of the rest", demanded, f"{text / ours:.1f}×", note))
    record(Row(what, f"{parser} doing the same work", demanded, f"{work / ours:.1f}×", note))
    assert work / ours >= floors[0]
    assert text / ours >= floors[1]


@pytest.mark.benchmark
def test_jsonl_lines_a_second(record: Callable[[Row], None]) -> None:
    import io

    raw = b"".join(
        json.dumps({"id": f"a{i}", "text": f"这是一条普通的内容，编号{i}"}, ensure_ascii=False).encode()
        + b"\n"
        for i in range(100_000)
    )
    begun = time.process_time()
    count = sum(1 for _ in read_jsonl(io.BytesIO(raw), name="x"))
    rate = count / (time.process_time() - begun)
    record(Row("JSON lines read", "–", "–", f"{rate:,.0f}/s"))
    assert count == 100_000
