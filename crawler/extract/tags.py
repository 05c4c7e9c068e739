"""What HTML elements do to the text around them, by name."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Flow(IntEnum):
    """What an element does to the text around it."""

    JOINS = 0
    """Inline: its text runs on, and words are not split."""
    DIVIDES = 1
    """Ends the text before it."""
    ANCHOR = 2
    SPACES = 3
    """Parts words, not blocks: a picture, or a cell: a label stands in one cell, its value in the next."""
    BREAKS = 4
    """Begins a new line in the same block: a term and its description belong together."""
    HEADING = 5
    NAV = 6
    LANDMARK = 7
    HIDDEN = 8
    """Not shown as long as no script says so."""
    DIALOG = 9
    """Hidden unless it is open."""
    ABOUT = 10
    """Says something of the page."""


class Raw(IntEnum):
    """How an element's content is read that is no markup."""

    DROPPED = 1
    """A program: no text."""
    RESOLVED = 2
    """Text in which references are resolved."""
    LITERAL = 3
    ENDLESS = 4
    """Literal text up to the end of the page."""


_ELEMENTS: Mapping[Flow, str] = {
    Flow.JOINS: "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark meter nobr "
    "output progress q rp rt ruby s samp script slot small span strike strong style sub sup time tt u var "
    "wbr",
    Flow.DIVIDES: """
        address blockquote body button canvas caption center col colgroup details dir div dl fieldset
        figcaption figure frame frameset head hgroup hr html input legend li menu noframes object ol optgroup
        option p pre search select summary svg math tbody textarea tfoot thead title tr ul xmp listing
        plaintext iframe video audio embed source noembed""",
    Flow.ANCHOR: "a area",
    Flow.SPACES: "img image td th",
    Flow.BREAKS: "br dt dd",
    Flow.HEADING: "h1 h2 h3 h4 h5 h6",
    Flow.NAV: "nav",
    Flow.LANDMARK: "main article section aside header footer form table",
    Flow.HIDDEN: "noscript template",
    Flow.DIALOG: "dialog",
    Flow.ABOUT: "meta base link",
}

FLOWS: Mapping[str, Flow] = {name: flow for flow, names in _ELEMENTS.items() for name in names.split()}
"""Flow by name; elements that are not in it join."""

_VOID = """
    area base br col embed frame hr img image input link meta param source track wbr keygen
"""
VOID = frozenset(_VOID.split())
"""Elements without content, and so without an end."""

RAW: Mapping[str, Raw] = {
    "script": Raw.DROPPED,
    "style": Raw.DROPPED,
    "title": Raw.RESOLVED,
    "textarea": Raw.RESOLVED,
    "xmp": Raw.LITERAL,
    "iframe": Raw.LITERAL,
    "noembed": Raw.LITERAL,
    "noframes": Raw.LITERAL,
    "plaintext": Raw.ENDLESS,
}
FOREIGN = frozenset(("svg", "math"))
"""Elements in which other languages begin; there nothing is raw."""

MEDIA: Mapping[str, str] = {
    "img": "image",
    "image": "image",
    "iframe": "frame",
    "video": "video",
    "audio": "audio",
    "embed": "object",
    "source": "video",
}
"""Kinds of embedded files by element."""

ENDED_BY_SIBLINGS: Mapping[str, frozenset[str]] = {
    "p": frozenset(("p",)),
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "td": frozenset(("td", "th")),
    "th": frozenset(("td", "th")),
    "tr": frozenset(("td", "th", "tr")),
    "option": frozenset(("option",)),
}
"""Elements which the next of their kind ends, where their own end is not written."""

HOLDERS: Mapping[str, tuple[str, ...]] = {
    "li": ("ul", "ol", "menu"),
    "dt": ("dl",),
    "dd": ("dl",),
    "td": ("tr", "table"),
    "th": ("tr", "table"),
    "tr": ("table",),
    "option": ("select",),
}
"""Elements whose end ends those."""
