"""What is thrown at the doors: pieces of what is nearly right, in any order, with noise between them.

Noise alone would be refused at the threshold.
"""

from __future__ import annotations

from hypothesis import strategies as st


def noisy(*lines: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that are mostly of the words of these lines (a line of its own is one piece, with its blanks)."""
    pieces = [piece for line in lines for piece in (line, *line.split())]
    return st.lists(st.one_of(st.sampled_from(pieces), st.binary(max_size=12)), max_size=60).map(b"".join)


# One code point or a few, of every kind that normaliser, detectors and parsers treat in their own way.
_SIGNS = (
    *"扌斤言寸跑分承兑币安微信加薇飞机丨·.-_/@:：，。！？(（[【#&?=%\\\"'\n\t 　",
    *"ａＢ１１8u\x00\x1e\u200b\u202e\ud800㎡",
)
_WORDS = ("t.me/", "https://", "www.", ".com", "✈️", "1️⃣", "𝐁", "0x" + "a" * 40, "T" + "9" * 33, "微信：ab_c1")
TEXT = st.lists(st.one_of(st.sampled_from((*_SIGNS, *_WORDS)), st.characters()), max_size=80).map("".join)

MARKUP = noisy(
    b"<html> <body> <p> </p> <!-- --> <script> </script> <template> <svg> <math> </ <![CDATA[",
    b"<a href='/x?u=1'> </a> <img src= <input value=' <div class=ad> </div> <base href='//[::1'>",
    b"<select><option> <table><tr><td>",
    b"<meta charset=gbk>",
    b"<meta http-equiv=refresh content='0;url=//x'>",
    b'<script type="application/ld+json">{"name":',
    b"&#2; &#xD800; \xff\xfe \xef\xbb\xbf",
    b"\x00",
    "承兑".encode("gb18030"),
    "加微信".encode(),
    "加".encode("utf-16-le"),
)

FEEDS = {
    ".jsonl": noisy(b'{"id": "1", "text": "', b'"html": "<p> "url": "} null , \\ud800 [', b"\n"),
    ".csv": noisy(b"id,text\n", b'text;url , " =cmd()', b"\n", b"\r\n", b"\x00", "正文".encode()),
    ".tsv": noisy(b"id\ttext\n", b"\t", b"\n", b'"', "内容".encode("gb18030")),
    ".txt": noisy(b"\n", b"\xff\xfe", b"\x00", "承兑".encode(), "承兑".encode("gbk")),
    ".html": MARKUP,
    ".png": noisy(b"\x89PNG\r\n\x1a\n", b"IHDR IDAT IEND", b"\x00\x00\x00\x0d", b"\x00\x00\x00\x01"),
    ".gif": noisy(b"GIF89a", b"\x01\x00\x01\x00", b"\x2c", b"\x3b"),
    ".warc": noisy(b"WARC/1.1\r\n", b"Content-Length: 5\r\n", b"WARC-Type: response\r\n", b"\r\n\r\n"),
    ".warc.gz": noisy(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x03\x00", b"\x00\x00\x00\x00"),
    ".wacz": noisy(b"PK\x03\x04", b"PK\x05\x06", b"archive/data.warc.gz", b"\x00\x00"),
}
"""File name ending → bytes for a file of that kind."""

_QUERY_WORDS = (
    "AND OR NOT score: seen: category:payment handle:a:b 2026-02 .. 承兑 usdt 0.5 >= 1e999 nan 9999-99-99"
)
_QUERY_SIGNS = (*'()"*:-<>.\\ ', "\x00", "\ud800", "　")
QUERY = st.lists(
    st.one_of(st.sampled_from((*_QUERY_SIGNS, *_QUERY_WORDS.split())), st.just(" "), st.characters()),
    max_size=40,
).map("".join)

BUNDLE = st.dictionaries(
    st.sampled_from(
        ["bundle.json", "bundle.sig", "report.json", "captures/a/seal.json", "captures/a/manifest.json", "x"]
    ),
    noisy(b'"format":"xiansuo-bundle/1" , { } "files":[ ] "a": 1e999 null', b"[" * 2000, b'{"a":' * 2000),
    max_size=6,
)
"""Members of a container: name → bytes."""

ZIP = noisy(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x00" * 8, b"bundle.json")
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), min_size=1, max_size=4)
"""Bytes to write over a file, each at a share of its length."""


def damaged(body: bytes, damage: list[tuple[float, bytes]]) -> bytes:
    """A copy of ``body`` with that damage."""
    changed = bytearray(body)
    for share, written in damage:
        start = int(share * (len(body) - 1))
        changed[start : start + len(written)] = written
    return bytes(changed)
