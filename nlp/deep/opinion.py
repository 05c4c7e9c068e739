"""What a deep tier answers, and how it changes a score. Where a tier fails, the base verdict stands."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Protocol

from nlp.analysis import Contribution, Score
from nlp.heads import DIGITS
from nlp.score import sigmoid


@dataclass(frozen=True, slots=True)
class Opinion:
    """A new score, or None and the reason why there is none (``remark``).

    ``threshold`` is the probability from which such a score is a lead; None: that of the base score.
    """

    score: Score | None
    remark: str = ""
    threshold: float | None = None


class DeepTier(Protocol):
    """A second look at a text whose base score lies in the uncertain band. Never raises."""

    def look(self, text: str, base: Score) -> Opinion:
        """An opinion on raw text."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for a tier that was asked for and cannot be used."""

    reason: str

    def look(self, text: str, base: Score) -> Opinion:
        """The reason."""
        return Opinion(None, self.reason)


def combine(base: Score, added: tuple[Contribution, ...], *, slope: float = 1.0) -> Score:
    """The base score times ``slope`` with further summands; contributions add up to the new log-odds."""
    parts = [Contribution(part.name, round(part.value * slope, DIGITS)) for part in base.contributions]
    parts += [Contribution(part.name, round(part.value, DIGITS)) for part in added]
    log_odds = round(fsum(part.value for part in parts), DIGITS)
    return Score(round(sigmoid(log_odds), DIGITS), log_odds, tuple(parts))
