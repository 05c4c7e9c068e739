"""Reads QR codes with zxing-cpp, and again on altered copies where the picture as it is gives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from crawler.extract.images import Box

MAX_CODES = 20
SMALLEST_SIDE = 21
"""A QR code has at least 21 modules a side, so a smaller picture holds none."""

_ENLARGED_BELOW = 1_500
_LARGEST_SIDE = 3_000
_MARGIN = 24


def read_codes(picture: Image) -> list[tuple[str, Box]]:
    """Payload and pixel box of each code; an empty payload is a code that was found but could not be read."""
    if min(picture.size) < SMALLEST_SIDE:
        return []
    unread: list[tuple[str, Box]] = []
    for copy, scale, shift in _copies(picture.convert("L")):
        read, failed = _decode(copy, scale, shift)
        if read:
            return read[:MAX_CODES]
        unread = unread or failed
    return unread[:MAX_CODES]


def _copies(grey: Image) -> Iterator[tuple[Image, float, int]]:
    """The picture and altered copies, likeliest first, with the factor of their size and their margin's
    width.
    """
    from PIL import Image, ImageFilter, ImageOps

    scale = min(1.0, _LARGEST_SIDE / max(grey.size))
    if scale < 1:
        grey = grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BOX)
    yield grey, scale, 0
    framed = ImageOps.expand(grey, _MARGIN, 255)
    yield framed, scale, _MARGIN
    doubled = framed
    if max(grey.size) < _ENLARGED_BELOW:
        doubled = framed.resize((framed.width * 2, framed.height * 2), Image.Resampling.BICUBIC)
        yield doubled, scale * 2, _MARGIN * 2
    factor = doubled.width / framed.width
    shift = round(_MARGIN * factor)
    yield doubled.filter(ImageFilter.GaussianBlur(1.5 * factor)), scale * factor, shift
    yield doubled.filter(ImageFilter.UnsharpMask(3 * factor, 200, 0)), scale * factor, shift
    yield ImageOps.equalize(doubled), scale * factor, shift
    yield ImageOps.autocontrast(ImageOps.expand(ImageOps.invert(grey), _MARGIN, 255)), scale, _MARGIN
    if min(grey.size) > 400:
        yield grey.resize((grey.width // 2, grey.height // 2), Image.Resampling.BOX), scale / 2, 0


def _decode(copy: Image, scale: float, shift: int) -> tuple[list[tuple[str, Box]], list[tuple[str, Box]]]:
    """Codes read and codes only found, their boxes in the pixels of the original picture."""
    import zxingcpp

    formats: Any = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode)
    read: list[tuple[str, Box]] = []
    failed: list[tuple[str, Box]] = []
    for code in zxingcpp.read_barcodes(
        copy, formats=formats, text_mode=zxingcpp.TextMode.Plain, return_errors=True
    ):
        box = _box(code.position, scale, shift)
        if code.valid and code.text:
            read.append((code.text, box))
        elif min(box[2:]) >= SMALLEST_SIDE:
            failed.append(("", box))
    return read, _apart(failed)


def _apart(codes: list[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """The largest of codes that overlap: one damaged code is often reported as several."""
    kept: list[tuple[str, Box]] = []
    for code in sorted(codes, key=lambda one: -one[1][2] * one[1][3]):
        x, y, w, h = code[1]
        if all(x >= a + c or a >= x + w or y >= b + d or b >= y + h for _, (a, b, c, d) in kept):
            kept.append(code)
    return kept


def _box(position: Any, scale: float, shift: int) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    xs = [(corner.x - shift) / scale for corner in corners]
    ys = [(corner.y - shift) / scale for corner in corners]
    left, top = max(0, round(min(xs))), max(0, round(min(ys)))
    return left, top, round(max(xs)) - left, round(max(ys)) - top
