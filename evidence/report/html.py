"""The report as one HTML file that needs nothing else: no script, no network, printable, in both languages.

Everything that was crawled is hostile: it is escaped, addresses are text and not links, and control
characters (text direction, zero width) are shown by name so that a quote reads as it is.
"""

from __future__ import annotations

import base64
import hashlib
import io
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from evidence.errors import IntegrityError
from evidence.report.runs import runs, strongest
from evidence.report.texts import confidence, text

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

    from evidence.blobs import Blobs
    from evidence.report.model import Lang, Quote, Report, Text

PICTURE_WIDTH, PICTURE_HEIGHT = 900, 1000
MOST_PICTURES = 30
_PICTURE_QUALITY = 72
_MOST_PIXELS = 100_000_000


def render_html(report: Report, *, blobs: Blobs | None = None, lang: Lang | None = None) -> bytes:
    """The report as HTML in UTF-8. ``blobs`` give screenshots; ``lang`` (else the report's) shows first."""
    style = resources.files("evidence.report").joinpath("templates/report.css").read_text("utf-8")
    shown = lang or report.lang
    title = text("labels", "report")
    page = _template().render(
        report=report,
        lang=shown,
        title=title.zh if shown == "zh" else title.en,
        style=_markup(style),
        policy=_policy(style),
        places={place.hit_id: place for lead in report.leads for place in lead.place.places},
        pictures=_pictures(report, blobs),
    )
    return page.encode("utf-8", "replace")


def visible(value: object) -> Markup:
    """Escaped text, with control and formatting characters shown by their code."""
    from markupsafe import Markup, escape

    parts = []
    for char in str(value):
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            parts.append(Markup('<span class="control">U+{:04X}</span>').format(ord(char)))
        else:
            parts.append(escape(char))
    return Markup("").join(parts)


def quoted(quote: Quote) -> Markup:
    """A quote with its marks; where marks overlap, a contact's colour wins, then a reason's."""
    from markupsafe import Markup

    parts = []
    for start, end, over in runs(quote.marks, len(quote.text)):
        shown = visible(quote.text[start:end])
        if over:
            rules = ", ".join(mark.rule for mark in over)
            shown = Markup('<mark class="{}" title="{}">{}</mark>').format(strongest(over), rules, shown)
        parts.append(shown)
    return Markup("").join(parts)


def readings(quote: Quote) -> tuple[tuple[str, str], ...]:
    """What words of a quote were read as, where that is something else: each pair once, cues left out.

    Cues (who speaks, and how) tell how a quote was weighed and not what it offers.
    """
    pairs = (
        (quote.text[mark.start : mark.end], mark.normal)
        for mark in quote.marks
        if not mark.rule.startswith("cue/")
    )
    return tuple(dict.fromkeys(pair for pair in pairs if pair[1] and pair[0] != pair[1]))


def counters(quote: Quote) -> tuple[str, ...]:
    """Words of a quote that speak against the lead, each once."""
    words = (quote.text[mark.start : mark.end] for mark in quote.marks if mark.kind == "counter")
    return tuple(dict.fromkeys(words))


def scaled_picture(data: bytes) -> str:
    """A screenshot as a small JPEG in a data URL, cut at the bottom; empty where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return ""
            width = min(PICTURE_WIDTH, picture.width)
            # cut before scaling: a full-page screenshot may be very tall
            tallest = PICTURE_HEIGHT * picture.width // width
            cut = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, tallest)))
            cut = cut.resize((width, max(1, cut.height * width // cut.width)))
            out = io.BytesIO()
            cut.save(out, "JPEG", quality=_PICTURE_QUALITY, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def _pictures(report: Report, blobs: Blobs | None) -> dict[str, str]:
    """Data URLs of screenshots by hit id; an empty one where the picture cannot be shown."""
    pictures: dict[str, str] = {}
    if blobs is None:
        return pictures
    for lead in report.leads:
        for proof in lead.evidence.captures:
            entry = next((file for file in proof.files if file.name == "screenshot.png"), None)
            if entry is None or proof.hit_id in pictures or len(pictures) >= MOST_PICTURES:
                continue
            try:
                pictures[proof.hit_id] = scaled_picture(blobs.get(entry.sha256))
            except IntegrityError:
                pictures[proof.hit_id] = ""
    return pictures


def _both(words: Text) -> Markup:
    from markupsafe import Markup

    shape = '<span class="zh" lang="zh-Hans">{}</span><span class="en" lang="en">{}</span>'
    return Markup(shape).format(words.zh, words.en)


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _markup(value: str) -> Markup:
    from markupsafe import Markup

    return Markup(value)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("evidence.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=lambda group, code: _both(text(group, code)),
        l=lambda name: _both(text("labels", name)),
        both=_both,
        confidence=confidence,
        show=visible,
        quoted=quoted,
        readings=readings,
        counters=counters,
    )
    return environment.get_template("report.html.j2")
