"""The HTTP API. Objects are those of ``scan --format jsonl``."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Header, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.api.state import ConsoleState, OpenEvidence
from crawler.feeds.jsonl import item_of
from evidence.clock import utc_now
from evidence.leads import leads_called
from evidence.report.build import ReportOptions, build_report
from evidence.report.model import NOT_RECORDED, Reporter
from evidence.report.render import ENDINGS, MEDIA_TYPES, render
from evidence.review import Step, history, take
from evidence.spread import ranked
from evidence.store.protocol import FACETS, Sort
from evidence.store.protocol import Query as Search
from evidence.store.query import parse_filters
from evidence.verify import verify_lead
from workers.judge import judge
from workers.pipeline import today
from workers.verdict import result_verdict, verdict_of

router = APIRouter(prefix="/v1")
BATCH = 1000


class ReportRequest(BaseModel):
    """Which leads to report, in which form, by whom."""

    model_config = ConfigDict(extra="forbid")

    leads: list[str] = Field(min_length=1, max_length=1000)
    format: Literal["json", "csv", "xlsx", "docx", "pdf", "html", "stix", "misp", "bundle"] = "json"
    digest: bool = Field(False, description="of a PDF: at most 2 MB, pictures scaled down")
    lang: Literal["zh", "en"] = "zh"
    draft: bool = Field(False, description="for internal use, marked as a draft")
    reporter: str = ""
    reporter_code: str = ""
    reporter_contact: str = ""


class SearchRequest(BaseModel):
    """What to search for, in the query string."""

    q: str = ""
    filter: list[str] = Field([], description=f"name=value with name in {', '.join(FACETS)}")
    since: str = ""
    until: str = ""
    sort: Sort = "relevance"
    size: int = Field(20, ge=1, le=500)
    cursor: str = ""


class ReviewRequest(BaseModel):
    """One step of a review."""

    model_config = ConfigDict(extra="forbid")

    action: str
    actor: str
    reason: str = ""
    receipt: str = ""


@router.post("/scan", tags=["scan"])
def scan(
    console: ConsoleState, body: Annotated[dict[str, Any] | list[dict[str, Any]], Body()]
) -> dict[str, list[dict[str, Any]]]:
    """Judge one item, a list, or ``{"items": [...]}``; an item is what a JSONL line of scan is.

    The answer is ``{"results": [...]}``, one object an item, in their order. A bad item has ``error`` set.
    """
    items = body.get("items", [body]) if isinstance(body, dict) else body
    if not isinstance(items, list) or len(items) > BATCH:
        raise HTTPException(422, f"items must be a list of at most {BATCH}")
    read = [item_of(item, ref=str(number)) for number, item in enumerate(items, 1)]
    results = [verdict_of(judged) for judged in judge(read, console.engine(), today=today())]
    for result in results:
        outcome = "failed" if result["error"] else "lead" if result["lead"] else "rejected"
        console.scanned.labels(outcome).inc()
    return {"results": results}


@router.get("/search", tags=["search"])
def search(evidence: OpenEvidence, asked: Annotated[SearchRequest, Query()]) -> dict[str, Any]:
    """One page of results with facets; ``cursor`` leads to the next."""
    page = evidence.store.search(
        Search(
            text=asked.q,
            filters=parse_filters(asked.filter),
            since=asked.since,
            until=asked.until,
            sort=asked.sort,
            size=asked.size,
            cursor=asked.cursor,
        )
    )
    return {
        "total": page.total,
        "cursor": page.cursor,
        "facets": {name: dict(values) for name, values in page.facets.items()},
        "results": [result_verdict(result) for result in page.results],
    }


@router.get("/leads", tags=["leads"])
def leads(evidence: OpenEvidence, state: str = "", category: str = "") -> Response:
    """Every lead, what to look at first before the rest, what is suppressed last."""
    stored = evidence.store.leads(state=state, category=category)
    least = evidence.settings.evidence.everywhere_from
    return _json(ranked(stored, now=utc_now(), everywhere_from=least))


@router.get("/leads/{lead_id}", tags=["leads"])
def lead(evidence: OpenEvidence, lead_id: str) -> Response:
    """One lead with its history and whether its evidence verifies. The beginning of an id suffices."""
    fitting = leads_called(evidence.store, lead_id)
    if not fitting:
        raise HTTPException(404, f"there is no lead {lead_id}")
    if len(fitting) > 1:
        raise HTTPException(409, f"{lead_id} fits {len(fitting)} leads; give more digits")
    found = fitting[0]
    proof = verify_lead(evidence.store, evidence.blobs, found.id)
    steps = history(evidence.store, found.id)
    return _json({"lead": found, "history": steps, "verified": proof.ok, "problems": proof.problems})


@router.post("/leads/{lead_id}/review", tags=["leads"])
def review(
    console: ConsoleState,
    evidence: OpenEvidence,
    lead_id: str,
    asked: ReviewRequest,
    x_reviewer_token: Annotated[str, Header(description="the actor's token")] = "",
) -> Response:
    """Take one step; 409 with the rule that forbids it.

    Where reviewers are configured the actor is one of them and shows the token, else 403.
    """
    people = evidence.settings.evidence.reviewers
    who = console.door.enter(people, asked.actor, _as_sent(x_reviewer_token)) if people else None
    step = Step(lead_id, asked.action, asked.actor, asked.reason, asked.receipt, who)
    return _json(take(evidence.store, evidence.blobs, step, people=people))


def _as_sent(header: str) -> str:
    """A header's value, which the server reads as Latin-1, in UTF-8 where it was sent so."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


@router.post("/reports", tags=["reports"])
def reports(evidence: OpenEvidence, asked: ReportRequest) -> Response:
    """A report over the leads, as a file; 409 for leads of which only a draft can be made."""
    for lead_id in asked.leads:
        if evidence.store.get_lead(lead_id) is None:
            raise HTTPException(404, f"there is no lead {lead_id}")
    reporter = Reporter(
        name=asked.reporter or NOT_RECORDED,
        credit_code=asked.reporter_code or NOT_RECORDED,
        contact=asked.reporter_contact or NOT_RECORDED,
    )
    options = ReportOptions(reporter, asked.lang, evidence.settings.evidence.retention_days, asked.draft)
    made = build_report(evidence.store, evidence.blobs, asked.leads, options=options)
    stem = "draft" if asked.draft else "report"
    name = f"{stem}.{ENDINGS.get(asked.format, asked.format)}"
    return Response(
        render(
            made, asked.format, blobs=evidence.blobs, browser=evidence.settings.crawl, digest=asked.digest
        ),
        media_type=MEDIA_TYPES[asked.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _json(value: object) -> Response:
    return Response(json.dumps(msgspec.to_builtins(value), ensure_ascii=False), media_type="application/json")
