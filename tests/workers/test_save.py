"""What is saved is proven: a fetched page by its exchange, a feed's item by itself; else it is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.demo.server import serve_site
from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem
from crawler.feeds.read import read_inputs
from evidence.records import record_faults
from evidence.verify import verify_lead
from workers.capture import capture_item
from workers.judge import judge
from workers.pipeline import today
from workers.save import is_hit, open_evidence, save_batch

if TYPE_CHECKING:
    from nlp.analyse import Engine
    from workers.judge import Judged
    from workers.settings import Settings


@pytest.fixture
def fetched(settings: Settings, engine: Engine) -> Judged:
    """A page of the demo site, fetched by its address and judged."""
    with serve_site() as site:
        items = list(read_inputs([f"{site}post/otc.html"], settings=settings.crawl))
    (judged,) = judge(items, engine, today=today())
    assert is_hit(judged), judged
    return judged


def test_a_scanned_address_is_proven_by_its_exchange(fetched: Judged, settings: Settings) -> None:
    with open_evidence(settings) as evidence:
        (saved,) = save_batch(
            [fetched], evidence, job="scan", prove=lambda judged: capture_item(judged, settings)
        )
        assert not saved.item.error
        (hit,) = evidence.store.get_many([fetched.item.document.id if fetched.item.document else ""])
        leads = evidence.store.leads_of_hit(hit.id)
        assert all(verify_lead(evidence.store, evidence.blobs, lead.id) for lead in leads)
    assert hit.capture is not None
    assert len(hit.capture.warc_records) == 3
    assert hit.capture.record["http_status"] == "200"
    assert hit.capture.record["http_exchange"] == "in page.warc.gz"
    assert hit.capture.record["ip"] == "127.0.0.1"


def test_what_cannot_be_proven_fails_alone(fetched: Judged, settings: Settings) -> None:
    assert fetched.item.document is not None
    other = replace(fetched.item.document, id="other")
    unproven = replace(fetched, item=replace(fetched.item, document=other, warc=b""))
    with open_evidence(settings) as evidence:
        bad, good = save_batch(
            [unproven, fetched], evidence, job="scan", prove=lambda judged: capture_item(judged, settings)
        )
        assert evidence.store.stats()["hits"] == 1
    assert (bad.item.reason, good.item.error) == ("unproven", "")
    assert "missing from it" in bad.item.error


def test_a_feeds_item_says_that_nothing_was_fetched(fetched: Judged, settings: Settings) -> None:
    sealing = capture_item(replace(fetched, item=replace(fetched.item, page=None, warc=b"")), settings)
    assert "http_status" not in sealing.record
    assert sealing.record["http_exchange"] == "none, read from a feed"


@hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
@given(
    url=st.builds(
        str.__add__,
        st.sampled_from(["", "https://a.example/", "urn:dom:", "urn:screenshot:<"]),
        st.text(max_size=30),
    )
)
def test_whatever_address_a_feed_claims_its_items_can_be_sealed(
    fetched: Judged, settings: Settings, url: str
) -> None:
    document = make_document(source="post", url=url, blocks=(Block("body", "words"),))
    sealing = capture_item(replace(fetched, item=FeedItem("1", document)), settings)
    warc = sealing.files["page.warc.gz"]
    assert isinstance(warc, bytes)
    assert list(record_faults(sealing, warc)) == []
