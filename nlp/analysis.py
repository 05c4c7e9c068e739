"""What detection produces. Every span points into the source text, never into the normalised one.

A text has dozens of findings: they are structs, which are made six times as fast as frozen dataclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from msgspec import Struct

Category = Literal[
    "exchange",
    "derivatives",
    "issuance",
    "stablecoin",
    "rwa",
    "mining",
    "defi_nft",
    "offshore",
    "payment",
    "scheme",
    "naming",
]
Stance = Literal["promo", "report", "warning", "official", "education", "tech", "unrelated"]
Tier = Literal["fast", "model", "deep"]
"""Which step of the cascade decided: nothing stirred, the spaCy pipeline, or an optional deep tier."""

CATEGORIES: tuple[Category, ...] = get_args(Category)
STANCES: tuple[Stance, ...] = get_args(Stance)


class Span(Struct, frozen=True, gc=False):
    """Half-open range of code points ``[start, end)`` in the source text of block number ``block``."""

    block: int
    start: int
    end: int


VOICES_AGAINST = ("official", "warning", "forbidding", "reporting", "asking", "explaining")
CUES_AGAINST = (
    *("frame", "official", "warnings", "forbidding", "report", "asking"),
    *("education", "tech", "negation", "conditional", "quotation", "goods"),
)
AGAINST = (
    *(f"cue/speaker/{who}" for who in VOICES_AGAINST),
    *(f"cue/{group}/" for group in CUES_AGAINST),
)
"""Beginnings of the rules that can speak against a lead: another voice, a denial, other goods."""


class Finding(Struct, frozen=True, gc=False):
    """A reason. ``rule`` is ``group/name`` (``payment/跑分``); ``matched`` is quoted from the source text.

    ``weight`` is what the finding adds to the score in log-odds (0 where it only informs).
    """

    rule: str
    span: Span
    matched: str
    normal: str
    weight: float = 0.0

    @property
    def against(self) -> bool:
        """Whether a person would say that it speaks against a lead: it lowers the score and is of that kind.

        The words of an offer stay what they are where the model takes a little from their weight.
        """
        return self.weight < 0 and self.rule.startswith(AGAINST)


class Contact(Struct, frozen=True, gc=False):
    """A way to reach someone: platform, normal form, the span and the raw words it was read from."""

    platform: str
    handle: str
    span: Span
    raw: str
    confidence: float = 1.0


class Contribution(Struct, frozen=True, gc=False):
    """One summand of the score in log-odds. Contributions add up to ``Score.log_odds``."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Score:
    """A calibrated probability of being a lead, with the summands it came from."""

    probability: float
    log_odds: float
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """What decided: content digests of the lexicons and of the model, and the program's version."""

    lexicon: str
    model: str
    code: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """The verdict on one document.

    ``review`` says the score lies in the uncertain band. ``block`` is the number of the block that decided
    (-1 where there is none). ``categories`` are ordered by strength and empty unless ``lead`` or ``review``.
    ``remark`` says how much of a very long document was not read in full, and what an optional deep tier had
    to say: why it failed, or the words it quotes.
    """

    lead: bool
    score: Score
    review: bool
    stance: Stance
    categories: tuple[Category, ...]
    diversion: bool
    contacts: tuple[Contact, ...]
    findings: tuple[Finding, ...]
    versions: Versions
    tier: Tier = "model"
    block: int = -1
    remark: str = ""
