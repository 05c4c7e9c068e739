"""Roles of HTML elements in the flow of text."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Flow(IntEnum):
    """What an element does to the text around it, and what it is asked for."""

    DIVIDES = 0
    """Ends the text before it."""
    JOINS = 1
    """Inline: its text runs on, and words are not split."""
    ANCHOR = 2
    PICTURE = 3
    """Parts words, but not blocks."""
    CELL = 4
    """Parts words, not blocks: a label stands in one cell of a row, its value in the next."""
    BREAKS = 5
    """Begins a new line in the same block: a term and its description belong together."""
    FRAME = 6
    HEADING = 7
    NAV = 8
    LANDMARK = 9
    HIDDEN = 10
    COMMENT = 11
    DIALOG = 13
    """Hidden unless it is open."""
    ABOUT = 12
    """Says something of the page, and has strayed from the head into the body."""


LAST_DISSOLVING = Flow.BREAKS
"""Elements up to this one leave only their text; those behind it part blocks too."""

_ELEMENTS: Mapping[Flow, str] = {
    Flow.DIVIDES: """
        address blockquote body button canvas caption center col colgroup details dir div dl fieldset
        figcaption figure frame frameset head hgroup hr html input legend li menu noframes object ol optgroup
        option p pre search select summary svg tbody textarea tfoot thead title tr ul xmp listing
        plaintext""",
    Flow.ANCHOR: "a area",
    Flow.PICTURE: "img",
    Flow.FRAME: "iframe video audio embed source",
    Flow.HEADING: "h1 h2 h3 h4 h5 h6",
    Flow.NAV: "nav",
    Flow.LANDMARK: "main article section aside header footer form table",
    Flow.HIDDEN: "noscript",
    Flow.DIALOG: "dialog",
    Flow.BREAKS: "br dt dd",
    Flow.CELL: "td th",
    Flow.ABOUT: "meta base link",
}
_COMMENT_NUMBER = 4
"""The parser's tag number of an HTML comment."""


@lru_cache(maxsize=1)
def flows() -> Mapping[int, int]:
    """Flow by the parser's tag numbers; elements that are not in it join."""
    from selectolax.lexbor import create_tag

    numbers = {
        int(create_tag(name).tag_id): int(flow) for flow, names in _ELEMENTS.items() for name in names.split()
    }
    return numbers | {_COMMENT_NUMBER: int(Flow.COMMENT)}
