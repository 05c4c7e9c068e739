"""Inputs of every kind, and each way in which they can be broken."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.errors import FeedError
from crawler.feeds import FeedItem, read_inputs
from crawler.feeds.archives import unchunked
from crawler.feeds.bytelines import read_lines
from crawler.feeds.jsonl import read_jsonl
from crawler.feeds.tables import read_table
from crawler.settings import CrawlSettings
from crawler.warc import Answer, Sent, WarcWriter
from tests.crawler.extract.posters import code, encoded

SETTINGS = CrawlSettings(ocr=False)


def read(path: Path | str, stdin: bytes = b"") -> list[FeedItem]:
    return list(read_inputs([str(path)], settings=SETTINGS, stdin=io.BytesIO(stdin)))


def jsonl(raw: bytes | str) -> list[FeedItem]:
    return list(read_jsonl(io.BytesIO(raw.encode() if isinstance(raw, str) else raw), name="x.jsonl"))


def text_of(item: FeedItem) -> str:
    assert item.document is not None, item.error
    return item.document.blocks[0].text


def test_a_full_line() -> None:
    line = {
        "id": "a1", "text": " 正文 ", "title": "题", "kind": "app", "html": "<p>页<a href='/x'>链</a></p>",
        "url": "https://s.example/", "lang": "zh", "published_at": "2026-03-01", "other": [1],
    }  # fmt: skip
    (item,) = jsonl(json.dumps(line))
    document = item.document
    assert item.ref == "a1"
    assert document is not None
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("body", " 正文 "), ("title", "题"), ("body", "页链"),
    ]  # fmt: skip
    assert (document.source, document.surface, document.published_at) == ("app", "app_listing", "2026-03-01")
    assert (document.links[0].url, document.links[0].block) == ("https://s.example/x", 2)
    assert document.metadata["lang"] == "zh"


@pytest.mark.parametrize(
    ("kind", "source", "surface"),
    [("web", "web", "page"), ("app", "app", "app_listing"), ("ad", "ad", "advert"), ("post", "post", "page")],
)
def test_kinds(kind: str, source: str, surface: str) -> None:
    (item,) = jsonl(json.dumps({"text": "x", "kind": kind}))
    assert item.document is not None
    assert (item.document.source, item.document.surface) == (source, surface)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"text": 5}', "wrong-type", id="number for text"),
        pytest.param('{"text": "x", "kind": "tv"}', "wrong-type", id="unknown kind"),
        pytest.param("[1]", "not-an-object", id="array"),
        pytest.param("7", "not-an-object", id="number"),
        pytest.param('{"text": "x"', "bad-json", id="cut off"),
        pytest.param("hello", "bad-json", id="no json"),
        pytest.param('{"id": 1}', "missing-text", id="no text"),
        pytest.param("[" * 200_000, "bad-json", id="deep"),
        pytest.param('{"text": "a"} x', "bad-json", id="more behind"),
        pytest.param('{"a":' * 200_000, "bad-json", id="deep object"),
        pytest.param('{"x":' + "[" * 200_000, "bad-json", id="deep in an unknown field"),
    ],
)
def test_a_broken_line_is_an_item_and_the_others_go_on(line: str, reason: str) -> None:
    items = jsonl('{"id": 1, "text": "eins"}\n' + line + '\n\n{"id": "3", "text": "drei"}\n')
    assert [item.ref for item in items] == ["1", "x.jsonl:2", "3"]
    assert [item.reason for item in items] == ["", reason, ""]
    assert "line 2" in items[1].error


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(b'{"text": "a\\ud800b"}', "a\ufffdb", id="lone surrogate"),
        pytest.param(b'{"text": "\\ud83d\\ude00"}', "😀", id="surrogate pair"),
        pytest.param(b'{"\\ud800": 1, "text": "a\\udc00"}', "a\ufffd", id="lone surrogate in a key"),
        pytest.param(b'{"text": "a\x00b"}', "a\ufffdb", id="raw nul"),
        pytest.param(b'{"text": "a\tb"}', "a\tb", id="raw tab"),
        pytest.param(b'{"text": "a", "text": "b"}', "b", id="duplicate key"),
        pytest.param('{"text": "微信"}'.encode("gb18030"), "微信", id="gb18030"),
        pytest.param(b'\xef\xbb\xbf{"text": "x"}\r', "x", id="mark and carriage return"),
        pytest.param(b'{"text": "' + b"x" * 3_000_000 + b'"}', "x" * 3_000_000, id="megabytes"),
    ],
)
def test_odd_lines_are_read(line: bytes, text: str) -> None:
    assert text_of(jsonl(line)[0]) == text


def test_html_alone_is_enough_and_broken_html_is_not_fatal() -> None:
    only, broken, both = jsonl('{"html": "<p>x"}\n{"html": "\\u0002"}\n{"text": "t", "html": "\\u0002"}')
    assert text_of(only) == "x"
    assert broken.reason == "empty"
    assert both.document is not None
    assert both.document.metadata["html"] == "empty"


def test_same_text_with_other_ids_has_other_documents() -> None:
    one, two, again = jsonl('{"id": "1", "text": "x"}\n{"id": "2", "text": "x"}\n{"id": "1", "text": "x"}')
    assert one.document
    assert two.document
    assert again.document
    assert one.document.id == again.document.id != two.document.id


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 9))
def test_lines_are_split_alike_at_any_chunk(lines: list[bytes], chunk: int) -> None:
    raw = b"\n".join(lines)
    assume(raw[:400].count(b"\x00") < 4 and not raw.startswith((b"\xff\xfe", b"\xfe\xff")))

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(chunk)

    expected = [(n, line) for n, line in enumerate(raw.split(b"\n"), 1) if line and not line.isspace()]
    assert [pair for pair in read_lines(Slow(raw)) if pair[0] > 1] == [
        pair for pair in expected if pair[0] > 1
    ]


def test_a_line_over_the_limit_is_dropped_alone() -> None:
    stream = io.BytesIO(b"a\n" + b"x" * 5_000_000 + b"\nb")
    assert list(read_lines(stream, most=2_000_000)) == [(1, b"a"), (2, None), (3, b"b")]


@given(st.binary(max_size=200))
def test_any_bytes_give_items(raw: bytes) -> None:
    assert all((item.document is None) == bool(item.reason) for item in jsonl(raw))


TABLE = '编号,标题,内容,链接\n7,题,正文一,https://s.example/\n8,,"有,逗号\n两行",\n,,只有内容,\n9,无正文,,\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_tables_in_chinese(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE.encode(encoding))
    items = read(path)
    assert [item.ref for item in items] == ["7", "8", f"{path}:5", f"{path}:6"]
    assert [text_of(item) for item in items[:3]] == ["正文一", "有,逗号\n两行", "只有内容"]
    assert items[0].document
    assert items[0].document.url == "https://s.example/"
    assert items[3].reason == "missing-text"


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separators(separator: str) -> None:
    raw = f"Post ID{separator}Content\n1{separator}hello\n".encode()
    (item,) = read_table(io.BytesIO(raw), name="t")
    assert text_of(item) == "hello"


def test_missing_column_says_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    (item,) = read(path)
    assert item.reason == "missing-column"
    assert "found: a, b" in item.error
    with pytest.raises(FeedError):
        list(read_table(io.BytesIO(b""), name="t"))


def test_text_lines_and_stdin(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("一行\r\n\n".encode() + "国标".encode("gb18030") + b"\nlast")
    assert [(item.ref, text_of(item)) for item in read(path)] == [
        (f"{path}:1", "一行"), (f"{path}:3", "国标"), (f"{path}:4", "last"),
    ]  # fmt: skip
    assert [text_of(item) for item in read("-", b"one\ntwo")] == ["one", "two"]
    assert [item.ref for item in read("-", b' \n{"id": "x", "text": "y"}')] == ["x"]
    assert read("-", b"") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5", "gb18030"])
def test_lines_in_other_encodings(encoding: str, tmp_path: Path) -> None:
    lines = ["USDT 承兌，加微信 abc12345", "聯繫電報 @abc 的朋友們，這是一個新的機會"]
    (tmp_path / "t.txt").write_bytes("\n".join(lines).encode(encoding))
    assert [text_of(item) for item in read(tmp_path / "t.txt")] == lines
    rows = "\n".join(json.dumps({"id": "1", "text": line}, ensure_ascii=False) for line in lines)
    (tmp_path / "t.jsonl").write_bytes(rows.encode(encoding))
    assert [text_of(item) for item in read(tmp_path / "t.jsonl")] == lines
    assert [text_of(item) for item in read("-", rows.encode("utf-16"))] == lines


def test_folder_in_order_and_nothing_silent(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.txt").write_text("no")
    (tmp_path / ".b.txt").write_text("no")
    (tmp_path / "sub" / "d.html").write_text("<title>题</title>")
    (tmp_path / "sub" / "e.html").write_text("")
    (tmp_path / "b.png").write_bytes(encoded(code("payload")))
    (tmp_path / "c.png").write_bytes(b"broken")
    (tmp_path / "a.xyz").write_text("?")
    (tmp_path / "z.txt").write_text("zeile")
    items = read(tmp_path)
    found = [(Path(item.ref).name, item.reason, item.rejected) for item in items]
    assert found == [
        (".hidden", "hidden", True),
        (".b.txt", "hidden", True),
        ("a.xyz", "skipped", True),
        ("b.png", "", False),
        ("c.png", "unreadable-picture", False),
        ("z.txt:1", "", False),
        ("d.html", "", False),
        ("e.html", "empty", True),
    ]
    assert text_of(items[3]) == "payload"


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html", "a.png", "a.warc", "a.xyz"])
def test_an_empty_file_is_an_item(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    (item,) = read(tmp_path / name)
    assert (item.ref, item.reason, item.rejected) == (str(tmp_path / name), "empty", True)


@pytest.mark.parametrize("content", [b"\n \n", b"\xef\xbb\xbf"])
def test_a_file_without_a_line_is_an_item(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "b.jsonl").write_bytes(content)
    (tmp_path / "empty").mkdir()
    assert [item.reason for item in read(tmp_path)] == ["empty", "empty"]
    assert [item.reason for item in read(tmp_path / "empty")] == ["empty"]


def test_an_unknown_kind_that_was_asked_for_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("?")
    (item,) = read(tmp_path / "a.xyz")
    assert (item.reason, item.rejected) == ("skipped", False)


def test_a_folder_with_pipes_odd_names_and_the_results_in_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.txt")).write_text("x")
    (tmp_path / "out.jsonl").write_text("{}\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    items = read_inputs([str(tmp_path)], settings=SETTINGS, besides=tmp_path / "out.jsonl")
    assert [(item.ref.removeprefix(str(tmp_path)), item.reason) for item in items] == [
        ("/a\ufffd.txt:1", ""), ("/pipe.txt", "skipped"),
    ]  # fmt: skip


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert [item.reason for item in read_inputs(["-"], settings=SETTINGS)] == ["unreadable"]


def test_inputs_that_are_not_there(tmp_path: Path) -> None:
    (item,) = read(tmp_path / "none.txt")
    assert item.reason == "not-found"
    (item,) = read("a\x00b")
    assert item.reason


def archive(folder: Path) -> bytes:
    path = folder / "made.warc.gz"
    path.unlink(missing_ok=True)
    writer = WarcWriter(path)

    def add(url: str, kind: str, body: bytes, status: int = 200, coding: str = "") -> None:
        headers = [("Content-Type", kind), *([("Content-Encoding", coding)] if coding else [])]
        writer.exchange(url, Sent("GET /", []), Answer(status, headers, body))

    add("https://s.example/1", "text/html; charset=gbk", "<p>第一页".encode("gbk"))
    add("https://s.example/r", "text/html", b"", 302)
    add("https://s.example/2", "text/html", gzip.compress("<p>第二页".encode()), coding="gzip")
    add("https://s.example/a.js", "text/javascript", b"var a")
    add("https://s.example/q.png", "image/png", encoded(code("payload")))
    add("https://s.example/e", "text/html", b"")
    add("https://s.example/404", "text/html", "<p>第三页".encode(), 404)
    add("https://s.example/b", "text/html", b"\x1f\x8bbroken", coding="gzip")
    writer.close()
    return path.read_bytes()


def test_warc(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(archive(tmp_path))
    items = read(path)
    assert [item.ref.rpartition("/")[2] for item in items] == ["1", "2", "q.png", "e", "404", "b"]
    assert [text_of(item) for item in items if item.document] == ["第一页", "第二页", "payload", "第三页"]
    assert items[3].reason == "empty"
    assert items[5].reason


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"<p>plain", b"<p>plain"),
        (b"", b""),
        (b"3\r\nabc\r\nzz", b"abc"),
    ],
)
def test_chunked_bodies(raw: bytes, body: bytes) -> None:
    assert unchunked(raw) == body


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("share", [0.35, 0.6, 0.9, 0.99])
def test_truncated_warc_keeps_what_came_before(packed: bool, share: float, tmp_path: Path) -> None:
    raw = archive(tmp_path) if packed else gzip.decompress(archive(tmp_path))
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(raw[: int(len(raw) * share)])
    items = read(path)
    assert [text_of(item) for item in items[:1]] == ["第一页"]
    assert items[-1].reason == "truncated-warc"


def test_not_a_warc(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"nothing of the kind\n" * 50)
    assert [item.reason for item in read(path)] == ["truncated-warc"]


def test_wacz(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc.gz", archive(tmp_path))
        package.writestr("pages/pages.jsonl", "{}")
    assert len(read(path)) == 6
    path.write_bytes(b"PK broken")
    assert [item.reason for item in read(path)] == ["bad-archive"]


def test_memory_stays_flat() -> None:
    line = json.dumps({"text": "一条普通的内容" * 4}).encode() + b"\n"

    class Endless(io.RawIOBase):
        left = 12

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return line * (size // len(line)) if self.left > 0 else b""

    tracemalloc.start()
    try:
        assert sum(1 for _ in read_jsonl(Endless(), name="x")) > 60_000  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


HEADINGS = [
    "帖子正文",
    "内容",
    "正文",
    "评论内容",
    "msg_body",
    "content",
    "body",
    "微博正文",
    "清洗后正文",
    "Post Text",
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_usual_headings_are_known(heading: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"帖子ID,{heading},类型\n7,出U,图文\n", "utf-8")
    (tmp_path / "t.tsv").write_text(f"帖子ID\t{heading}\n7\t出U\n", "utf-8")
    (tmp_path / "t.jsonl").write_text(json.dumps({"帖子ID": "7", heading: "出U", "类型": "图文"}), "utf-8")
    found = [
        (item.ref, text_of(item)) for name in ("t.csv", "t.tsv", "t.jsonl") for item in read(tmp_path / name)
    ]
    assert found == [("7", "出U")] * 3


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_headings_may_be_given(suffix: str, tmp_path: Path) -> None:
    row = {"nr": "7", "x1": "出U", "content": "not this", "where": "https://a.example/", "sort": "ad"}
    path = tmp_path / f"t.{suffix}"
    if suffix == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist([row]), path)
    elif suffix == "jsonl":
        path.write_text(json.dumps(row), "utf-8")
    else:
        mark = "," if suffix == "csv" else "\t"
        path.write_text(f"{mark.join(row)}\n{mark.join(row.values())}\n", "utf-8")
    names = {"text": "x1", "id": "nr", "url": "where", "kind": "sort"}
    (item,) = read_inputs([str(path)], settings=SETTINGS, columns=names)
    assert item.document is not None
    assert (item.ref, text_of(item), item.document.url, item.document.source) == (
        "7", "出U", "https://a.example/", "ad",
    )  # fmt: skip
    (wrong,) = read_inputs([str(path)], settings=SETTINGS, columns={"text": "nowhere"})
    assert wrong.reason in {"missing-column", "missing-text"}
    assert "x1" in wrong.error


def test_parquet_without_its_reader_or_torn_is_an_item(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 but no more")
    (item,) = read(tmp_path / "t.parquet")
    assert item.reason == "unreadable"


def test_a_missing_text_says_what_there_is_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "t.jsonl").write_text('{"a": 1, "b": []}\n', "utf-8")
    for item in read(tmp_path):
        assert "found: a, b" in item.error
        assert "--column text=" in item.error


def test_dates_and_numbers_of_parquet_are_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": n, "正文": f"第{n}条", "时间": datetime(2026, 3, n, tzinfo=UTC)} for n in (1, 2)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    items = read(tmp_path / "t.parquet")
    assert [(item.ref, text_of(item)) for item in items] == [("1", "第1条"), ("2", "第2条")]
    assert [item.document.published_at[:10] for item in items if item.document] == [
        "2026-03-01",
        "2026-03-02",
    ]


def test_a_cell_of_parquet_that_python_cannot_hold_costs_no_other_row(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    text = pyarrow.Array.from_buffers(
        pyarrow.string(),
        2,
        [None, *map(pyarrow.py_buffer, (bytes([0, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0]), b"a\xffbok"))],
    )
    times = {
        "fine": pyarrow.array([1_700_000_000_123_456_789, 1], pyarrow.timestamp("ns")),
        "far": pyarrow.array([2**62, 1_700_000_000_000_000], pyarrow.timestamp("us")),
        "days": pyarrow.array([10**9, 1], pyarrow.date32()),
    }
    for name, column in times.items():
        table = pyarrow.Table.from_arrays([text, column, text], ["text", "published_at", "text"])
        parquet.write_table(table, tmp_path / f"{name}.parquet")
        items = read(tmp_path / f"{name}.parquet")
        assert [item.error for item in items] == ["", ""], name
        assert [item.document.blocks[0].text for item in items if item.document] == ["a\ufffdb", "ok"]
        if name == "fine":
            assert items[0].document is not None
            assert items[0].document.published_at.startswith("2023-11-14")


def test_text_kept_as_bytes_in_parquet_is_read_as_utf_8(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"text": pyarrow.array(["承兑商招募".encode()], pyarrow.binary())})
    parquet.write_table(table, tmp_path / "b.parquet")
    (item,) = read(tmp_path / "b.parquet")
    assert item.document is not None
    assert item.document.blocks[0].text == "承兑商招募"


def test_an_endless_heading_is_one_failed_item(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("text" + "x" * 2_000_000, "utf-8")
    (item,) = read(tmp_path / "h.csv")
    assert item.reason == "missing-column"
