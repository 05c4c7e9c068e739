"""Made-up pictures: posters with Chinese text and QR codes, drawn when a test needs them."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",)


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont:
    path = next(path for path in FONTS if Path(path).exists())
    return ImageFont.truetype(path, size)


def has_font() -> bool:
    return any(Path(path).exists() for path in FONTS)


def code(payload: str, *, side: int = 300, border: int = 4) -> Image.Image:
    """A QR code, ``side`` pixels square."""
    import qrcode

    made = qrcode.QRCode(border=border, box_size=8)
    made.add_data(payload)
    made.make(fit=True)
    return made.make_image().get_image().convert("RGB").resize((side, side), Image.Resampling.NEAREST)


def poster(lines: Sequence[str], *, payload: str = "", size: tuple[int, int] = (640, 900)) -> Image.Image:
    """Lines of text from the top, and a code at the bottom."""
    picture = Image.new("RGB", size, (250, 246, 230))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((40, 50 + 70 * number), line, fill=(30, 20, 90), font=font(38))
    if payload:
        picture.paste(code(payload, side=260), (190, size[1] - 300))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
