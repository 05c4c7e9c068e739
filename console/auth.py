"""Who may use the console: on loopback anyone at this machine, elsewhere the bearer of the token.

Browsers hold the token as a cookie set by the sign-in page. A request that changes something must come from
the console's own pages, and the Host header must name this console, so that no other site can use a visitor's
browser.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request

    from workers.settings import ServeSettings

COOKIE = "xiansuo_session"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
OPEN_PATHS = ("/healthz", "/static/", "/sign-in")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def session_value(token: str) -> str:
    """What the cookie holds: not the token itself, so that a leaked cookie does not serve the API."""
    return hmac.new(token.encode(), b"xiansuo console session", hashlib.sha256).hexdigest()


def is_signed_in(request: Request, serve: ServeSettings) -> bool:
    """Whether the request carries the token or its session; always true where no token is set."""
    token = serve.token.get_secret_value()
    if not token:
        return True
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode()):
        return True
    cookie = request.cookies.get(COOKIE, "")
    return hmac.compare_digest(cookie.encode(), session_value(token).encode())


def refusal(request: Request, serve: ServeSettings) -> str:
    """Why a request is refused before it is looked at, or an empty string."""
    host = _split(f"//{request.headers.get('host', '')}").hostname or ""
    if not serve.token.get_secret_value() and host not in LOOPBACK:
        return "this console answers to loopback names only; set serve.token to use another host name"
    if request.method in SAFE_METHODS:
        return ""
    origin = request.headers.get("origin")
    if origin is not None and _split(origin).netloc != request.headers.get("host", ""):
        return "the request comes from another site"
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "the request comes from another site"
    return ""


def _split(url: str) -> SplitResult:
    """The parts of an address in a header; empty ones where it cannot be taken apart."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
