"""A page's records are cut out of the crawl's WARC byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.warc import WarcWriter, read_records
from evidence.errors import IntegrityError
from evidence.warc import WarcSlices

if TYPE_CHECKING:
    from pathlib import Path


def exchange(writer: WarcWriter, name: str, body: bytes = b"<p>x</p>") -> tuple[str, str]:
    return writer.exchange(
        f"https://a.example/{name}", (f"GET /{name}", [("Host", "a.example")], b""), (200, [("A", "b")], body)
    )


def test_a_slice_is_a_warc_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    writer = WarcWriter(path)
    pages = [exchange(writer, str(number), bytes([65 + number]) * 100_000) for number in range(5)]
    writer.close()
    cut = tmp_path / "page.warc.gz"
    cut.write_bytes(WarcSlices(path).slice(pages[3]))
    records = list(read_records(cut))
    assert [record.type for record in records] == ["warcinfo", "request", "response"]
    assert tuple(record.id for record in records[1:]) == pages[3]
    assert records[2].payload == b"D" * 100_000


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    slices = WarcSlices(path)
    writer = WarcWriter(path)
    first = exchange(writer, "1")
    before = slices.slice(first)
    second = exchange(writer, "2")
    writer.close()
    assert slices.slice(first) == before
    assert slices.slice(second) != before


def test_a_torn_tail_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    writer = WarcWriter(path)
    first, second = exchange(writer, "1"), exchange(writer, "2")
    writer.close()
    path.write_bytes(path.read_bytes()[:-10])
    slices = WarcSlices(path)
    assert slices.slice(first)
    with pytest.raises(IntegrityError, match="holds no record"):
        slices.slice(second)


def test_damage_is_said(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(b"not a gzip member at all")
    with pytest.raises(IntegrityError, match="damaged"):
        WarcSlices(path).slice(["<urn:uuid:0>"])


def test_no_file_holds_no_record(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="holds no record"):
        WarcSlices(tmp_path / "none.warc.gz").slice(["<urn:uuid:0>"])
