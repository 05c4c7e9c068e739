"""The report as one HTML file that needs nothing else: no script, no network, printable, in both languages.

Everything that was crawled is hostile: it is escaped, addresses are text and not links, and control
characters (text direction, zero width) are shown by name so that a quote reads as it is.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from evidence.report.pictures import screenshots
from evidence.report.shown import counters, pieces, readings, spelled
from evidence.report.texts import confidence, text

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

    from evidence.blobs import Blobs
    from evidence.report.model import Lang, Quote, Report, Text
    from evidence.report.pictures import Scale


def render_html(
    report: Report,
    *,
    blobs: Blobs | None = None,
    lang: Lang | None = None,
    scale: Scale | None = None,
    digest: bool = False,
) -> bytes:
    """The report as HTML in UTF-8. ``blobs`` give screenshots; ``lang`` (else the report's) shows first.

    ``digest`` leaves lists of files and capture records out, and says so: the full report has them.
    """
    style = resources.files("evidence.report").joinpath("templates/report.css").read_text("utf-8")
    shown = lang or report.lang
    title = text("labels", "report")
    page = _template().render(
        report=report,
        lang=shown,
        title=title.zh if shown == "zh" else title.en,
        style=_markup(style),
        policy=_policy(style),
        digest=digest,
        places={place.hit_id: place for lead in report.leads for place in lead.place.places},
        pictures={name: _data_url(jpeg) for name, jpeg in screenshots(report, blobs, scale).items()},
    )
    return page.encode("utf-8", "replace")


def visible(value: object) -> Markup:
    """Escaped text, with control and formatting characters shown by their code."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup('<span class="control">{}</span>').format(char) if hidden else escape(char)
        for char, hidden in spelled(str(value))
    )


def quoted(quote: Quote) -> Markup:
    """A quote with its marks."""
    from markupsafe import Markup

    mark = Markup('<mark class="{}" title="{}">{}</mark>')
    return Markup("").join(
        mark.format(piece.kind, piece.rules, visible(piece.text)) if piece.kind else visible(piece.text)
        for piece in pieces(quote)
    )


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""


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
