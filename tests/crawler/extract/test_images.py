"""Codes and text in pictures, the gate before recognition, and pictures that are broken or bombs."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from crawler.errors import ExtractError
from crawler.extract.images import image_blocks, open_picture
from crawler.extract.lines import paragraphs
from crawler.extract.ocr import TextReader, passes_gate, tiles
from tests.crawler.extract.posters import code, encoded, has_font, poster

PAYLOAD = "https://x.example/i?c=88"
needs_font = pytest.mark.skipif(not has_font(), reason="needs fonts-noto-cjk")


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(code(PAYLOAD), id="plain"),
        pytest.param(code(PAYLOAD, side=200).filter(ImageFilter.GaussianBlur(3)), id="blurred"),
        pytest.param(ImageOps.invert(code(PAYLOAD)), id="inverted"),
        pytest.param(code(PAYLOAD, border=0), id="without quiet zone"),
        pytest.param(code(PAYLOAD).rotate(33, expand=True, fillcolor="white"), id="rotated"),
        pytest.param(code(PAYLOAD).resize((50, 50)), id="small"),
        pytest.param(Image.eval(code(PAYLOAD), lambda v: 110 + v // 12), id="faint"),
    ],
)
def test_codes_are_read(picture: Image.Image) -> None:
    (block,) = image_blocks(encoded(picture), ocr=False)
    assert (block.kind, block.text) == ("qr", PAYLOAD)


def test_a_code_knows_its_place() -> None:
    ground = Image.new("RGB", (900, 700), "white")
    ground.paste(code(PAYLOAD, side=200, border=4), (600, 400))
    (block,) = image_blocks(encoded(ground), ocr=False, where="https://x.example/p.png")
    place, _, pixels = block.where.partition("#xywh=")
    x, y, w, h = map(int, pixels.split(","))
    assert place == "https://x.example/p.png"
    assert 600 <= x < 640
    assert 400 <= y < 440
    assert 130 < w < 200
    assert 130 < h < 200


def test_two_codes() -> None:
    ground = Image.new("RGB", (900, 400), "white")
    ground.paste(code("first"), (20, 50))
    ground.paste(code("second"), (500, 50))
    assert sorted(block.text for block in image_blocks(encoded(ground), ocr=False)) == ["first", "second"]


def test_a_code_that_cannot_be_read_stays_visible() -> None:
    damaged = code(PAYLOAD + "abcdefgh")
    ImageDraw.Draw(damaged).rectangle((100, 100, 220, 230), fill="white")
    blocks = image_blocks(encoded(damaged), ocr=False)
    assert [(block.kind, block.text) for block in blocks] == [("qr", "")]
    assert blocks[0].where.count(",") == 3


def _bomb() -> bytes:
    """A PNG whose header claims 100,000 × 100,000 pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for chunk in (b"IHDR" + head, b"IDAT" + zlib.compress(bytes(1000)), b"IEND"):
        parts += [struct.pack(">I", len(chunk) - 4), chunk, struct.pack(">I", zlib.crc32(chunk))]
    return b"".join(parts)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"not a picture", "unreadable-picture", id="other"),
        pytest.param(encoded(code(PAYLOAD))[:200], "unreadable-picture", id="truncated"),
        pytest.param(_bomb(), "too-large", id="bomb"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable-picture", id="svg"),
    ],
)
def test_no_blocks(data: bytes, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        image_blocks(data, ocr=True)
    assert caught.value.reason == reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_formats(kind: str) -> None:
    assert image_blocks(encoded(code(PAYLOAD), kind), ocr=False)[0].text == PAYLOAD


def test_transparent_ground_is_white() -> None:
    layered = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert open_picture(encoded(layered)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("picture", "passes"),
    [
        pytest.param(Image.new("RGB", (1080, 1920), "white"), False, id="blank"),
        pytest.param(Image.new("RGB", (16, 16), "red"), False, id="icon"),
        pytest.param(Image.linear_gradient("L").resize((800, 800)), False, id="gradient"),
    ],
)
def test_gate(picture: Image.Image, passes: bool) -> None:
    assert passes_gate(picture) is passes


@needs_font
def test_gate_lets_one_small_line_pass() -> None:
    assert passes_gate(poster(["wx8866"], size=(1080, 1920)))


@needs_font
def test_text_is_read_once_for_the_same_picture(reader: TextReader) -> None:
    picture = poster(["注册即送大礼包", "加微信 abc_8899 领取"])
    first = reader.read(picture)
    assert "8899" in "".join(text for text, _ in first)
    calls = reader.calls
    again = open_picture(encoded(picture, "JPEG", quality=70))
    smaller = picture.resize((480, 675))
    assert [text for text, _ in reader.read(again)] == [text for text, _ in first]
    assert [text for text, _ in reader.read(smaller)] == [text for text, _ in first]
    assert reader.calls == calls
    other = reader.read(poster(["注册即送大礼包", "加微信 abc_8898 领取"]))
    assert "8898" in "".join(text for text, _ in other)


def test_long_pictures_are_read_in_pieces() -> None:
    pieces = tiles(1080, 9000)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == 9000
    assert all(later[0] < earlier[1] for earlier, later in pairwise(pieces))


def test_lines_are_joined_by_place() -> None:
    lines = [
        ("QQ", (10, 10, 40, 20)),
        ("12345", (60, 11, 80, 20)),
        ("second line", (10, 40, 150, 20)),
        ("far away", (10, 400, 100, 20)),
    ]
    assert [text for text, _ in paragraphs(lines)] == ["QQ 12345\nsecond line", "far away"]
