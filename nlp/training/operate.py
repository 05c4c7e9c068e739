"""From out-of-source scores to the operating point: how units combine, calibration, limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crawler.document import Block, make_document
from nlp.heads import LEAD
from nlp.score import Operating, label_odds, make_score
from nlp.training.stack import (
    BETA,
    best_threshold,
    calibrate,
    category_limits,
    diversion_limit,
    fit_inside,
    fit_whole,
    review_band,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.document import Document
    from nlp.training.texts import Labelled

    Floats = NDArray[np.float64]

LONGEST_INSIDE = 600
HARD_SHARES = (0.0, 0.0, 0.1, 0.2)
"""Shares of paragraphs that come from the corpus; one is drawn for each document."""
NATURAL = 0.4
"""Weight of a harmless document as it is beside a made one: many are excerpts cut beside a promotion."""
LONG_SIZES = (800, 3200)
"""Characters of a made long document, least and most."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Out-of-source parts of each document (units × parts × heads), the truth, and which ones are public."""

    parts: list[Floats]
    leads: NDArray[np.bool_]
    public: NDArray[np.bool_]


def make_long(
    texts: Sequence[Labelled], hosts: Sequence[str], *, count: int, seed: int
) -> list[tuple[Document, bool]]:
    """Long documents of harmless paragraphs, every other one with a promotional paragraph inside.

    Most paragraphs are general ones (``hosts``); some are harmless texts of the corpus, which use its words.
    """
    random = Random(seed)
    harmless = [text.text for text in texts if not text.lead]
    leads = [text.text for text in texts if text.lead and len(text.text) <= LONGEST_INSIDE]
    made = []
    for number in range(count):
        size = random.randint(*LONG_SIZES)
        hard = random.choice(HARD_SHARES) if hosts else 1.0
        paragraphs: list[str] = []
        while sum(len(paragraph) for paragraph in paragraphs) < size:
            paragraphs.append(random.choice(harmless if random.random() < hard else hosts))
        lead = bool(number % 2)
        if lead:
            paragraphs.insert(random.randint(0, len(paragraphs)), random.choice(leads))
        block = Block("body", "\n".join(paragraphs))
        made.append((make_document(source="file", blocks=[block], place=f"long {seed} {number}"), lead))
    return made


def choose_operating(short: Scored, long: Scored, labels: Floats) -> Operating:
    """The operating point; ``short`` are corpus documents in the order of ``labels``, ``long`` made ones."""
    many = np.array([len(parts) > 1 for parts in short.parts])
    natural = [parts for parts, several in zip(short.parts, many, strict=True) if several]
    whole, top, shift = fit_whole(natural, short.leads[many])
    harmless = [parts for parts, lead in zip(natural, short.leads[many], strict=True) if not lead]
    truth = np.concatenate([long.leads, np.zeros(len(harmless), bool)])
    trust = np.concatenate([np.ones(len(long.leads)), np.full(len(harmless), NATURAL)])
    around = fit_inside([*long.parts, *harmless], truth, trust)
    plain = Operating(whole, top, shift, *around, 1.0, 0.0, 0.5, (0.0, 1.0), (), 0.5)
    odds = np.array([make_score(parts, plain).log_odds for parts in short.parts])
    slope, intercept = calibrate(odds, short.leads, short.public)
    chance = 1 / (1 + np.exp(-(slope * odds + intercept)))
    threshold = best_threshold(chance, short.leads, np.ones(len(chance)), beta=BETA)
    documents = np.stack([label_odds(parts) for parts in short.parts])
    return replace(
        plain,
        slope=slope,
        intercept=intercept,
        threshold=threshold,
        review=review_band(chance, threshold),
        categories=category_limits(documents, labels, labels[:, LEAD].astype(bool)),
        diversion=diversion_limit(documents, labels),
    )
