"""Figures on some of the texts: by length, kind, source and script."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from nlp.kinds import kinds_of
from nlp.normalise import normalise
from nlp.training import measures
from nlp.training.evaluation import Slice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nlp.training.texts import Labelled

LENGTHS = ((0, 40), (40, 160), (160, 400), (400, 1 << 30))
SIMPLIFIED, TRADITIONAL, LATIN, OTHER = "simplified", "traditional", "Latin", "other"
LEAST_HAN = 0.3
"""Share of Chinese characters among letters under which a text counts as Latin."""
LEAST_TRADITIONAL = 0.1
"""Share of the Chinese characters that only traditional script has, from which a text is in that script."""
FEWEST = 5
"""Texts a source needs to be a slice of its own."""
MOST_SOURCES = 12
REST = "source (the rest)"


def slice_texts(
    texts: Sequence[Labelled], truth: NDArray[np.bool_], found: NDArray[np.bool_]
) -> tuple[Slice, ...]:
    """Precision, recall and false positives of each slice that has texts."""
    out = []
    for name, mask in _masks(texts):
        rows = np.array(mask, bool)
        if rows.any():
            t, f = truth[rows], found[rows]
            rates = (measures.precision(t, f), measures.recall(t, f), measures.false_positive_rate(t, f))
            out.append(Slice(name, int(rows.sum()), int(t.sum()), *(round(rate, 4) for rate in rates)))
    return tuple(out)


def script_of(text: str) -> str:
    """The script a text is mainly written in."""
    kinds = np.frombuffer(kinds_of(text.lower()), np.uint8)
    han, latin = int((kinds == ord("h")).sum()), int((kinds == ord("l")).sum())
    if not han + latin:
        return OTHER
    if han < LEAST_HAN * (han + latin):
        return LATIN
    return TRADITIONAL if _traditional(text) >= LEAST_TRADITIONAL * han else SIMPLIFIED


def _traditional(text: str) -> int:
    """Chinese characters that the normaliser replaces by another Chinese character."""
    forms = {char: normalise(char).text for char in set(text) if kinds_of(char) == b"h"}
    return sum(forms.get(char, char) != char for char in text)


def _masks(texts: Sequence[Labelled]) -> Iterator[tuple[str, list[bool]]]:
    for low, high in LENGTHS:
        name = f"length {low}-{high}" if high < LENGTHS[-1][1] else f"length {low}+"
        yield name, [low <= len(text.text) < high for text in texts]
    for kind in sorted({text.kind for text in texts}):
        yield f"kind {kind}", [text.kind == kind for text in texts]
    scripts = [script_of(text.text) for text in texts]
    for script in (SIMPLIFIED, TRADITIONAL, LATIN, OTHER):
        yield f"script {script}", [mine == script for mine in scripts]
    sources = Counter(text.source for text in texts)
    own = [name for name, count in sorted(sources.most_common(MOST_SOURCES)) if count >= FEWEST]
    for source in own:
        yield f"source {source}", [text.source == source for text in texts]
    yield REST, [text.source not in own for text in texts]
