"""The console's pages: search, leads, a lead, a hit. Views parse, call one function, and fill a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.api.state import ConsoleState, OpenEvidence
from console.auth import COOKIE, session_value
from console.i18n import t
from console.picture import svg
from console.web.marks import Mark, hit_marks, pieces, window
from console.web.page import chosen_language, page
from console.web.reviewing import desk_of
from evidence.basis import citations
from evidence.campaigns import campaign
from evidence.clock import utc_now
from evidence.errors import DraftOnly, QueryError
from evidence.graph import graph_of
from evidence.lead import STATES
from evidence.leads import leads_called
from evidence.report.build import ReportOptions, build_report
from evidence.report.render import MEDIA_TYPES, render
from evidence.reported import already_reported
from evidence.review import allowed_actions, history
from evidence.spread import current_priority, is_suppressed, ranked
from evidence.store.protocol import Query as Search
from evidence.store.protocol import Sort
from evidence.store.query import parse_filters
from evidence.subjects import listed_hosts
from evidence.verify import verify_lead
from workers.verdict import against, distinct, telling

if TYPE_CHECKING:
    from evidence.hit import Hit
    from evidence.store.protocol import Result
    from nlp.analysis import Finding

router = APIRouter(include_in_schema=False)
OPEN_STATES = tuple(state for state in STATES if state not in ("closed", "dismissed"))
SHOWN_HITS = 50
SVG_POLICY = "sandbox; default-src 'none'"
MOST_REASONS = 8
INLINE_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png"}


@router.get("/")
def search(
    request: Request,
    evidence: OpenEvidence,
    q: str = "",
    filter: Annotated[list[str], Query()] = [],  # noqa: B006 - copied
    sort: Sort = "relevance",
    cursor: str = "",
) -> Response:
    """Search with facets and highlighted quotes."""

    def link(**changes: Any) -> str:
        values: dict[str, Any] = {"q": q, "filter": filter, "sort": sort} | changes
        return "/?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)

    asked: dict[str, Any] = {"q": q, "filters": filter, "order": sort, "link": link}
    try:
        search = Search(text=q, filters=parse_filters(filter), sort=sort, cursor=cursor)
        found = evidence.store.search(search)
    except QueryError as error:
        problem = t("web.bad_query", chosen_language(request), reason=error)
        return page(request, "search.html", 400, problem=problem, **asked)
    return page(
        request,
        "search.html",
        problem="",
        found=found,
        rows=[(result, quoted(result)) for result in found.results],
        next_page=link(cursor=found.cursor) if found.cursor else "",
        **asked,
    )


def quoted(result: Result) -> Any:
    """The pieces to show of a search result: around its match, else around what decided."""
    blocks = result.hit.document.blocks
    if result.highlights:
        number = result.highlights[0].block
        marks = [Mark(m.start, m.end, "match") for m in result.highlights if m.block == number]
        return window(blocks[number].text, marks)
    number = result.hit.analysis.block if 0 <= result.hit.analysis.block < len(blocks) else 0
    return window(blocks[number].text, hit_marks(result.hit, number)) if blocks else ()


@router.get("/leads")
def leads(request: Request, evidence: OpenEvidence, state: str = "open", category: str = "") -> Response:
    """Leads, strongest first: those still open unless another state is asked for."""
    wanted = "" if state in {"open", "all"} else state
    stored = evidence.store.leads(state=wanted, category=category)
    chosen = (lead for lead in stored if state != "open" or lead.state in OPEN_STATES)
    now, least = utc_now(), evidence.settings.evidence.everywhere_from
    found = ranked(chosen, now=now, everywhere_from=least)
    return page(
        request,
        "leads.html",
        leads=found,
        priorities={lead.id: current_priority(lead, now=now) for lead in found},
        hidden={lead.id for lead in found if is_suppressed(lead, everywhere_from=least)},
        state=state,
        states=("open", "all", *STATES),
        category=category,
    )


@router.get("/leads/{lead_id}")
def lead(request: Request, console: ConsoleState, evidence: OpenEvidence, lead_id: str) -> Response:
    """One lead: its hits in words and pictures, proof, history, and the steps that are open.

    The beginning of an id leads to the lead; where several fit, they are listed.
    """
    fitting = leads_called(evidence.store, lead_id)
    if not fitting:
        raise HTTPException(404, t("web.not_found", chosen_language(request)))
    if len(fitting) > 1:
        return page(request, "several.html", 300, name=lead_id, leads=fitting)
    found = fitting[0]
    if found.id != lead_id:
        return RedirectResponse(f"/leads/{found.id}", 303)
    hits = list(evidence.store.get_many(found.hit_ids[:SHOWN_HITS]))
    basis = citations(dict.fromkeys(each for hit in hits for each in hit.basis))
    return page(
        request,
        "lead.html",
        lead=found,
        hits=[(hit, blocks_of(hit), *_sides(hit)) for hit in hits],
        basis=basis,
        proof=verify_lead(evidence.store, evidence.blobs, lead_id),
        steps=history(evidence.store, lead_id),
        actions=allowed_actions(evidence.store, lead_id),
        desk=desk_of(request, console),
        hidden=is_suppressed(found, everywhere_from=evidence.settings.evidence.everywhere_from),
        reported=already_reported(evidence.store, found, hits),
        listed=sorted({host for hit in hits for host in listed_hosts(hit)}),
    )


def _sides(hit: Hit) -> tuple[list[Finding], list[Finding]]:
    """The heaviest reasons, and what speaks against."""
    return distinct(telling(hit.analysis))[:MOST_REASONS], distinct(against(hit.analysis))[:MOST_REASONS]


def blocks_of(hit: Hit) -> list[tuple[int, Any, Any]]:
    """(number, block, pieces) of every block that carries a mark or decided; the deciding one first."""
    shown = []
    for number, block in enumerate(hit.document.blocks):
        marks = hit_marks(hit, number)
        if marks or number == hit.analysis.block:
            shown.append((number, block, pieces(block.text, marks)))
    return sorted(shown, key=lambda each: each[0] != hit.analysis.block)


@router.get("/hits/{hit_id}")
def hit(request: Request, evidence: OpenEvidence, hit_id: str) -> Response:
    """One hit in full, with what its score is made of."""
    found = evidence.store.get(hit_id)
    if found is None:
        raise HTTPException(404, t("web.not_found", chosen_language(request)))
    reasons, counter = _sides(found)
    return page(
        request,
        "hit.html",
        hit=found,
        reasons=reasons,
        against=counter,
        blocks=[
            (n, block, pieces(block.text, hit_marks(found, n)))
            for n, block in enumerate(found.document.blocks)
        ],
        leads=evidence.store.leads_of_hit(hit_id),
        basis=citations(found.basis),
    )


@router.get("/leads/{lead_id}/graph.svg")
def graph(request: Request, evidence: OpenEvidence, lead_id: str) -> Response:
    """What the hits around a lead share, as a drawing."""
    found = evidence.store.get_lead(lead_id)
    if found is None:
        raise HTTPException(404, t("web.not_found", chosen_language(request)))
    around = campaign(evidence.store, found, everywhere_from=evidence.settings.evidence.everywhere_from)
    drawn = svg(graph_of(around), chosen_language(request)).encode("utf-8", "replace")
    return Response(drawn, media_type="image/svg+xml", headers={"Content-Security-Policy": SVG_POLICY})


@router.get("/leads/{lead_id}/report.{form}")
def report(
    request: Request, evidence: OpenEvidence, lead_id: str, form: str, draft: bool = False
) -> Response:
    """The lead's report as a file; 409 where only a draft can be made."""
    kind = "bundle" if form == "zip" else form
    if kind not in MEDIA_TYPES or evidence.store.get_lead(lead_id) is None:
        raise HTTPException(404, t("web.not_found", chosen_language(request)))
    days = evidence.settings.evidence.retention_days
    options = ReportOptions(None, chosen_language(request), days, draft)
    try:
        made = build_report(evidence.store, evidence.blobs, [lead_id], options=options)
    except DraftOnly as error:
        raise HTTPException(409, f"{t('web.draft_only', chosen_language(request))} ({error})") from error
    name = f"{re.sub(r'[^0-9A-Za-z-]', '', lead_id)[:16]}{'-draft' if draft else ''}.{form}"
    return Response(
        render(made, kind, blobs=evidence.blobs, browser=evidence.settings.crawl),
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/blobs/{digest}")
def blob(evidence: OpenEvidence, digest: str) -> Response:
    """A file of the evidence: pictures are shown, anything else is only ever downloaded, never run."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not evidence.blobs.exists(digest):
        raise HTTPException(404, "no such file")
    body = evidence.blobs.get(digest)
    media = next((kind for magic, kind in INLINE_TYPES.items() if body.startswith(magic)), "")
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    if not media:
        headers["Content-Disposition"] = f'attachment; filename="{digest}"'
    return Response(body, media_type=media or "application/octet-stream", headers=headers)


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """Ask for the token."""
    return page(request, "sign_in.html", wrong=False)


@router.post("/sign-in")
def sign_in(request: Request, console: ConsoleState, token: Annotated[str, Form()] = "") -> Response:
    """Exchange the token for a session cookie."""
    import hmac

    expected = console.settings.serve.token.get_secret_value()
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        return page(request, "sign_in.html", 401, wrong=True)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        session_value(expected),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response
