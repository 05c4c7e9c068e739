"""Why: findings with what each added to the score, and for every lead at least one quoted reason."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nlp.analysis import Finding
from nlp.detectors.classifier import CHANNELS, CHAR_ORDERS
from nlp.facts import contact_names, rule_names
from nlp.heads import LEAD
from nlp.ngrams import grams_of, symbols_of

if TYPE_CHECKING:
    from nlp.analysis import Analysis, Contact
    from nlp.case import Case
    from nlp.detectors.classifier import Classifier
    from nlp.score import Judged

WORDING = "model/wording"
"""Rule of a finding that quotes the words the character channel weighed most."""
LONGEST_QUOTE = 24
CONTEXT_QUOTE = 400
FEWEST_REASONS = 2
"""Reasons of a lead below which its wording is quoted."""
DIGITS = 6


def explain(case: Case, judged: Judged, classifier: Classifier) -> tuple[Finding, ...]:
    """Findings of a case with their weights; for a lead also contacts that count, and quoted wording."""
    findings = tuple(_weigh(finding, classifier) for finding in case.findings)
    if not judged.lead:
        return findings
    added = [_contact_finding(contact, classifier) for contact in case.contacts]
    if len(added) < FEWEST_REASONS:
        inside = {finding.span for finding in case.findings_in(judged.unit)} if case.findings else set()
        reasons = [finding for finding in findings if finding.span in inside and finding.weight > 0]
        if len(reasons) + len(added) < FEWEST_REASONS:
            added.extend(quote_wording(case, judged.unit, classifier))
    return tuple(sorted((*findings, *added), key=lambda f: (f.span.block, f.span.start, f.span.end)))


def deciding_finding(analysis: Analysis) -> Finding | None:
    """The finding of the deciding block that weighs most for a lead; of any block where that one has none."""
    weighing = [finding for finding in analysis.findings if finding.weight > 0]
    here = [finding for finding in weighing if finding.span.block == analysis.block]
    return max(here or weighing, key=lambda finding: finding.weight, default=None)


def _fact_weight(classifier: Classifier, rule: str, names: tuple[str, ...]) -> float:
    """What the facts of these names add to the log-odds of a lead, at one occurrence; kept for the rule."""
    facts = classifier.facts
    total = sum(float(facts.weights[facts.index[name], LEAD]) for name in names if name in facts.index)
    known = round(total * float(classifier.stack[CHANNELS.index("facts"), LEAD]), DIGITS)
    classifier.fact_weights[rule] = known
    return known


def _weigh(finding: Finding, classifier: Classifier) -> Finding:
    rule = finding.rule
    weight = classifier.fact_weights.get(rule)
    if weight is None:
        weight = _fact_weight(classifier, rule, (*rule_names(rule), f"rule {rule}"))
    return Finding(rule, finding.span, finding.matched, finding.normal, weight)


def _contact_finding(contact: Contact, classifier: Classifier) -> Finding:
    rule = f"contact/{contact.platform}"
    weight = classifier.fact_weights.get(rule)
    if weight is None:
        weight = _fact_weight(classifier, rule, contact_names(contact.platform))
    return Finding(rule, contact.span, contact.raw, contact.handle, weight)


def quote_wording(case: Case, unit: int, classifier: Classifier) -> list[Finding]:
    """The words of a unit, up to ``LONGEST_QUOTE`` characters, whose n-grams weigh most."""
    start, end = case.units[unit]
    text = case.reading[start : min(end, start + CONTEXT_QUOTE)]
    if not text.strip():
        return []
    low, high, weight = _heaviest(text, classifier)
    placed = case.quote(start + low, start + high)
    if placed is None:
        return []
    span, matched = placed
    return [Finding(WORDING, span, matched, text[low:high], round(weight, DIGITS))]


def _heaviest(text: str, classifier: Classifier) -> tuple[int, int, float]:
    """Range of the heaviest stretch and its weight, the first of equals; lines are not crossed."""
    # where nothing weighs for a lead, the first line that says something is quoted: a quote lies in one block
    first = len(text) - len(text.lstrip())
    best = (first, first + len(text[first : first + LONGEST_QUOTE].split("\n", 1)[0]), 0.0)
    weights = _position_weights(text, classifier)
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    lines = np.concatenate([[0], np.cumsum([char == "\n" for char in text])])
    blank = np.array([char.isspace() for char in text])
    sizes = range(2, min(LONGEST_QUOTE, len(text)) + 1)
    found = np.full((len(text), len(sizes)), -np.inf)
    for column, size in enumerate(sizes):
        whole = (lines[size:] == lines[:-size]) & ~blank[: len(text) - size + 1]
        found[: len(whole), column][whole] = (sums[size:] - sums[:-size])[whole]
    if not found.size or found.max() <= 0:
        return best
    start, column = divmod(int(found.argmax()), len(sizes))
    return start, start + sizes[column], float(found[start, column])


def _position_weights(text: str, classifier: Classifier) -> np.ndarray:
    """What each character of a text adds through the n-grams it is part of, evenly shared."""
    grams = grams_of(symbols_of(text), orders=CHAR_ORDERS, bits=classifier.bits)
    out = np.zeros(len(text))
    scale = float(classifier.stack[CHANNELS.index("characters"), LEAD])
    weights = classifier.characters.lead_terms(grams.columns) * scale
    for order, (low, high) in zip(grams.orders, pairwise(grams.bounds), strict=True):
        shares = weights[low:high] / order
        for offset in range(order):
            out[offset : offset + len(shares)] += shares
    return out
