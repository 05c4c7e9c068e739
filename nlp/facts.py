"""Facts: what the detectors found in a stretch of text, as named numbers for the classifier.

Names are made from rule groups and platforms, so a new lexicon category is a new name; the model knows the
names it was trained with and leaves others out.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    """The names one finding counts under: ``payment/跑分`` counts as ``term`` and ``term/payment``."""
    group, _, rest = rule.partition("/")
    if group == "cue":
        kind = rest.partition("/")[0]
        return (rule,) if kind in JUDGEMENTS else (f"cue/{kind}",)
    if group == "brand":
        return ("brand",)
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


def count_facts(rules: Iterable[str], platforms: Iterable[str], *, length: int) -> dict[str, float]:
    """Facts of a stretch: ``log1p`` of counts, joint presence of pairs, distinct terms and terms a character.

    ``rules`` are the rule names of its findings, ``platforms`` those of its contacts, ``length`` its size in
    characters.
    """
    kept = list(rules)
    counts: Counter[str] = Counter(name for rule in kept for name in rule_names(rule))
    counts.update(name for platform in platforms for name in contact_names(platform))
    facts = {name: log1p(count) for name, count in counts.items()}
    for left, right in CROSSES:
        if left in counts and right in counts:
            facts[f"{left} x {right}"] = 1.0
    terms = {rule for rule in kept if not rule.startswith(("cue/", "brand/"))}
    if terms:
        facts["distinct terms"] = log1p(len(terms))
        facts["term density"] = min(counts["term"] * 20 / max(length, 20), 3.0)
    facts.update({f"rule {rule}": 1.0 for rule in kept if rule not in counts})
    return facts


def fact_row(facts: Mapping[str, float], index: Mapping[str, int]) -> list[tuple[int, float]]:
    """(column, value) pairs of the facts the model knows, by column."""
    return sorted((index[name], value) for name, value in facts.items() if name in index)
