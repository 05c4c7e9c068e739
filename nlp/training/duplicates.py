"""Near-duplicate texts: dropped where they say the same twice, kept on one side of a split otherwise.

MinHash over five-character shingles with banded look-up (Broder 1997; `rensa`), in one linear pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlp.training.texts import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHINGLE = 5
"""Characters of a shingle, white space left out."""
PERMUTATIONS, BANDS = 128, 32
ALIKE = 0.6
"""From this share of common shingles two texts stay on one side of a split."""
SAME = 0.85
"""From this share two texts with one label say the same: the later is dropped."""


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Texts left, in order; ids of those dropped, with the id of the text that stands for each."""

    texts: list[Labelled]
    dropped: dict[str, str]


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of places (earlier, later) whose texts are alike, with the estimated share of common shingles."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=ALIKE, num_perm=PERMUTATIONS, num_bands=BANDS)
    signatures: list[RMinHash] = []
    for place, text in enumerate(texts):
        signature = RMinHash(num_perm=PERMUTATIONS, seed=1)
        signature.update(_shingles(text))
        for other in sorted(index.query(signature)):
            if (share := signature.jaccard(signatures[other])) >= ALIKE:
                yield other, place, share
        index.insert(place, signature)
        signatures.append(signature)


def deduplicate(texts: Sequence[Labelled], *, held_out: Sequence[Labelled] = ()) -> Deduplicated:
    """Training texts without repetitions (same labels) and without any that is alike to a held-out one.

    Texts that are alike and stay (minimal pairs, excerpts of one page) come into one group.
    """
    every = [*held_out, *texts]
    groups = {text.group: text.group for text in every}
    dropped: dict[int, int] = {}
    for one, two, share in near_duplicates([text.text for text in every]):
        if two < len(held_out) or one in dropped or two in dropped:
            continue
        if one < len(held_out) or (share >= SAME and _label(every[one]) == _label(every[two])):
            dropped[two] = one
        else:
            _join(groups, every[one].group, every[two].group)
    kept = [
        replace(text, group=_root(groups, text.group))
        for place, text in enumerate(every)
        if place >= len(held_out) and place not in dropped
    ]
    return Deduplicated(kept, {every[two].id: every[one].id for two, one in dropped.items()})


def _shingles(text: str) -> list[str]:
    packed = "".join(text.lower().split())
    return [packed[at : at + SHINGLE] for at in range(max(1, len(packed) - SHINGLE + 1))]


def _label(text: Labelled) -> tuple[bool, str, bool]:
    return text.lead, text.stance, text.diversion


def _root(groups: dict[str, str], name: str) -> str:
    while groups[name] != name:
        groups[name] = groups[groups[name]]
        name = groups[name]
    return name


def _join(groups: dict[str, str], one: str, two: str) -> None:
    low, high = sorted((_root(groups, one), _root(groups, two)))
    groups[high] = low
