"""The one web application: API under /v1, console pages, health and metrics, documentation without a CDN."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from console.api import health, routes
from console.api.state import Console
from console.auth import OPEN_PATHS, is_signed_in, refusal
from console.i18n import t
from console.web import reviewing, views
from console.web.page import chosen_language, error_page
from crawler.errors import CrawlerError
from evidence.errors import (
    Conflict,
    DraftOnly,
    EvidenceError,
    IdentityError,
    QueryError,
    ReviewError,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.responses import Response

    from workers.settings import Settings

STATIC = Path(__file__).parent.parent / "web" / "static"
PAGE_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Swagger UI starts itself from an inline script.
DOCS_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'"
)
MACHINE_PATHS = ("/v1/", "/metrics", "/readyz", "/openapi.json", "/docs")
ERROR_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (QueryError, 400),
    (IdentityError, 403),
    (ReviewError, 409),
    (DraftOnly, 409),
    (Conflict, 409),
    (StoreUnavailable, 503),
    (EvidenceError, 500),
    (CrawlerError, 400),
    (UnicodeEncodeError, 400),
)


def make_app(settings: Settings) -> FastAPI:
    """The application over these settings. Opens nothing until a request needs it."""
    app = FastAPIOffline(title="Xiansuo 线索", version="1", docs_url="/docs", redoc_url=None)
    app.state.console = Console(settings)
    app.include_router(routes.router)
    app.include_router(health.router)
    app.include_router(views.router)
    app.include_router(reviewing.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for kind, status in ERROR_STATUS:
        app.add_exception_handler(kind, _answer(status))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.middleware("http")(_guarded)
    return app


def _answer(status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        # Half of a surrogate pair, which JSON can name and no text can hold.
        reason = "text is not valid Unicode" if isinstance(error, UnicodeEncodeError) else str(error)
        if request.url.path.startswith("/v1/"):
            return JSONResponse({"error": reason}, status)
        if isinstance(error, ReviewError):
            reason = t(f"refusal.{error.rule}", chosen_language(request))
        return error_page(request, status, reason)

    return answer


def _refused(request: Request, error: Exception) -> Response:
    """A page for people; for programs what FastAPI answers."""
    assert isinstance(error, HTTPException)
    reason = _whole(str(error.detail))
    if request.method == "GET" and not request.url.path.startswith(MACHINE_PATHS):
        return error_page(request, error.status_code, reason)
    return JSONResponse({"detail": reason}, error.status_code, headers=error.headers)


def _invalid(_: Request, error: Exception) -> Response:
    """Where the request is not as described and why; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    told = [
        {"type": one["type"], "loc": [_whole(str(part)) for part in one["loc"]], "msg": _whole(one["msg"])}
        for one in error.errors()
    ]
    return JSONResponse({"detail": told}, 422)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    console: Console = request.app.state.console
    serve = console.settings.serve
    path = request.url.path
    if reason := refusal(request, serve):
        return _secured(JSONResponse({"error": reason}, 403), path)
    if not path.startswith(OPEN_PATHS) and not is_signed_in(request, serve):
        if path.startswith(MACHINE_PATHS):
            return _secured(JSONResponse({"error": "bearer token missing or wrong"}, 401), path)
        return _secured(RedirectResponse("/sign-in", 303), path)
    length = request.headers.get("content-length", "0" if request.method in {"GET", "HEAD"} else "")
    sized = length.isascii() and length.isdigit()
    if request.method == "POST" and not sized:
        return _secured(JSONResponse({"error": "Content-Length is required"}, 411), path)
    if sized and int(length[:20]) > serve.max_body_bytes:
        return _secured(JSONResponse({"error": f"body larger than {serve.max_body_bytes} bytes"}, 413), path)
    console.requests.labels(request.method).inc()
    return _secured(await call_next(request), path)


def _secured(response: Response, path: str) -> Response:
    docs = path.startswith(("/docs", "/openapi.json", "/static-offline-docs"))
    response.headers.setdefault("Content-Security-Policy", DOCS_POLICY if docs else PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # "no-referrer" would make browsers send "Origin: null" with our own forms
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not path.startswith("/static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
