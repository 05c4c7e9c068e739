"""Roles of HTML elements in the flow of text."""

from __future__ import annotations

from functools import lru_cache

_DIVIDING = """
address article aside
blockquote body button canvas caption center col colgroup details dialog dir div dl embed
fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6
head header hgroup hr html iframe input
legend li main menu nav noframes noscript object ol optgroup option p pre search section select summary svg
table tbody textarea tfoot thead title tr ul video audio xmp listing plaintext
"""
DIVIDING = frozenset(_DIVIDING.split())
"""Elements that end the text before them. Every other element does not split words."""

BREAKS = ("br", "dt", "dd")
"""Elements that begin a new line in the same block: a term and its description belong together."""

SPACES = ("td", "th", "img")
"""Elements that part words but not blocks: a label stands in one cell of a row, its value in the next."""

LANDMARKS = ("main", "article", "section", "aside", "header", "footer", "form", "table")
"""Elements worth naming as the place of a text."""

DROPPED = ["script", "style"]

COMMENT_ID = 4
"""The parser's number of an HTML comment (the DOM standard's ``COMMENT_NODE`` is 8, this is lexbor's tag
number).
"""


@lru_cache(maxsize=256)
def tag_id(name: str) -> int:
    """The parser's own number of a standard element."""
    from selectolax.lexbor import create_tag

    return int(create_tag(name).tag_id)


@lru_cache(maxsize=1)
def dividing_ids() -> frozenset[int]:
    """Numbers of the dividing elements."""
    return frozenset(map(tag_id, DIVIDING))
