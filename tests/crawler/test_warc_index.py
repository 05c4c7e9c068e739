"""Records cut out of a WARC that another process is writing, or was killed while writing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from crawler.warc import WarcWriter, repair
from crawler.warc_index import WarcIndex

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://site.example/"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.warc.gz"


def write(path: Path, body: bytes) -> str:
    writer = WarcWriter(path)
    record = writer.resource(URL, "text/plain", body)
    writer.close()
    return record


def test_records_are_cut_whole_and_in_order(path: Path) -> None:
    ids = [write(path, body) for body in (b"one", b"two", b"three")]
    cut = WarcIndex(path).cut([ids[2], ids[0], "<urn:uuid:none>"])
    assert gzip.decompress(cut).count(b"WARC/1.1") == 2
    assert gzip.decompress(cut).index(b"three") < gzip.decompress(cut).index(b"one")


def test_records_of_a_growing_file_are_cut_whole_each_time(path: Path) -> None:
    index = WarcIndex(path)
    for number in range(5):
        begun = path.stat().st_size if path.exists() else 0
        ids = [write(path, b"%d of a pair" % number) for _ in range(2)]
        cut = index.cut(ids)
        assert path.read_bytes().endswith(cut)
        assert gzip.decompress(cut).count(b"%d of a pair" % number) == 2
        assert len(cut) > (path.stat().st_size - begun) / 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_record_that_was_seen_half_written_is_cut_whole_later(path: Path, share: float) -> None:
    first = write(path, b"one")
    begun = path.stat().st_size
    second = write(path, bytes(range(256)) * 40)
    whole = path.read_bytes()
    half = begun + int((len(whole) - begun) * share)
    path.write_bytes(whole[:half])
    index = WarcIndex(path)
    assert gzip.decompress(index.cut([first])).endswith(b"one\r\n\r\n")
    path.write_bytes(whole)
    assert index.cut([second]) == whole[begun:]


def test_a_torn_record_that_was_seen_and_taken_off_does_no_harm(path: Path) -> None:
    first = write(path, b"one")
    begun = path.stat().st_size
    write(path, bytes(range(256)) * 400)
    path.write_bytes(path.read_bytes()[:-20])
    index = WarcIndex(path)
    index.cut([first])
    repair(path)
    assert path.stat().st_size == begun
    third = write(path, b"3")
    assert index.cut([third]) == path.read_bytes()[begun:]
