"""Draw the demo site's pictures anew: ``python -m console.demo.pictures`` (needs qrcode and a CJK font)."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).parent / "site" / "assets"
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
POSTER_LINES = (
    ("周末链上分享会", 64),
    ("USDT 搬砖套利 日入千元", 48),
    ("零门槛 有人带 当天回本", 44),
    ("扫码进群领 20U 体验金", 44),
)
POSTER_CODE = "https://t.me/+JwDemoGroup66"
BANNER = "欧易OKX 注册送盲盒 邀请码 JW66888"


def draw() -> None:
    """Write ``poster.png`` (720×1000, text and a QR code) and ``banner.png`` (728×90)."""
    import qrcode
    from PIL import Image, ImageDraw, ImageFont

    poster = Image.new("RGB", (720, 1000), "#fff6df")
    pen = ImageDraw.Draw(poster)
    top = 60
    for words, size in POSTER_LINES:
        font = ImageFont.truetype(FONT, size)
        pen.text(((720 - pen.textlength(words, font)) / 2, top), words, fill="#8a1c1c", font=font)
        top += size + 36
    code = qrcode.make(POSTER_CODE, box_size=9, border=4).convert("RGB")
    poster.paste(code, ((720 - code.width) // 2, 1000 - code.height - 40))
    poster.quantize(32).save(ASSETS / "poster.png", optimize=True)

    banner = Image.new("RGB", (728, 90), "#101820")
    ImageDraw.Draw(banner).text((24, 22), BANNER, fill="#ffd166", font=ImageFont.truetype(FONT, 36))
    banner.quantize(16).save(ASSETS / "banner.png", optimize=True)


if __name__ == "__main__":
    draw()
