"""Every door takes anything: what comes in from outside is read, or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.document import Block, make_document
from crawler.errors import CrawlerError
from crawler.extract.html import extract_html
from crawler.feeds.read import read_inputs
from crawler.settings import CrawlSettings
from crawler.warc import Answer, Sent, WarcWriter
from evidence.container import write_container
from evidence.errors import QueryError
from evidence.store.query import parse
from evidence.verify import verify_bundle
from nlp.analyse import analyse
from nlp.normalise import normalise
from tests.fuzz.strategies import BUNDLE, DAMAGE, FEEDS, MARKUP, QUERY, TEXT, ZIP, damaged

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.document import Document
    from nlp.analyse import Engine
    from nlp.offsets import Channel

# One folder serves all examples of a test: each writes its file anew.
in_one_folder = settings(
    max_examples=max(25, settings.default.max_examples // 4),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(MARKUP, st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=utf-7", "x; ="]))
def test_markup_is_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        document = extract_html(body, url="https://a.example/b", content_type=content_type)
    except CrawlerError:
        return
    check_document(document)


@pytest.mark.parametrize("suffix", FEEDS)
@given(data=st.data())
@in_one_folder
def test_a_file_of_any_bytes_becomes_items(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = tmp_path / f"input{suffix}"
    path.write_bytes(data.draw(FEEDS[suffix]))
    check_items(path)


@given(damage=DAMAGE)
@in_one_folder
def test_a_damaged_archive_becomes_items(
    archive: bytes, tmp_path: Path, damage: list[tuple[float, bytes]]
) -> None:
    path = tmp_path / "damaged.warc.gz"
    path.write_bytes(damaged(archive, damage))
    check_items(path)


@given(QUERY)
def test_a_query_is_parsed_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError:
        return
    assert parse(text) == tree


@given(TEXT)
def test_every_spelling_maps_back_into_the_source(raw: str) -> None:
    text = normalise(raw)
    for channel in (text.channel, text.joined, text.squeezed, text.sound):
        check_channel(channel, len(raw))
        channel.text.encode()


@given(raw=TEXT)
@in_one_folder
def test_a_verdict_quotes_the_source(engine: Engine, raw: str) -> None:
    found = analyse(make_document(source="file", blocks=[Block("body", raw)]), engine)
    assert 0 <= found.score.probability <= 1
    quotes = [(one.span, one.matched) for one in found.findings] + [
        (one.span, one.raw) for one in found.contacts
    ]
    for span, words in quotes:
        assert 0 <= span.start < span.end <= len(raw)
        assert raw[span.start : span.end] == words


@given(members=BUNDLE)
@in_one_folder
def test_a_made_up_bundle_does_not_verify(tmp_path: Path, members: dict[str, bytes]) -> None:
    path = tmp_path / "made.zip"
    with path.open("wb") as out:
        write_container(out, sorted(members.items()))
    assert not verify_bundle(path).ok


@given(data=ZIP)
@in_one_folder
def test_bytes_that_are_no_bundle_do_not_verify(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "noise.zip"
    path.write_bytes(data)
    assert not verify_bundle(path).ok


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small archive of two pages."""
    path = tmp_path_factory.mktemp("warc") / "two.warc.gz"
    writer = WarcWriter(path)
    for number in (1, 2):
        answer = Answer(200, [("Content-Type", "text/html")], f"<p>第{number}页 承兑".encode())
        writer.exchange(f"https://a.example/{number}", Sent("GET /", []), answer)
    writer.close()
    return path.read_bytes()


def check_items(path: Path) -> None:
    """A file becomes items, each with a document or with an error and its reason."""
    for item in read_inputs([str(path)], settings=CrawlSettings(ocr=False)):
        assert (item.document is None) == bool(item.error) == bool(item.reason)
        (item.ref + item.error).encode()
        if item.document:
            check_document(item.document)


def check_document(document: Document) -> None:
    """What the later stages rely on: text that can be encoded, links that name a block of the document."""
    for block in document.blocks:
        (block.text + block.where).encode()
    for link in document.links:
        link.url.encode()
        assert -1 <= link.block < len(document.blocks)


def check_channel(channel: Channel, size: int) -> None:
    """Each character's range lies in the source, is not empty, and none runs backwards."""
    before = 0
    for place in range(len(channel.text)):
        first, last = channel.source(place, place + 1)
        assert before <= first < last <= size
        before = first
