"""The HTTP API. Objects are those of ``scan --format jsonl``."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Header, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from console.api.state import ConsoleState, OpenEvidence
from crawler.feeds.jsonl import item_of
from evidence.clock import utc_now
from evidence.lead import State
from evidence.leads import leads_called
from evidence.report.batch import Period, build_batch, leads_of
from evidence.report.build import ReportOptions, build_report
from evidence.report.model import NOT_RECORDED, Report, Reporter
from evidence.report.render import ENDINGS, MEDIA_TYPES, render
from evidence.review import Step, history, take
from evidence.spread import ranked
from evidence.store.protocol import FACETS, Sort
from evidence.store.protocol import Query as Search
from evidence.store.query import parse_filters
from evidence.verify import verify_lead
from workers.judge import judge
from workers.pipeline import today
from workers.save import Evidence
from workers.verdict import result_verdict, verdict_of

router = APIRouter(prefix="/v1")
BATCH = 1000


class ReportRequest(BaseModel):
    """Which leads to report, in which form, by whom."""

    model_config = ConfigDict(extra="forbid")

    leads: list[str] = Field([], max_length=1000)
    since: date | None = Field(None, description="first day (Beijing) of a period, instead of leads")
    until: date | None = Field(None, description="last day of the period")
    state: State | None = Field(None, description="state reached in the period, approved unless given")
    format: Literal["json", "csv", "xlsx", "docx", "pdf", "html", "stix", "misp", "bundle"] = "json"
    digest: bool = Field(False, description="of a PDF: at most 2 MB, pictures scaled down")
    lang: Literal["zh", "en"] = "zh"
    draft: bool = Field(False, description="for internal use, marked as a draft")
    reporter: str = ""
    reporter_code: str = ""
    reporter_contact: str = ""

    @model_validator(mode="after")
    def _leads_or_period(self) -> ReportRequest:
        period = any(value is not None for value in (self.since, self.until, self.state))
        if period == bool(self.leads):
            raise ValueError("name leads, or a period (since, until, state): one of both")
        if self.since and self.until and self.since > self.until:
            raise ValueError("since is after until")
        if self.digest and self.format != "pdf":
            raise ValueError("a digest is a pdf")
        return self


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
    """A report over the leads, or over a period's, as a file; 409 where only a draft can be made."""
    reporter = Reporter(
        name=asked.reporter or NOT_RECORDED,
        credit_code=asked.reporter_code or NOT_RECORDED,
        contact=asked.reporter_contact or NOT_RECORDED,
    )
    options = ReportOptions(reporter, asked.lang, evidence.settings.evidence.retention_days, asked.draft)
    made = _report(evidence, asked, options)
    stem = "draft" if asked.draft else "report"
    name = f"{stem}.{ENDINGS.get(asked.format, asked.format)}"
    return Response(
        render(
            made, asked.format, blobs=evidence.blobs, browser=evidence.settings.crawl, digest=asked.digest
        ),
        media_type=MEDIA_TYPES[asked.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _report(evidence: Evidence, asked: ReportRequest, options: ReportOptions) -> Report:
    """The report on the leads named, or on those of the period."""
    store = evidence.store
    if asked.leads:
        for lead_id in asked.leads:
            if store.get_lead(lead_id) is None:
                raise HTTPException(404, f"there is no lead {lead_id}")
        return build_report(store, evidence.blobs, asked.leads, options=options)
    period = Period(asked.since, asked.until, asked.state or "approved")
    if next(leads_of(store, period), None) is None:
        raise HTTPException(404, "the period has no such leads")
    return build_batch(store, evidence.blobs, period, options=options)


def _json(value: object) -> Response:
    return Response(json.dumps(msgspec.to_builtins(value), ensure_ascii=False), media_type="application/json")
