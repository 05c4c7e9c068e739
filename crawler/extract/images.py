"""Pictures to blocks: the codes in them, and the text of those that pass the gate.

``where`` of a block is its pixel box ``x,y,w,h`` in the upright picture; with a place given (a picture's
address or a selector) it is the place and the box as a media fragment: ``place#xywh=x,y,w,h``.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from crawler.document import Block
from crawler.errors import ExtractError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 60_000_000
"""Largest picture decoded: 180 MB of RGB. The header decides, before any pixel is read."""

Box = tuple[int, int, int, int]


def image_blocks(data: bytes, *, ocr: bool, where: str = "") -> tuple[Block, ...]:
    """QR blocks, then (with ``ocr``) text blocks of a picture. A code found but not read has an empty text.

    Raises :class:`ExtractError`: ``empty``, ``unreadable-picture`` or ``too-large``.
    """
    from crawler.extract.qr import read_codes

    picture = open_picture(data)
    codes = read_codes(picture)
    blocks = [Block("qr", text, _where(where, box)) for text, box in codes]
    if ocr:
        from crawler.extract.ocr import read_text

        _blot(picture, [box for text, box in codes if text])
        blocks += [Block("ocr", text, _where(where, box)) for text, box in read_text(picture)]
    return tuple(blocks)


def open_picture(data: bytes) -> Image:
    """The first frame, upright, in RGB on white. Raises as :func:`image_blocks` does."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not data:
        raise ExtractError("picture is empty", reason="empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data))
            if picture.width * picture.height > MAX_PIXELS:
                raise ExtractError(f"picture has more than {MAX_PIXELS} pixels", reason="too-large")
            picture.load()
            return _flat(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise ExtractError("picture has too many pixels", reason="too-large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, ArithmeticError) as error:
        raise ExtractError(
            f"picture cannot be read: {str(error)[:120]}", reason="unreadable-picture"
        ) from error


def _flat(picture: Image) -> Image:
    """Transparent parts become white, as on most pages: dark text on nothing would else be black on black."""
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(ground, layered).convert("RGB")
    return picture.convert("RGB")


def _blot(picture: Image, boxes: list[Box]) -> None:
    """Paint over codes that were read: recognition would spend a second on them and find noise."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    for x, y, w, h in boxes:
        draw.rectangle((x - 4, y - 4, x + w + 4, y + h + 4), fill="white")


def _where(place: str, box: Box) -> str:
    pixels = ",".join(map(str, box))
    return f"{place}#xywh={pixels}" if place else pixels
