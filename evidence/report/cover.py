"""The cover sheet of a batch: which period, how many leads, what they add up to, what had to stay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.lead import State

Reason = Literal["dismissed", "unproven"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many leads of one kind, and how many hits they list."""

    code: str
    leads: int
    hits: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A lead of the period that may not be submitted, and why; ``detail`` is the first fault of its proof."""

    case_id: str
    lead_id: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Cover:
    """Leads that came to stand in ``state`` on the Beijing days from ``since`` to ``until``, both included.

    An empty day is no bound. ``found`` = ``leads`` + those left out. Each breakdown adds up to ``leads`` and
    to ``listed``: a lead counts once, by its first category. ``listed`` counts a hit under each lead that
    has it, ``hits`` once.
    """

    since: str
    until: str
    state: State
    found: int
    leads: int
    listed: int
    hits: int
    captures: int
    files: int
    by_subject: tuple[Count, ...]
    by_category: tuple[Count, ...]
    by_urgency: tuple[Count, ...]
    left_out: tuple[LeftOut, ...]
