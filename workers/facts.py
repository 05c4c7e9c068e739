"""What a capture record says of how a capture was made; what is not known stays unsaid here."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import metadata, resources
from io import BytesIO
from typing import TYPE_CHECKING, Any

from crawler.connection import read_connection
from crawler.errors import WarcError
from crawler.members import members
from crawler.urls import host_of
from crawler.warc import record_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.page import Hop, Page
    from nlp.analysis import Analysis
    from workers.settings import Settings

NOT_APPLICABLE = "not applicable"
NO_REDIRECT = "none"
_MOST_METADATA = 1 << 20
WARC_TOOL = "WARC 1.1"


def base_facts(settings: Settings) -> dict[str, str]:
    """Who captures, from where, and under which settings."""
    return {
        "operator": settings.evidence.operator,
        "region": settings.evidence.region,
        "settings_digest": settings_digest(settings),
    }


def version_facts(analysis: Analysis | None) -> dict[str, str]:
    """Which lexicon, model and code judged what was captured."""
    if analysis is None:
        return {}
    versions = analysis.versions
    return {
        "lexicon_version": versions.lexicon,
        "model_version": versions.model,
        "code_version": versions.code,
    }


def seeing_settings(settings: Settings) -> bytes:
    """The settings that decide what is seen and how it is judged, as sealed; no secret is among them."""
    shown = settings.model_dump(mode="json", include={"crawl", "detection"})
    return json.dumps(shown, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace")


def item_facts(ref: str) -> dict[str, str]:
    """Facts of an item that came from a feed: nothing was asked for on the network."""
    return {
        **dict.fromkeys(("ip", "dns", "clock_offset"), NOT_APPLICABLE),
        "http_exchange": "none, read from a feed",
        "tool": f"xiansuo feed reader, {WARC_TOOL}",
        **steps(("item",), ref=ref),
    }


def page_facts(page: Page, *, user_agent: str, browser: str, screenshot_at: str) -> dict[str, str]:
    """Facts of a fetched page. ``browser`` is the browser's name and version, where one was used.

    ``screenshot_at`` is when the picture was taken, where that was after the fetch; empty: no picture.
    """
    rendered = page.renderer == "chromium"
    after = "screenshot_after" if screenshot_at else "no_screenshot"
    # only a crawl job's pages name its WARC; the others were fetched one by one, without Scrapy
    fetcher = _package("scrapy", "Scrapy") if page.warc else "xiansuo fetcher"
    date = next((value for name, value in page.headers if name.lower() == "date"), "")
    return {
        "ip": page.ip,
        "dns": _answer(host_of(page.final_url), page.ip),
        "hops": hop_chain(page.hops),
        "http_exchange": "in page.warc.gz",
        "http_status": str(page.status),
        "renderer": page.renderer,
        "robots": page.robots,
        "server_date": date,
        "clock_offset": clock_offset(date, page.fetched_at),
        "user_agent": user_agent,
        "tool": ", ".join(filter(None, (fetcher, browser, WARC_TOOL))),
        "screenshot_at": page.fetched_at if rendered else screenshot_at,
        **steps(
            ("page", "rendered" if rendered else after),
            url=page.url,
            final_url=page.final_url,
            status=page.status,
            user_agent=user_agent,
            captured_at=page.fetched_at,
            screenshot_at=screenshot_at,
        ),
    }


def connection_facts(warc: bytes, final_url: str) -> dict[str, str]:
    """What the records say of the connections to the final address: names resolved, TLS, certificates.

    Of several the last that says anything stands: a rendering comes after its fetch.
    """
    facts: dict[str, str] = {}
    for member in members(BytesIO(warc), keep=_MOST_METADATA):
        try:
            record = record_of(member.content)
        except WarcError:
            continue  # a larger record; of a broken one the seal speaks
        found = read_connection(record.payload) if record.type == "metadata" else None
        if found is None or host_of(record.url) != host_of(final_url):
            continue
        names = ", ".join(found.dns_addresses)
        refused = f" (refused: {', '.join(found.dns_refused)})" if found.dns_refused else ""
        used = f"; used {found.ip}" if found.ip else ""
        told = {
            "dns": f"{found.host} -> {names}{refused}{used} at {found.dns_resolved_at}" if names else "",
            "tls": ", ".join(found.tls),
            "tls_certificates": ", ".join(f"sha256:{one.sha256}" for one in found.certificates),
        }
        facts |= {name: value for name, value in told.items() if value}
    return facts


def _answer(host: str, ip: str) -> str:
    """What the name resolved to; an address needs no resolving."""
    if not ip:
        return ""
    return NOT_APPLICABLE if host.strip("[]") == ip else f"{host} -> {ip}"


def hop_chain(hops: Sequence[Hop]) -> str:
    """A redirect chain in one line, each address with its status; ``none`` where nothing was redirected."""
    if len(hops) < 2:
        return NO_REDIRECT
    return " -> ".join(f"{hop.url} ({hop.status})" for hop in hops)


def clock_offset(server_date: str, ours: str) -> str:
    """The server's Date less our own clock, in whole seconds (Date has no finer); empty where unreadable.

    Nobody vouches for the server's clock: it is a second witness, and no more.
    """
    try:
        theirs = parsedate_to_datetime(server_date)
        mine = datetime.fromisoformat(ours)
    except ValueError:
        return ""
    if theirs.tzinfo is None:  # "-0000" says UTC of unknown place (RFC 5322, 3.3)
        theirs = theirs.replace(tzinfo=UTC)
    return f"{round((theirs - mine).total_seconds()):+d} s"


def steps(parts: Sequence[str], **values: object) -> dict[str, str]:
    """Steps to reproduce, in English (``steps``) and Chinese (``steps_zh``), from data/steps.yaml."""
    texts = _steps()
    return {
        "steps": " ".join(_filled(texts[part]["en"], values) for part in parts),
        "steps_zh": "".join(_filled(texts[part]["zh"], values) for part in parts),
    }


def settings_digest(settings: Settings) -> str:
    """SHA-256 of the settings, secrets left out, as sealed into capture records."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def _filled(template: str, values: dict[str, object]) -> str:
    return template.format_map(values)


@cache
def _steps() -> dict[str, Any]:
    import yaml

    text = resources.files("workers").joinpath("data/steps.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@cache
def _package(name: str, shown: str) -> str:
    try:
        return f"{shown} {metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return shown
