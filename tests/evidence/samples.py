"""Documents, verdicts and sealed hits for tests of proof, leads, review and reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.document import Block, Document, make_document
from evidence.basis import cite
from evidence.clock import beijing_date
from evidence.hit import Hit
from evidence.seal import Sealing, seal
from nlp.analysis import Analysis, Contact, Contribution, Finding, Score, Span, Versions
from workers.verdict import verdict

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.signing import Signer
    from evidence.tsa import Authority

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TEXT = "U商长期承兑，秒到账，加飞机 @usdt_desk 备注来意。客服小王 13912345678 不接单。"
TERM = "承兑"
HANDLE = "@usdt_desk"


def fixed_clock() -> datetime:
    """Noon in Beijing on the day the samples play."""
    return NOON


def span_of(text: str, part: str) -> Span:
    """Where a part of a text stands."""
    start = text.index(part)
    return Span(0, start, start + len(part))


def make_analysis(text: str = TEXT, **changes: Any) -> Analysis:
    """A verdict on ``text``: a payment lead that sends people to a Telegram handle."""
    findings = (Finding("payment/承兑", span_of(text, TERM), TERM, TERM, 1.5),) if TERM in text else ()
    contacts = (Contact("telegram", "usdt_desk", span_of(text, HANDLE), HANDLE),) if HANDLE in text else ()
    facts: dict[str, Any] = {
        "lead": True,
        "score": Score(0.97, 3.5, (Contribution("terms", 3.5),)),
        "review": False,
        "stance": "promo",
        "categories": ("payment", "exchange"),
        "diversion": True,
        "contacts": contacts,
        "findings": findings,
        "versions": Versions("lex", "model", "0.1.0"),
        "block": 0,
    }
    return Analysis(**(facts | changes))


def make_text(text: str = TEXT, *, url: str = "https://forum.example/t/1") -> Document:
    """A post of one block."""
    return make_document(source="post", surface="comment", url=url, blocks=(Block("body", text),))


def make_hit(text: str = TEXT, *, url: str = "https://forum.example/t/1", **changes: Any) -> Hit:
    """A hit without a capture; ``changes`` are fields of its verdict."""
    document = make_text(text, url=url)
    return Hit(
        id=document.id,
        document=document,
        analysis=make_analysis(text, **changes),
        seen_at="2026-11-24T03:00:00Z",
        fetched_url=url,
    )


def sealed_hit(
    blobs: Blobs,
    text: str = TEXT,
    *,
    url: str = "https://forum.example/t/1",
    signer: Signer | None = None,
    authority: Authority | None = None,
) -> Hit:
    """A hit with its proof in the blob store."""
    bare = make_hit(text, url=url)
    sealing = Sealing(
        {
            "item.json": msgspec.json.encode(bare.document),
            "text.txt": text.encode(),
            "verdict.json": msgspec.json.encode(verdict("post-1", bare.analysis)),
        },
        url=url,
        final_url=url,
        captured_at=bare.seen_at,
        record={"operator": "desk 1"},
    )
    (capture,) = seal([sealing], blobs=blobs, signer=signer, authority=authority)
    day = beijing_date(bare.seen_at)
    assert day is not None
    basis = cite(bare.analysis.categories, surface=bare.document.surface, on=day)
    return Hit(
        id=bare.id,
        document=bare.document,
        analysis=bare.analysis,
        seen_at=bare.seen_at,
        capture=capture,
        basis=basis,
        fetched_url=url,
    )
