"""WARC: what is written can be read by others, and a torn tail is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawler.errors import WarcError
from crawler.warc import Answer, Sent, WarcWriter, read_records, repair

if TYPE_CHECKING:
    from pathlib import Path

BODY = "<html>承兑</html>".encode("gb18030")


def write(path: Path, times: int = 1) -> None:
    writer = WarcWriter(path)
    for number in range(times):
        writer.exchange(
            f"http://example.com/{number}",
            Sent(f"GET /{number}", [("Host", "example.com"), ("X-Evil", "a\r\nInjected: 1")]),
            Answer(403, [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")], BODY),
            ip="192.0.2.1",
        )
    writer.resource("http://example.com/0", "image/png", b"\x89PNG")
    writer.close()


def test_records_come_back_as_written(tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz")
    info, response, request, picture = read_records(tmp_path / "a.warc.gz")
    assert [r.type for r in (info, response, request, picture)] == [
        "warcinfo",
        "response",
        "request",
        "resource",
    ]
    assert (response.status, response.payload, response.url) == (403, BODY, "http://example.com/0")
    assert response.headers["warc-ip-address"] == "192.0.2.1"
    assert request.headers["warc-concurrent-to"] == response.id
    assert "Injected" not in dict(request.http_headers)
    assert picture.payload == b"\x89PNG"


def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz", times=3)
    with (tmp_path / "a.warc.gz").open("rb") as file:
        kinds = [
            (r.rec_type, r.content_stream().read()) for r in ArchiveIterator(file, check_digests="raise")
        ]
    assert [body for kind, body in kinds if kind == "response"] == [BODY] * 3


def test_warcio_check_is_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.warc.gz", times=3)

    class Options:
        inputs = (str(tmp_path / "a.warc.gz"),)
        verbose = False

    checker = Checker(Options)
    checker.process_all()
    assert checker.exit_value == 0, capsys.readouterr().out


@pytest.mark.parametrize("cut", [1, 9, 40, 200])
def test_a_torn_tail_is_cut_off_and_writing_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, times=2)
    whole = len(list(read_records(path)))
    path.write_bytes(path.read_bytes()[:-cut])
    assert repair(path) > 0
    kept = len(list(read_records(path)))
    assert whole - kept == 1
    write(path)
    assert len(list(read_records(path))) == kept + 3


def test_a_whole_file_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz")
    before = (tmp_path / "a.warc.gz").read_bytes()
    assert repair(tmp_path / "a.warc.gz") == 0
    assert repair(tmp_path / "none.warc.gz") == 0
    assert (tmp_path / "a.warc.gz").read_bytes() == before


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    import gzip

    write(tmp_path / "a.warc.gz")
    plain = gzip.decompress((tmp_path / "a.warc.gz").read_bytes()).replace(
        BODY, BODY.replace(b"html", b"htmk")
    )
    (tmp_path / "b.warc").write_bytes(plain)
    with pytest.raises(WarcError, match="digest"):
        list(read_records(tmp_path / "b.warc"))


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    import gzip

    write(tmp_path / "a.warc.gz")
    plain = gzip.decompress((tmp_path / "a.warc.gz").read_bytes())
    (tmp_path / "b.warc").write_bytes(plain[: plain.index(BODY) + 4])
    with pytest.raises(WarcError):
        list(read_records(tmp_path / "b.warc"))
