"""Ready-made records for tests; every text and handle in them is invented."""

from __future__ import annotations

from typing import Any

from crawler.document import Block, BlockKind, Document, Source, Surface, make_document
from evidence.hit import Hit
from evidence.lead import AuditEntry, Lead, Subject
from nlp.analysis import Analysis, Category, Contact, Finding, Score, Span, Stance, Versions

VERSIONS = Versions(lexicon="lexicon-1", model="model-1", code="0.1.0")


def make_contact(platform: str, handle: str, *, raw: str = "", block: int = 0, start: int = 0) -> Contact:
    """A contact whose span covers ``raw`` (the handle where none is given) from ``start``."""
    shown = raw or handle
    return Contact(platform, handle, Span(block, start, start + len(shown)), shown)


def make_analysis(
    *,
    score: float = 0.9,
    stance: Stance = "promo",
    categories: tuple[Category, ...] = ("payment",),
    contacts: tuple[Contact, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Analysis:
    """A verdict: a lead where the score is at least one half."""
    return Analysis(
        lead=score >= 0.5,
        score=Score(score, 0.0),
        review=0.3 < score < 0.7,
        stance=stance,
        categories=categories,
        diversion=bool(contacts),
        contacts=contacts,
        findings=findings,
        versions=VERSIONS,
        block=0,
    )


def make_page(
    text: str,
    *,
    url: str = "https://example.com/post/1",
    title: str = "",
    kind: BlockKind = "body",
    source: Source = "web",
    surface: Surface = "page",
) -> Document:
    """A document of one block of text (number 0), and a title block after it where a title is given."""
    blocks = [Block(kind, text)] + ([Block("title", title)] if title else [])
    return make_document(source=source, blocks=blocks, url=url, surface=surface)


def make_hit(
    text: str = "专业卡承兑商，长期合作",
    *,
    analysis: Analysis | None = None,
    seen_at: str = "2026-02-10T08:00:00Z",
    job: str = "",
    ref: str = "",
    **page: Any,
) -> Hit:
    """A hit of a document that :func:`make_page` makes of the text and what else is given."""
    document = make_page(text, **page)
    return Hit(
        id=document.id,
        document=document,
        analysis=analysis or make_analysis(),
        seen_at=seen_at,
        job=job,
        ref=ref,
        fetched_url=document.url,
    )


def make_lead(
    lead_id: str = "lead-1",
    *,
    hit_ids: tuple[str, ...] = ("hit-1",),
    categories: tuple[Category, ...] = ("payment",),
    score: float = 0.9,
    subject: Subject | None = None,
) -> Lead:
    """A new lead about a made-up domain."""
    return Lead(
        id=lead_id,
        subject=subject or Subject("domain", f"{lead_id}.example"),
        hit_ids=hit_ids,
        categories=categories,
        score=score,
        first_seen="2026-02-10T08:00:00Z",
        last_seen="2026-02-11T08:00:00Z",
    )


def make_audit(sequence: int = 1, *, lead_id: str = "lead-1", reason: str = "checked") -> AuditEntry:
    """An audit entry whose digests only look like ones."""
    return AuditEntry(
        sequence=sequence,
        at="2026-02-10T08:00:00Z",
        actor="reviewer",
        action="triage",
        lead_id=lead_id,
        before="new",
        after="triaged",
        reason=reason,
        previous=f"{sequence - 1:064x}",
        digest=f"{sequence:064x}",
        identified=sequence % 2 == 0,
    )
