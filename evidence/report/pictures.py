"""Screenshots for reports: read from the evidence, cut and scaled down."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.errors import IntegrityError

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.report.model import Report

_MOST_PIXELS = 100_000_000
SCREENSHOT = "screenshot.png"


@dataclass(frozen=True, slots=True)
class Scale:
    """The largest size of a picture in pixels, its JPEG quality, and how many pictures a report shows."""

    width: int = 900
    height: int = 1000
    quality: int = 72
    most: int = 30


def scaled_jpeg(data: bytes, scale: Scale | None = None) -> bytes:
    """A screenshot as a small JPEG, cut at the bottom; empty where it cannot be read."""
    from PIL import Image

    scale = scale or Scale()
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return b""
            width = min(scale.width, picture.width)
            # cut before scaling: a full-page screenshot may be very tall
            tallest = scale.height * picture.width // width
            cut = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, tallest)))
            cut = cut.resize((width, max(1, cut.height * width // cut.width)))
            out = io.BytesIO()
            cut.save(out, "JPEG", quality=scale.quality, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return b""
    return out.getvalue()


def screenshots(report: Report, blobs: Blobs | None, scale: Scale | None = None) -> dict[str, bytes]:
    """Scaled screenshots by hit id, the first so many; an empty one where the picture cannot be shown."""
    scale = scale or Scale()
    found: dict[str, bytes] = {}
    if blobs is None:
        return found
    for lead in report.leads:
        for proof in lead.evidence.captures:
            entry = next((file for file in proof.files if file.name == SCREENSHOT), None)
            if entry is None or proof.hit_id in found or len(found) >= scale.most:
                continue
            try:
                found[proof.hit_id] = scaled_jpeg(blobs.get(entry.sha256), scale)
            except IntegrityError:
                found[proof.hit_id] = b""
    return found
