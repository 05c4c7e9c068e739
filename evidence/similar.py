"""Texts that say the same: one wording for all, or nearly so, whatever handles and numbers it carries."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from evidence.hit import Hit

LEAST_LENGTH = 16
"""Shorter wordings are shared by strangers."""
ALIKE = 0.7
"""From this share of common shingles two texts say the same."""
_SHINGLE = 4
_PERMUTATIONS, _ROWS = 96, 4
_LONGEST = 20_000


def wording(hit: Hit) -> str:
    """The letters of what a hit says, without those of its contacts: what a template leaves the same."""
    cut: dict[int, list[tuple[int, int]]] = {}
    for contact in hit.analysis.contacts:
        cut.setdefault(contact.span.block, []).append((contact.span.start, contact.span.end))
    parts = []
    for number, block in enumerate(hit.document.blocks):
        if block.kind in ("nav", "meta", "jsonld") or not block.visible:
            continue
        at = 0
        for start, end in sorted(cut.get(number, ())):
            parts.append(block.text[at:start])
            at = max(at, end)
        parts.append(block.text[at:])
    letters = (letter for letter in "".join(parts).casefold() if letter.isalpha())
    return "".join(letters)[:_LONGEST]


def wording_digest(hit: Hit) -> str:
    """32 hex digits that hits of one wording share; empty where it is too short to tell anything."""
    said = wording(hit)
    return (
        hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32] if len(said) >= LEAST_LENGTH else ""
    )


def near_duplicates(hits: Iterable[Hit]) -> Iterator[tuple[str, str, float]]:
    """Pairs of hit ids whose wordings are alike, with the estimated share of common shingles.

    Not all pairs: each hit with the first (by id) of every band it falls into, so the work is linear
    and whoever joins the pairs has the groups. MinHash in bands (Broder 1997); the order does not matter.
    """
    from rensa import RMinHash

    first: dict[tuple[int, ...], tuple[str, RMinHash]] = {}
    for hit in sorted(hits, key=lambda each: each.id):
        said = wording(hit)
        if len(said) < LEAST_LENGTH:
            continue
        signature = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        signature.update([said[at : at + _SHINGLE] for at in range(len(said) - _SHINGLE + 1)])
        digest = signature.digest()
        compared: set[str] = set()
        for at in range(0, _PERMUTATIONS, _ROWS):
            other, theirs = first.setdefault((at, *digest[at : at + _ROWS]), (hit.id, signature))
            if other == hit.id or other in compared:
                continue
            compared.add(other)
            if (share := signature.jaccard(theirs)) >= ALIKE:
                yield other, hit.id, share
