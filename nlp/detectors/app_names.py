"""Find names of apps that imitate a wallet's or an exchange's: ``Binence``, ``imT0ken``, ``Trust Wallte``.

A brand's own name is no imitation here: the terms tell it, and who may bear it is for people to decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.analysis import Finding, Span
from nlp.detectors.lookalikes import linked_lookalikes
from nlp.lookalike import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.document import Document
    from nlp.lexicon import Lexicon

LONGEST_RUN = 3
"""Words of a name that are read as one: ``Trust Wallet``."""
MOST_WORDS = 40

_WORD = re.compile(r"[^\W\d_\u3400-\u9fff][^\W_\u3400-\u9fff]*|\d+[^\W\d_\u3400-\u9fff][^\W_\u3400-\u9fff]*")


def lures_of(document: Document, lexicon: Lexicon) -> tuple[Finding, ...]:
    """What a document as a whole imitates: brands' hosts that it leads to, and names of an app."""
    linked = linked_lookalikes(document, lexicon)
    if document.listing is None:
        return linked
    both = (*linked, *app_name_lookalikes(document, lexicon))
    return tuple(sorted(both, key=lambda one: (one.span.block, one.span.start)))


def app_name_lookalikes(document: Document, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Findings ``brand/lookalike:<name>`` on the name of a listing, where it stands in the document.

    ``normal`` is the name that is imitated. Each brand is told once.
    """
    name = document.listing.name if document.listing else ""
    block = next((n for n, one in enumerate(document.blocks) if name and name in one.text), -1)
    if block < 0:
        return ()
    at = document.blocks[block].text.index(name)
    found: dict[str, Finding] = {}
    for start, end in _runs(name):
        known = lexicon.brand_of_name(name_of(name[start:end]))
        if known is not None and known.rule not in found:
            span = Span(block, at + start, at + end)
            found[known.rule] = Finding(
                known.rule, span, name[start:end], known.domain, lexicon.lookalike_weight
            )
    return tuple(found.values())


def _runs(name: str) -> Iterator[tuple[int, int]]:
    """Words of a name, and neighbouring words as one, the longest first at each place.

    Han characters are no such words: what imitates by them is in the brands' own list of forms.
    """
    words = [found.span() for found in _WORD.finditer(name)][:MOST_WORDS]
    for first in range(len(words)):
        for last in range(min(first + LONGEST_RUN, len(words)) - 1, first - 1, -1):
            yield words[first][0], words[last][1]
