"""Settings of collecting: politeness, limits, the browser."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Revisit = Literal["all", "changed", "due"]
RenderMode = Literal["auto", "never", "always"]


class CrawlSettings(BaseModel):
    """Section ``[crawl]``. Units stand in the names: ``_s`` seconds, ``_bytes`` bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: str = Field(
        "xiansuo/0.1 (+https://example.invalid/xiansuo; abuse contact not configured)",
        description="User-Agent sent with every request; put an address where you can be reached in it.",
    )
    obey_robots: bool = Field(
        True,
        description="Obey robots.txt; the one click on an advert is made as a reader makes it.",
    )
    allow_networks: tuple[str, ...] = Field(
        (), description="Private or loopback networks (CIDR) that may be requested; all others are refused."
    )
    pages: int = Field(
        200, ge=1, description="Most pages let into one job; redirects and pictures are not counted."
    )
    pages_per_host: int = Field(100, ge=1, description="Most pages let in from one host.")
    depth: int = Field(5, ge=0, description="Most links followed in a row from a seed; 0: the seeds alone.")
    sitemaps: bool = Field(
        True,
        description="Read the sitemaps of the seeds' sites (`Sitemap:` lines of robots.txt, `/sitemap.xml`); "
        "the pages they list may take up to half of `pages`.",
    )
    revisit_first_s: float = Field(
        86_400.0,
        gt=0,
        description="Seconds after which a new page of a scheduled job is looked at again; then "
        "after half the time where it changed, after one and a half times where it did not.",
    )
    revisit_least_s: float = Field(
        3_600.0, gt=0, description="Least seconds between two looks at a page of a scheduled job."
    )
    revisit_most_s: float = Field(
        1_209_600.0, gt=0, description="Most seconds between two looks at a page of a scheduled job."
    )
    delay_s: float = Field(
        1.0, ge=0, description="Least seconds between two page requests to one host; pictures take a quarter."
    )
    auto_throttle: bool = Field(
        True,
        description="Wait longer between requests to a host that answers slowly; "
        "never less than `delay_s` and its Crawl-delay.",
    )
    auto_throttle_most_s: float = Field(
        60.0, gt=0, description="Most seconds `auto_throttle` waits between two requests to one host."
    )
    concurrency: int = Field(16, ge=1, description="Most requests under way at once.")
    concurrency_per_host: int = Field(2, ge=1, description="Most requests under way at once to one host.")
    timeout_s: float = Field(30.0, gt=0, description="Most seconds one download may take over HTTP.")
    max_body_bytes: int = Field(
        20_000_000, ge=1, description="Most bytes of one body after decompression; a larger one is a failure."
    )
    max_redirects: int = Field(10, ge=0, description="Most redirects followed from one page.")
    verify_tls: bool = Field(True, description="Refuse servers whose certificate does not verify.")
    retries: int = Field(2, ge=0, description="Times a failed download is tried again.")
    resolve_short_links: bool = Field(
        True,
        description="Follow the short links of a crawl's hits to where they lead, and note the chain.",
    )
    render: RenderMode = Field(
        "auto",
        description="Which pages the browser renders: `auto` those that scripts build, `never`, `always`.",
    )
    render_timeout_s: float = Field(
        30.0, gt=0, description="Most seconds one step of a page may take in the browser."
    )
    render_pages_per_context: int = Field(
        50, ge=1, description="Pages after which a browser context is thrown away."
    )
    browser: str = Field("/usr/bin/chromium", description="Chromium executable; empty: Playwright's own.")
    browser_sandbox: bool | None = Field(None, description="Chromium's own sandbox; unset: on, but for root.")
    images: bool = Field(True, description="Fetch the pictures of pages, for codes and text in them.")
    images_per_page: int = Field(20, ge=0, description="Most pictures read of one page.")
    ocr: bool = Field(True, description="Read text in pictures that look as if they held some.")
    canary: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Live store pages by listing parser that `xiansuo apps canary` reads as well, such as "
        '`{"google-play" = ["https://play.google.com/store/apps/details?id=…"]}`.',
    )
