"""What extraction keeps of a page, and how it takes pages that are broken, mislabelled or hostile."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ExtractError
from crawler.extract.html import SPLIT_AT_ONCE, extract_html
from crawler.extract.known import Known
from crawler.extract.reader import Reader, Unfinished
from crawler.extract.scan import scan, split

if TYPE_CHECKING:
    from crawler.document import Document

URL = "https://site.example/a/page.html"


def extract(markup: str, **options: str) -> Document:
    return extract_html(markup.encode(), url=URL, **options)  # type: ignore[arg-type]


LONG = "这是一段足够长的文字，" * 5


def texts(document: Document, kind: str) -> list[str]:
    return [block.text for block in document.blocks if block.kind == kind]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>加微<b>信</b>好友</p>", ["加微信好友"], id="inline tags do not split words"),
        pytest.param("<p>微<i></i>信</p>", ["微信"], id="empty inline tags do not split words"),
        pytest.param("<p>微<!-- x -->信</p>", ["微信"], id="comments do not split words"),
        pytest.param("<p>微<wbr>信<x-y>号</x-y></p>", ["微信号"], id="unknown tags are inline"),
        pytest.param("<p>a b<br>c</p>", ["a b\nc"], id="a line break stays inside the block"),
        pytest.param("<p>one</p>two<p>three</p>", ["one\ntwo\nthree"], id="short lines are gathered"),
        pytest.param(
            "<table><tr><td>QQ</td><td>12345</td></tr></table>", ["QQ 12345"], id="a row is one block"
        ),
        pytest.param("<dl><dt>QQ</dt><dd>12345</dd></dl>", ["QQ\n12345"], id="a term keeps its description"),
        pytest.param("<p>扫<img src=q.png>码</p>", ["扫 码"], id="a picture parts words"),
        pytest.param(
            "<p>a<style>x</style>b<script>'<p>y'</script>c</p>", ["abc"], id="scripts and styles are no text"
        ),
        pytest.param("<p>&#2;1&#3a&#x4;y&#&#2;2;", ["1ay&#2;"], id="marks cannot be forged"),
        pytest.param("<P>未闭<div>合<span>的", ["未闭\n合的"], id="unclosed tags"),
        pytest.param(f"<p>短</p><p>{LONG}</p>短", ["短", LONG, "短"], id="a paragraph stands alone"),
        pytest.param(
            "<p>短</p><h2>题</h2><p>短</p>", ["短", "短"], id="lines are gathered in one region only"
        ),
    ],
)
def test_body_text(markup: str, expected: list[str]) -> None:
    assert texts(extract(markup), "body") == expected


@pytest.mark.parametrize(
    ("markup", "kind", "text"),
    [
        ("<title>题 目</title>", "title", "题 目"),
        ('<meta name="description" content="说明">', "meta", "说明"),
        ('<meta property="og:title" content="卡片">', "meta", "卡片"),
        ("<h2>小<b>标题</b></h2>", "heading", "小标题"),
        ("<nav><ul><li>甲</li><li>乙</li></ul></nav>", "nav", "甲\n乙"),
        ('<div class="comment-item"><p>评论</p></div>', "comment", "评论"),
        ('<div class="x ad-slot"><p>广而告之</p></div>', "ad", "广而告之"),
        ('<img src="a.png" alt="图说">', "alt", "图说"),
        ('<button data-clipboard-text="wx_abc">复制</button>', "alt", "wx_abc"),
        ('<script type="application/ld+json">{"@type":"X","name":"名\\u79f0"}</script>', "jsonld", "名称"),
        ('<script type="application/ld+json">{broken</script>', "jsonld", "{broken"),
    ],
)
def test_roles(markup: str, kind: str, text: str) -> None:
    assert texts(
        extract(
            f"<body>{markup}<p>正文</p>"
            if "<title" not in markup and "<meta" not in markup
            else markup + "<body>正文"
        ),
        kind,
    ) == [text]


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden>藏</p>",
        '<p style="color:red; display:none">藏</p>',
        '<span aria-hidden="true">藏</span>',
        "<noscript>藏</noscript>",
        "<div hidden><p>藏</p></div>",
        "<template><p>藏</p></template>",
    ],
)
def test_hidden_text_is_kept_and_marked(markup: str) -> None:
    blocks = [block for block in extract(f"<p>显</p>{markup}").blocks if block.kind == "body"]
    assert [(block.text, block.visible) for block in blocks] == [("显", True), ("藏", False)]


def test_links_are_absolute_and_know_their_block() -> None:
    document = extract(
        '<title>t</title><p>前</p><p>看<a href="../b?x=1" rel="nofollow ugc">这<b>里</b></a>和'
        '<a href="//cdn.example/c">那里</a></p><a href="tg://resolve?domain=abc">飞机</a>'
        '<a href="javascript:x()">无</a>'
        '<a href="/i"><img src="q.png"></a>'
    )
    assert [(link.url, link.text, link.rel) for link in document.links] == [
        ("https://site.example/b?x=1", "这里", "nofollow ugc"),
        ("https://cdn.example/c", "那里", ""),
        ("tg://resolve?domain=abc", "飞机", ""),
        ("https://site.example/i", "", ""),
    ]
    holders = [document.blocks[link.block].text if link.block >= 0 else "" for link in document.links]
    assert holders[:2] == ["前\n看这里和那里\n飞机无"] * 2


def test_links_beyond_the_limit_leave_a_remark() -> None:
    document = extract("<p>" + "<a href=/x>甲</a>" * 20_001)
    assert len(document.links) == 20_000
    assert document.metadata["links"] == "only the first 20000 of 20001 links kept"
    assert sum(block.text.count("甲") for block in document.blocks) == 20_001
    assert "links" not in extract("<a href=/x>甲</a>").metadata


def test_base_and_refresh() -> None:
    document = extract(
        '<base href="https://other.example/d/"><meta http-equiv=Refresh content="0; URL=go.html">'
        '<a href="x">x</a>'
    )
    assert [(link.url, link.rel) for link in document.links] == [
        ("https://other.example/d/x", ""),
        ("https://other.example/d/go.html", "refresh"),
    ]


def test_media_of_all_sorts() -> None:
    document = extract(
        '<img src="s.gif" data-src="real.jpg" alt="a" width="300px" height=200><iframe src="/f"></iframe>'
        "<div style=\"background:url('bg.png')\"></div><img srcset='x1.png 1x, x2.png 2x'>"
    )
    assert [(media.url.rpartition("/")[2], media.kind, media.width) for media in document.media] == [
        ("real.jpg", "image", 300),
        ("f", "frame", 0),
        ("x1.png", "image", 0),
        ("bg.png", "image", 0),
    ]


@pytest.mark.parametrize(
    ("markup", "rule", "click"),
    [
        (
            '<div class="ad-slot"><a href="/c?u=1"><img src="b.png"></a></div>',
            "named",
            "https://site.example/c?u=1",
        ),
        ('<ins class="adsbygoogle"><a href="/c">x</a></ins>', "adsense", "https://site.example/c"),
        ('<iframe src="https://pos.baidu.com/x"></iframe>', "frame", "https://pos.baidu.com/x"),
        ('<li><a href="/c">标题</a><span>广告</span></li>', "label", "https://site.example/c"),
        (
            '<div class="ad-slot"><div class="ad-box"><a href="/c">x</a></div></div>',
            "named",
            "https://site.example/c",
        ),
    ],
)
def test_ad_slots(markup: str, rule: str, click: str) -> None:
    slots = extract(f"<main><p>文</p>{markup}</main>").ad_slots
    assert [(slot.rule, slot.click_url) for slot in slots] == [(rule, click)]


@pytest.mark.parametrize(
    "markup",
    [
        "<li><a href='/promo'>推广</a></li>",
        "<p>广告</p>",
        "<div class='adidas'><a href=x>y</a></div>",
        "<div class='header shadow'><a href=x>y</a></div>",
    ],
)
def test_no_ad_slot(markup: str) -> None:
    assert extract(f"<main><p>文</p>{markup}</main>").ad_slots == ()


SENTENCE = "加微信号abc123领取资料，转发给群里的朋友们一起来看看这是什么。"
CASES = [
    pytest.param(SENTENCE.encode("gb18030"), "text/html", id="gb18030 without label"),
    pytest.param(b"<meta charset=gbk>" + SENTENCE.encode("gbk"), "", id="gbk in meta"),
    pytest.param(
        b"<meta charset=utf-8>" + SENTENCE.encode("gbk"), "text/html; charset=utf-8", id="gbk labelled utf-8"
    ),
    pytest.param(
        b"<meta charset=gb2312>" + SENTENCE.encode(), "text/html; charset=gbk", id="utf-8 labelled gbk"
    ),
    pytest.param(SENTENCE.encode("utf-8-sig"), "", id="utf-8 with mark"),
    pytest.param(SENTENCE.encode("utf-16"), "", id="utf-16 with mark"),
    pytest.param(f"<p>{SENTENCE}</p><p>.......</p>".encode("utf-16-le"), "", id="utf-16 without mark"),
    pytest.param(b"<p>" + SENTENCE.encode() + b"</p><p>\xff", "", id="utf-8 with one bad byte"),
]


@pytest.mark.parametrize(("body", "content_type"), CASES)
def test_encodings(body: bytes, content_type: str) -> None:
    assert extract_html(body, url=URL, content_type=content_type).blocks[0].text.startswith(SENTENCE)


@pytest.mark.parametrize("label", ["big5", "gbk", ""])
def test_big5_under_any_label(label: str) -> None:
    text = "這個網站提供的資料都是我們自己整理出來的，請大家一起來看看有沒有問題。"
    body = f"<meta charset='{label}'><p>".encode() + text.encode("big5")
    assert extract_html(body, url=URL).blocks[0].text == text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\x00\x01\x02", "empty"),
        (b"\x89PNG\r\n\x1a\n123", "not-text"),
        (b"a" * 64_000_001, "too-large"),
    ],
    ids=["empty", "blank", "controls", "picture", "too large"],
)
def test_no_document(body: bytes, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        extract_html(body, url=URL)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 10_000 + "底",
        "<b>" * 10_000 + "底",
        "<a href=x><div>" * 5_000 + "底",
        "<div class=ad-slot>" * 10_000 + "<a href=x>底",
        "<table><tr><td>" * 5_000 + "底",
        "<nav><p hidden>" * 5_000 + "底",
        "<font><p>" * 3_000 + "底",
        "<template>" * 3_000 + "底",
        "<ul><li>" * 8_000 + "<em>推广</em>底",
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>底",
    ],
    ids=lambda markup: markup[:12],
)
def test_deep_nesting_loses_no_text(markup: str) -> None:
    document = extract(markup)
    assert "底" in "".join(block.text for block in document.blocks)


def test_roles_nested_too_deep_leave_a_remark() -> None:
    document = extract("<div class=comment-item>" * 1_200 + "底")
    assert document.metadata["nesting"] == "200 elements nested deeper than 1000 tell no role"
    assert [(block.kind, block.text) for block in document.blocks] == [("comment", "底")]
    assert "nesting" not in extract("<div class=comment-item>" * 1_000 + "底").metadata


def test_a_long_page_is_read_to_its_end() -> None:
    row = "<div class=item><p>这是一段普通的文字内容</p><a href=/x>链接</a></div>"
    markup = row * (SPLIT_AT_ONCE // len(row) + 1) + "<p>末尾 wx_last_one"
    assert "wx_last_one" in extract(markup).blocks[-1].text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        '<a b="',
        "<!--",
        "<![CDATA[",
        "<script>a<b;",
        "<title>",
        "<svg><style><b>",
        "</p>",
        "<iframe a",
    ],
)
def test_work_grows_with_the_page_only(piece: str) -> None:
    """Half a megabyte of what is never closed: with work that grew with its square this would not end."""
    document = extract("始" + piece * (500_000 // len(piece)))
    assert any(block.text.startswith("始") for block in document.blocks)


PIECES = st.sampled_from(
    [
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<td>",
        "<tr>",
        "<table>",
        "</table>",
        "<a href='/x'>",
        "</a>",
        "<br>",
        "<span class='comment-item'>",
        "</span>",
        "<li>",
        "<h1>",
        "<nav>",
        "</nav>",
        "<ins class=adsbygoogle>",
        "<select><option>",
        "<textarea>",
        "</textarea>",
        "<!--",
        "-->",
        "<img alt='q'>",
        "<p hidden>",
        "&lt;",
        "&#3;",
        "<svg><a>",
        "<form>",
        "<button>",
        "微信",
        "wx123",
        " ",
        "\n",
        "<",
        ">",
        '"',
        "</",
        "<title>",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "</svg>",
        "<DIV CLASS='ad'>",
        "<p title='",
        '<p title="',
        '<a title="<!--">',
        "<p data-x=a>b>",
        "'",
        "=",
        "/",
        "--!>",
        "<![CDATA[",
        "]]>",
        "<template>",
        "<noscript>",
        "<3",
        "a<b",
        "</>",
        "广告",
    ]
)


KINDS = {"title", "heading", "body", "nav", "comment", "ad"}


def characters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


@given(st.lists(PIECES, max_size=40).map("".join))
def test_nothing_visible_is_lost(markup: str) -> None:
    """Every character that a browser's parser holds for text stands in some block."""
    from selectolax.lexbor import LexborHTMLParser

    clean = re.sub("[\x00-\x08\x0e-\x1f]", "", markup.replace("&#3;", ""))
    parser = LexborHTMLParser(clean or " ")
    parser.strip_tags(["script", "style"])
    expected = characters(parser.root.text() if parser.root else "")
    try:
        document = extract(markup)
    except ExtractError:
        assert not markup.strip() or not clean.strip()
        return
    found = characters("".join(block.text for block in document.blocks if block.kind in KINDS))
    assert expected <= found
    assert all(link.block < len(document.blocks) for link in document.links)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_a_page_is_read_alike_at_once_and_tag_by_tag(markup: str) -> None:
    """Where every bracket belongs to a tag, one split gives what the rules for tags give."""
    at_once, by_tag = Reader(Known()), Reader(Known())
    try:
        at_once.read(split(markup), scanned=False)
    except Unfinished:
        return
    for batch in scan(markup):
        by_tag.read(batch, scanned=True)
    assert "".join(at_once.texts) == "".join(by_tag.texts)
    assert (at_once.links, at_once.embedded, at_once.title) == (by_tag.links, by_tag.embedded, by_tag.title)
    assert [slot.html for slot in at_once.slots] == [slot.html for slot in by_tag.slots]


