"""Advertising places: what a page shows in them, where a click leads, and the page it ends on.

Nothing is clicked. The click's address is followed by request, hop by hop, and the landing page is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.document import AdSlot, Block, Document, make_document, preceded
from crawler.errors import CrawlerError
from crawler.fetch import Fetched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.collect import Collector
    from crawler.job import PageOutcome
    from crawler.settings import CrawlSettings

MAX_SLOTS_FOLLOWED = 50
"""Most slots of one page whose click is followed; the page's document keeps them all."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A slot with its redirect chain and landing address, and the landing page if one came.

    ``records`` are the WARC record ids of the chain; ``error`` says what went wrong.
    """

    slot: AdSlot
    landing: Fetched | None = None
    records: tuple[str, ...] = ()
    error: str = ""


def collect_ads(
    urls: Iterable[str], *, settings: CrawlSettings, directory: Path | None = None
) -> Iterator[PageOutcome]:
    """Outcomes for each page in order: the page itself, then one for every ad slot on it.

    A slot's outcome has the page's address with the slot's number behind ``#ad-`` as its ``url``; the landing
    page as its ``page`` (the page with the slot where none came); and a document of both.
    ``error`` says what stopped the way of a click. With ``directory`` the exchanges and outcomes are left
    there as a crawl job leaves them.
    """
    from crawler.collect import Collector, check_status
    from crawler.extract.html import extract_html
    from crawler.job import PageOutcome

    with Collector(settings, directory) as collector:
        for url in urls:
            page = None
            try:
                fetched = collector.fetch(url)
                page = fetched.page
                check_status(page)
                document = extract_html(fetched.body, url=page.final_url, content_type=fetched.content_type)
            except CrawlerError as error:
                yield collector.put(PageOutcome(url, page, None, error.reason, str(error)))
                continue
            outcome = collector.put(PageOutcome(url, page, document))
            yield outcome
            for found in follow_slots(outcome, collector=collector):
                yield collector.put(found)


def follow_slots(outcome: PageOutcome, *, collector: Collector) -> Iterator[PageOutcome]:
    """An outcome for each ad slot of a page, rendered or not. A creative shown twice is followed once."""
    from crawler.job import PageOutcome

    document = outcome.document
    seen: set[tuple[str, str]] = set()
    for number, slot in enumerate(document.ad_slots[:MAX_SLOTS_FOLLOWED] if document else (), 1):
        if document is None or (slot.click_url, slot.text) in seen:
            continue
        seen.add((slot.click_url, slot.text))
        followed = follow_slot(slot, collector=collector)
        found = ad_document(followed.slot, followed.landing, page=document)
        page = followed.landing.page if followed.landing else outcome.page
        if page is not None:
            page = replace(page, warc_records=(*followed.records, *page.warc_records))
        yield PageOutcome(f"{outcome.url}#ad-{number}", page, found, "", followed.error)


def follow_slot(slot: AdSlot, *, collector: Collector) -> Followed:
    """Where a click on the slot leads."""
    if not slot.click_url.startswith(("http://", "https://")):
        error = f"click leads to {slot.click_url[:120]}" if slot.click_url else "no click address"
        return Followed(slot, error=error)
    chain, records = collector.follow(slot.click_url)
    slot = replace(slot, hops=chain.hops, landing_url=chain.final_url)
    if chain.reason:
        return Followed(slot, None, records, f"{chain.reason}: {chain.error}")
    try:
        landing = collector.fetch(chain.final_url)
    except CrawlerError as error:
        return Followed(slot, None, records, f"{error.reason}: {error}")
    slot = replace(slot, landing_url=landing.page.final_url, landing_digest=landing.page.body)
    status = landing.page.status
    refused = f"http-{status}: the landing page answered {status}" if status >= 400 else ""
    return Followed(slot, landing, records, refused)


def ad_document(slot: AdSlot, landing: Fetched | None, *, page: Document) -> Document:
    """A document of an advert: the creative's text, then the blocks of its landing page."""
    from crawler.extract.html import extract_html

    blocks = [Block("ad", slot.text, slot.where)] if slot.text else []
    creative = [block for block in page.blocks if block.kind == "alt" and block.text in slot.html]
    target = None
    if landing is not None and landing.page.status < 400:
        try:
            target = extract_html(landing.body, url=landing.page.final_url, content_type=landing.content_type)
        except CrawlerError:
            # A landing page that is a picture, a file or empty leaves the creative to be judged alone.
            target = None
    behind = target or make_document(source="ad", blocks=())
    return replace(
        preceded(behind, [*blocks, *creative], place=f"{page.url} {slot.click_url}"),
        source="ad",
        surface="advert",
        url=slot.landing_url or slot.click_url or page.url,
        ad_slots=(slot,),
        metadata={"page": page.url},
    )
