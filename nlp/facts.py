"""Facts: what the detectors found in a stretch of text, as named numbers for the classifier.

Names are made from rule groups and platforms, so a new lexicon category is a new name; the model knows the
names it was trained with and leaves others out.
"""

from __future__ import annotations

from functools import lru_cache
from math import log1p
from typing import TYPE_CHECKING

from nlp.lexicon_entries import LOOKALIKE

if TYPE_CHECKING:
    from collections.abc import Sequence

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
JOINT = tuple((left, right, f"{left} x {right}") for left, right in CROSSES)


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


def count_facts(rules: Sequence[str], platforms: Sequence[str], length: int) -> dict[str, float]:
    """``log1p`` of counts, joint presence of pairs, distinct terms, terms a character, and each rule by name.

    ``rules`` are those of the findings in a stretch of ``length`` characters, ``platforms`` those of its
    contacts. A fact that is not there is left out.
    """
    named: dict[str, int] = {}
    for names in (*map(rule_names, rules), *map(contact_names, platforms)):
        for name in names:
            named[name] = named.get(name, 0) + 1
    facts = {name: log1p(count) for name, count in named.items()}
    for left, right, joint in JOINT:
        if left in named and right in named:
            facts[joint] = 1.0
    terms = 0
    # in order of place, not of a set: sums are then the same in every process
    for rule in dict.fromkeys(rules):
        is_term, name = _own_fact(rule)
        terms += is_term
        if rule not in named:
            facts[name] = 1.0
    if terms:
        facts["distinct terms"] = log1p(terms)
        facts["term density"] = min(named["term"] * 20 / max(length, 20), 3.0)
    return facts


@lru_cache(maxsize=1 << 14)
def _own_fact(rule: str) -> tuple[bool, str]:
    """Whether a rule is of a term, and the name of the fact that it stands there."""
    return not rule.startswith(("cue/", "brand/")), f"rule {rule}"
