"""Review in the console: signing in as a configured reviewer, and taking a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from console.api.state import ConsoleState, OpenEvidence
from console.i18n import t
from console.web.page import chosen_language, error_page, page
from evidence.errors import IdentityError
from evidence.review import Step, take

if TYPE_CHECKING:
    from console.api.state import Console

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who reviews on a page: whether persons are configured, who signed in, and the mark of the form."""

    configured: bool
    name: str = ""
    mark: str = ""


def desk_of(request: Request, console: Console) -> Desk:
    """The desk of this visitor."""
    people = console.settings.evidence.reviewers
    who = console.sessions.person(request, people) if people else None
    return Desk(bool(people), who.name if who else "", console.sessions.form_mark(request) if who else "")


class Wanted(BaseModel):
    """The form of a step. ``mark`` is that of the session it was made for."""

    action: str
    actor: str = ""
    reason: str = ""
    receipt: str = ""
    mark: str = ""


@router.post("/leads/{lead_id}/review")
def review(
    request: Request,
    console: ConsoleState,
    evidence: OpenEvidence,
    lead_id: str,
    asked: Annotated[Wanted, Form()],
) -> Response:
    """Take one step and show the lead again. Configured reviewers act in the name they signed in with."""
    people = console.settings.evidence.reviewers
    who = console.sessions.person(request, people)
    if who is not None and not console.sessions.fits(request, asked.mark):
        return error_page(request, 403, t("web.form_expired", chosen_language(request)))
    name = who.name if who else asked.actor
    step = Step(lead_id, asked.action, name, asked.reason, asked.receipt, who)
    take(evidence.store, evidence.blobs, step, people=people)
    return RedirectResponse(f"/leads/{lead_id}", 303)


@router.get("/reviewer")
def sign_in_page(request: Request, console: ConsoleState, lead: str = "") -> Response:
    """Ask for name and token, or say who is signed in."""
    return page(request, "reviewer.html", wrong="", lead=lead, desk=desk_of(request, console))


@router.post("/reviewer")
def sign_in(
    request: Request,
    console: ConsoleState,
    name: Annotated[str, Form()] = "",
    token: Annotated[str, Form()] = "",
    lead: Annotated[str, Form()] = "",
) -> Response:
    """Exchange name and token for a session, and go back to the lead."""
    try:
        who = console.door.enter(console.settings.evidence.reviewers, name, token)
    except IdentityError as error:
        wrong, desk = t(f"refusal.{error.rule}", chosen_language(request)), desk_of(request, console)
        return page(request, "reviewer.html", 401, wrong=wrong, lead=lead, desk=desk)
    response = RedirectResponse(f"/leads/{lead}" if lead.isalnum() else "/leads", 303)
    console.sessions.begin(response, who, secure=request.url.scheme == "https")
    return response


@router.post("/reviewer/sign-out")
def sign_out(request: Request, console: ConsoleState) -> Response:
    """End the session, wherever its cookie is."""
    response = RedirectResponse("/reviewer", 303)
    console.sessions.end(request, response)
    return response