def test_no_contact_lost_against_beautifulsoup() -> None:
    """Everything BeautifulSoup finds as text, contacts in odd places among it, is in the blocks."""
    from tests.crawler.extract.pages import made_page

    markup = made_page(seed=7, sections=40)
    document = extract_html(markup, url=URL)
    ours = "".join("".join(block.text for block in document.blocks).split())
    for piece in BeautifulSoup(markup, "html.parser").stripped_strings:
        assert "".join(piece.split()) in ours


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param('<iframe srcdoc="{}">', id="quoted"),
        pytest.param("<IFRAME class=x srcdoc='{}' sandbox></IFRAME>", id="single quotes"),
        pytest.param("<iframe srcdoc=\"<p>out</p><iframe srcdoc='{}'></iframe>\"></iframe>", id="nested"),
    ],
)
def test_a_page_in_a_frames_attribute_is_read(frame: str) -> None:
    inner = "&lt;p>收U加微信 ulaoban_886 &lt;a href=/go>点我&lt;/a>"
    page = f"<p>前文</p>{frame.format(inner)}<p>后文</p>"
    document = extract_html(page.encode(), url="https://a.example/x")
    (block,) = [number for number, one in enumerate(document.blocks) if "ulaoban_886" in one.text]
    assert document.blocks[block].where.startswith("iframe[srcdoc]")
    assert [(link.url, link.block) for link in document.links] == [("https://a.example/go", block)]


def test_an_advert_in_a_frames_attribute_is_an_advert() -> None:
    page = '<div>x</div><iframe id="google_ads_iframe_1" srcdoc="&lt;p>秒到账，加微信"></iframe>'
    document = extract_html(page.encode(), url="https://a.example/x")
    assert [block.kind for block in document.blocks if "秒到账" in block.text] == ["ad"]


def test_frames_within_frames_end() -> None:
    markup = "deep"
    for _ in range(12):
        markup = f'<p>a<iframe srcdoc="{markup.replace("&", "&amp;").replace(chr(34), "&quot;")}"></iframe>'
    document = extract_html(markup.encode(), url="https://a.example/x")
    assert 1 <= len(document.blocks) <= 12
    many = extract_html(b'<iframe srcdoc="<p>a"></iframe>' * 500, url="https://a.example/x")
    assert "frames" in many.metadata
