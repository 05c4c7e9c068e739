"""The verdict as people and other programs read it: one JSON object an input, fields fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlp.explain import deciding_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.feeds.item import FeedItem
    from evidence.store.protocol import Result
    from nlp.analysis import Analysis, Contact, Finding
    from nlp.similar import SimilarCase
    from workers.crawl import Seen
    from workers.judge import Judged

Verdict = dict[str, Any]
SHOWN_CONFIDENCE = 0.5
LEAST_SHOWN = 0.005
"""Of the weights (log-odds) shown with two digits, those that are not nought."""
FRAME_RULES = ("cue/frame/", "cue/speaker/", "cue/negation/", "cue/quotation/", "cue/conditional/")


def verdict_of(judged: Judged, *, explain: bool = False, similar: Sequence[SimilarCase] = ()) -> Verdict:
    """The verdict on a judged item, or the failure that stands for it.

    ``explain`` adds ``contributions``, which add up to ``log_odds`` of the score, the ``block`` that decided,
    and ``deciding``: the finding that weighs most in it. ``similar`` are training texts like it.
    """
    if judged.analysis is None:
        return failure(judged.item)
    made = verdict(judged.item.ref, judged.analysis, basis=judged.basis)
    if explain:
        made.update(explanation(judged.analysis))
    if similar:
        made["similar"] = [_similar(case) for case in similar]
    return made


def explanation(analysis: Analysis) -> Verdict:
    """What a verdict rests on. Contributions, bias and calibration among them, add up to ``log_odds``."""
    decided = deciding_finding(analysis)
    return {
        "block": analysis.block,
        "deciding": _finding(decided) if decided else None,
        "log_odds": analysis.score.log_odds,
        "contributions": [{"name": part.name, "value": part.value} for part in analysis.score.contributions],
    }


def telling(analysis: Analysis) -> list[Finding]:
    """Findings as a person would name the reasons: terms, brands and contacts first, heavy before light.

    Cues of the frame (who speaks, negation) say how to read a text, not what it offers: left out, as is what
    speaks against a lead.
    """
    shown = [
        finding
        for finding in analysis.findings
        if finding.weight >= 0 and not finding.rule.startswith(FRAME_RULES)
    ]
    return sorted(shown, key=lambda finding: (finding.rule.startswith("cue/"), -finding.weight))


def against(analysis: Analysis) -> list[Finding]:
    """Findings that speak against a lead, the heaviest first."""
    return sorted((one for one in analysis.findings if one.against), key=lambda one: one.weight)


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings in their order, each word of a rule once, without what weighs next to nothing."""
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        first.setdefault((finding.rule, finding.matched), finding)
    return [finding for finding in first.values() if abs(finding.weight) >= LEAST_SHOWN]


def shown_contacts(analysis: Analysis) -> list[Contact]:
    """Contacts that are named to a person: plain links and guesses stay in the machine-readable verdict."""
    return [contact for contact in analysis.contacts if contact.confidence >= SHOWN_CONFIDENCE]


def page_verdict(seen: Seen) -> Verdict:
    """The verdict on a crawled page: as :func:`verdict_of`, with ``url`` as found and ``final_url``."""
    page = seen.outcome.page
    return {**verdict_of(seen.judged), "url": seen.outcome.url, "final_url": page.final_url if page else None}


def result_verdict(result: Result) -> Verdict:
    """One search result: the hit's verdict, its place, its text and the ranges that matched."""
    hit = result.hit
    return {
        **verdict(hit.ref or hit.id, hit.analysis, basis=hit.basis),
        "hit": hit.id,
        "url": hit.document.url,
        "source": hit.document.source,
        "surface": hit.document.surface,
        "title": hit.document.title,
        "seen_at": hit.seen_at,
        "capture": hit.capture.id if hit.capture else None,
        "blocks": [{"kind": block.kind, "text": block.text} for block in hit.document.blocks],
        "highlights": [{"block": m.block, "start": m.start, "end": m.end} for m in result.highlights],
    }


def verdict(ref: str, analysis: Analysis, *, basis: tuple[str, ...] = ()) -> Verdict:
    """The verdict on the input called ``ref``; ``basis`` are citation ids.

    ``start`` and ``end`` are code points in the source text of block number ``block``. For a JSONL input
    block 0 is its ``text`` and block 1 its ``title``.
    """
    remark = {"remark": analysis.remark} if analysis.remark else {}
    return {
        "id": ref,
        "lead": analysis.lead,
        "score": round(analysis.score.probability, 6),
        "review": analysis.review,
        "stance": analysis.stance,
        "categories": list(analysis.categories),
        "diversion": analysis.diversion,
        "contacts": [_contact(contact) for contact in analysis.contacts],
        "findings": [_finding(finding) for finding in analysis.findings],
        "basis": list(basis),
        "tier": analysis.tier,
        **remark,
        "versions": {
            "lexicon": analysis.versions.lexicon,
            "model": analysis.versions.model,
            "code": analysis.versions.code,
        },
        "error": None,
    }


def failure(item: FeedItem) -> Verdict:
    """The object that stands for an input without a verdict: the same fields, ``error`` says why.

    ``reason`` is the stable word for it; ``rejected`` says that nothing failed, there is nothing to judge.
    """
    return {
        "id": item.ref,
        "lead": False,
        "score": None,
        "review": False,
        "stance": None,
        "categories": [],
        "diversion": False,
        "contacts": [],
        "findings": [],
        "basis": [],
        "tier": None,
        "versions": {},
        "error": item.error,
        "reason": item.reason,
        "rejected": item.rejected,
    }


def _similar(case: SimilarCase) -> dict[str, Any]:
    """A made-up training text with its words; of a public one where its words stand."""
    place = (
        {"text": case.text}
        if case.text
        else {"repo": case.repo, "path": case.path, "start": case.start, "end": case.end}
    )
    return {
        "id": case.id,
        "similarity": case.similarity,
        "lead": case.lead,
        "stance": case.stance,
        "categories": list(case.categories),
        **place,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "platform": contact.platform,
        "handle": contact.handle,
        "raw": contact.raw,
        "block": contact.span.block,
        "start": contact.span.start,
        "end": contact.span.end,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "matched": finding.matched,
        "normal": finding.normal,
        "block": finding.span.block,
        "start": finding.span.start,
        "end": finding.span.end,
        "weight": round(finding.weight, 4),
    }
