"""Bytes of a page to clean UTF-8, whatever the page says about itself.

Valid UTF-8 is taken as UTF-8, also when it is labelled otherwise: other encodings are almost never valid
UTF-8 by chance. For the rest the label and a statistical guess compete, and the reading with the fewer broken
and the more everyday characters wins. "Everyday" is read off the lead bytes (level 1 of GB 2312 and of Big5),
so no word list is needed.
"""

from __future__ import annotations

import codecs
import re

from crawler.errors import ExtractError

MAX_BYTES = 64_000_000
"""Largest markup read; the fetcher's own limit is lower, this one guards files."""

_LABEL = re.compile(
    rb"""<(?:meta\b[^>]{0,300}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w:.-]{2,40})""", re.I
)
_HEADER_LABEL = re.compile(r"""charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.I)
_LABEL_REACH = 4096
_SAMPLE = 200_000
_CONTROLS = dict.fromkeys([c for c in range(32) if c not in (9, 10, 13)] + [127])
_MARKS = (b"\x00", b"\x01", b"\x02", b"\x03", b"\x0c", b"\x0e", b"\x0f", b"\x1f")
"""Those that stand for tags in :mod:`crawler.extract.stream`, and NUL."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HOMES = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5hkscs": ("big5", 0xA4, 0xC6)}
"""Codec and lead bytes of an encoding's first level of characters."""
_MAGICS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF")


def to_text(body: bytes, content_type: str = "") -> tuple[str, str]:
    """``body`` as text without the controls used as marks, and the name of the encoding it was in.

    Raises :class:`ExtractError` with reason ``empty``, ``too-large`` or ``not-text``.
    """
    if len(body) > MAX_BYTES:
        raise ExtractError(f"body of {len(body)} bytes is larger than {MAX_BYTES}", reason="too-large")
    if body.startswith(_MAGICS):
        raise ExtractError("body is a binary file, not markup", reason="not-text")
    text, name = decode_text(body, content_type)
    # Single bytes are looked for at memory speed; deleting controls costs far more.
    if name != "utf-8" or any(control in body for control in _MARKS):
        text = text.translate(_CONTROLS)
    if not text or text.isspace():
        raise ExtractError("body is empty", reason="empty")
    return text, name


def decode_text(body: bytes, content_type: str = "") -> tuple[str, str]:
    """``body`` as text and the name of its encoding; never fails, broken bytes become U+FFFD."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name
    if name := _wide(body[:400]):
        return body.decode(name, "replace"), name
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    label = _label(body, content_type)
    best = max(_candidates(body, label), key=lambda name: _fit(body, name))
    return body.decode(best, "replace"), best


def wide_encoding(head: bytes) -> tuple[str, int]:
    """The UTF-16 or UTF-32 that a file begins in, else an empty name; and the length of its mark."""
    for bom, name in _BOMS[1:]:
        if head.startswith(bom):
            return name, len(bom)
    return _wide(head[:400]), 0


def _wide(head: bytes) -> str:
    """UTF-16 without a byte order mark shows as zeros in every second place."""
    low, high = head[::2].count(0), head[1::2].count(0)
    if len(head) < 8 or (low + high) * 10 < len(head) or max(low, high) < 0.8 * (low + high):
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _label(body: bytes, content_type: str) -> str:
    header = _HEADER_LABEL.search(content_type)
    inside = _LABEL.search(body[:_LABEL_REACH])
    return header.group(1) if header else inside.group(1).decode("ascii", "replace") if inside else ""


def _candidates(body: bytes, label: str) -> list[str]:
    """Encodings worth trying, the label first: the first of equals is kept."""
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    names = [
        map_encoding_to_html5(label) if label else "",
        detect_encoding(body[:_SAMPLE]),
        "utf-8",
        "gb18030",
        "big5",
    ]
    kept: list[str] = []
    for name in names:
        known = _codec(name)
        if known and known not in kept:
            kept.append(known)
    return kept


def _codec(name: str | None) -> str:
    """Python's name of an encoding; GBK and GB 2312 are read by their superset, Big5 with Hong Kong's
    additions.
    """
    try:
        known = codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
    return {"gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs", "ascii": "cp1252"}.get(known, known)


def _fit(body: bytes, name: str) -> float:
    """How well a sample reads in an encoding: the share of sound characters, plus the share of everyday
    ones.
    """
    sample = body[:_SAMPLE]
    text = sample.decode(name, "replace")
    high = sum(1 for byte in sample if byte >= 0x80) or 1
    broken = text.count("\ufffd") / high
    private = len(re.findall(r"[\ue000-\uf8ff]", text)) / high
    return 1.0 - 4 * broken - 4 * private + _everyday(text, name)


def _everyday(text: str, name: str) -> float:
    """Share of the non-ASCII characters that a first-year reader knows in that encoding's home, 0 to 1."""
    foreign = re.sub(r"[\x00-\x7f]+", "", text)[:20_000]
    if not foreign:
        return 0.0
    home, first, last = _HOMES.get(name, ("", 0, 0))
    if not home:
        return 0.5 if name == "utf-8" else 0.0
    return sum(first <= char.encode(home, "replace")[0] <= last for char in foreign) / len(foreign)
