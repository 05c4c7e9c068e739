"""Facts: what the detectors found in a stretch of text, as named numbers for the classifier.

Names are made from rule groups and platforms, so a new lexicon category is a new name; the model knows the
names it was trained with and leaves others out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.lexicon_entries import LOOKALIKE

if TYPE_CHECKING:
    from collections.abc import Callable

Ints = NDArray[np.int64]

MESSENGERS = frozenset(
    {
        *("wechat", "qq", "qq_group", "telegram", "phone", "whatsapp", "line", "discord", "potato", "bat"),
        *("signal", "official_account"),
    }
)
JUDGEMENTS = frozenset({"speaker", "frame"})
"""Kinds of cue that say what a sentence does; each of them counts by its own name."""
CODES = frozenset({"invite_code", "referral"})
CROSSES = (
    ("term", "messenger"),
    ("term", "code"),
    ("term", "contact/url"),
    ("term", "wallet"),
    ("brand", "code"),
    ("brand", "messenger"),
    ("brand", "contact/url"),
    ("term", "cue/warnings"),
    ("term", "cue/report"),
    ("term", "cue/official"),
    ("term", "cue/tech"),
    ("term", "cue/goods"),
    ("term", "cue/call_to_action"),
    ("term", "cue/diversion"),
    ("term", "cue/selling"),
    ("term", "cue/recruiting"),
    ("term", "cue/returns"),
    ("term", "cue/disguise"),
    ("term", "cue/speaker/offering"),
    ("cue/speaker/offering", "messenger"),
    ("cue/speaker/offering", "cue/speaker/warning"),
    ("cue/goods", "messenger"),
)
"""Pairs whose joint presence says more than either alone."""


@lru_cache(maxsize=1 << 14)
def rule_names(rule: str) -> tuple[str, ...]:
    """The names one finding counts under: ``payment/跑分`` counts as ``term`` and ``term/payment``.

    A host that imitates a brand is no mention of the brand and counts apart.
    """
    group, _, rest = rule.partition("/")
    if group == "cue":
        kind = rest.partition("/")[0]
        return (rule,) if kind in JUDGEMENTS else (f"cue/{kind}",)
    if group == "brand":
        return ("lookalike",) if rest.startswith(LOOKALIKE) else ("brand",)
    return ("term", f"term/{group}")


@lru_cache(maxsize=1 << 10)
def contact_names(platform: str) -> tuple[str, ...]:
    """The names one contact counts under."""
    if platform.startswith("wallet"):
        return ("wallet",)
    names = [f"contact/{platform}"]
    if platform in MESSENGERS:
        names.append("messenger")
    if platform in CODES:
        names.append("code")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of the units of one text: ``values`` is units × names, 0 where a fact is not there."""

    names: tuple[str, ...]
    values: NDArray[np.float64]

    def of(self, unit: int) -> dict[str, float]:
        """The facts of one unit that are there."""
        return {
            name: value for name, value in zip(self.names, self.values[unit].tolist(), strict=True) if value
        }


def count_facts(found: Tally, contacts: Tally, lengths: Ints) -> Facts:
    """``log1p`` of counts, joint presence of pairs, distinct terms, terms a character, and each rule by name.

    ``found`` are the rules of the findings, ``contacts`` the platforms of the contacts, ``lengths`` the sizes
    of the units in characters.
    """
    named = _count(found, rule_names) | _count(contacts, contact_names)
    rules = _count(found, _itself)
    columns = dict(zip(named, np.log1p(list(named.values())), strict=True)) if named else {}
    for left, right in CROSSES:
        if left in named and right in named:
            columns[f"{left} x {right}"] = ((named[left] > 0) & (named[right] > 0)).astype(np.float64)
    terms = [counts > 0 for rule, counts in rules.items() if not rule.startswith(("cue/", "brand/"))]
    if terms:
        columns["distinct terms"] = np.log1p(np.sum(terms, axis=0))
        columns["term density"] = np.minimum(named["term"] * 20 / np.maximum(lengths, 20), 3.0)
    for rule, counts in rules.items():
        if rule not in named:
            columns[f"rule {rule}"] = (counts > 0).astype(np.float64)
    values = np.column_stack(list(columns.values())) if columns else np.zeros((len(lengths), 0))
    return Facts(tuple(columns), values)


@dataclass(frozen=True, slots=True)
class Tally:
    """Words in order of place, and for each unit the range of them that lies in it."""

    words: Sequence[str]
    first: Ints
    beyond: Ints


def _itself(rule: str) -> tuple[str]:
    return (rule,)


def _count(tally: Tally, names_of: Callable[[str], tuple[str, ...]]) -> dict[str, Ints]:
    """How often each name occurs in each unit."""
    columns: dict[str, int] = {}
    rows, cells = [], []
    for row, word in enumerate(tally.words, 1):
        for name in names_of(word):
            rows.append(row)
            cells.append(columns.setdefault(name, len(columns)))
    if not columns:
        return {}
    running = np.zeros((len(columns), len(tally.words) + 1), np.int64)
    running[cells, rows] = 1
    np.cumsum(running, axis=1, out=running)
    counts = running[:, tally.beyond] - running[:, tally.first]
    return dict(zip(columns, counts, strict=True))
