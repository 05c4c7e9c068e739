"""Sessions of reviewers in the console: a signed cookie says who signed in, and each form carries its mark.

The key is made when the console starts, so that a restart, or a change of the configured reviewers (which
takes one), ends every session.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
import time
from typing import TYPE_CHECKING

from evidence.errors import IdentityError
from evidence.names import LONGEST_NAME, same_name
from evidence.reviewers import Identity, identify, person_called

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from evidence.settings import Reviewer

MOST_TRIES = 5
PAUSE_S = 60
MOST_STRANGERS = 1000
"""Names without a reviewer whose wrong tries are kept, so that they fill no memory."""
COOKIE = "xiansuo_reviewer"
LASTS_S = 8 * 3600


class Sessions:
    """Begins, reads and ends sessions; ``clock`` answers seconds since 1970."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._key = os.urandom(32)
        self._clock = clock
        self._ended: dict[bytes, float] = {}

    def begin(self, response: Response, who: Identity, *, secure: bool) -> None:
        """Put a session of that person into the answer's cookies."""
        claim = json.dumps([who.name, int(self._clock()) + LASTS_S, os.urandom(8).hex()]).encode()
        value = f"{base64.urlsafe_b64encode(claim).decode()}.{self._mark(claim, b'session')}"
        response.set_cookie(COOKIE, value, max_age=LASTS_S, httponly=True, samesite="strict", secure=secure)

    def end(self, request: Request, response: Response) -> None:
        """End the session, also for whoever copied its cookie, and take it out of the browser."""
        claim, now = self._claim(request), self._clock()
        if claim is not None:
            self._ended = {one: until for one, until in self._ended.items() if until > now}
            self._ended[claim] = now + LASTS_S
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    def person(self, request: Request, people: Sequence[Reviewer]) -> Identity | None:
        """Who signed in and is still configured; None without a session, for a forged one or one long ago."""
        claim = self._claim(request)
        if claim is None:
            return None
        name, until, _ = json.loads(claim)
        person = person_called(people, name)
        return Identity(person.name) if person is not None and self._clock() < until else None

    def form_mark(self, request: Request) -> str:
        """What forms of this session carry, so that no other page can send one; empty without a session."""
        claim = self._claim(request)
        return self._mark(claim, b"form") if claim is not None else ""

    def fits(self, request: Request, mark: str) -> bool:
        """Whether a form was made for this session."""
        expected = self.form_mark(request)
        return bool(expected) and hmac.compare_digest(mark.encode("utf-8", "replace"), expected.encode())

    def _claim(self, request: Request) -> bytes | None:
        written, _, mark = request.cookies.get(COOKIE, "").rpartition(".")
        try:
            claim = base64.urlsafe_b64decode(written.encode())
        except ValueError:
            return None
        same = hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(claim, b"session").encode())
        return claim if same and claim not in self._ended else None

    def _mark(self, claim: bytes, purpose: bytes) -> str:
        return hmac.new(self._key, purpose + b"\0" + claim, hashlib.sha256).hexdigest()


class Door:
    """Lets configured people in by name and secret; after some wrong tries on a name it waits a minute.

    It waits on names that nobody has as well: otherwise the pause would tell which names are configured.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}
        self._strangers: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def enter(self, people: Sequence[Reviewer], name: str, secret: str) -> Identity:
        """As :func:`evidence.reviewers.identify`. Raises IdentityError."""
        wrong = self._strangers if person_called(people, name) is None else self._wrong
        called = same_name(name[:LONGEST_NAME])
        with self._lock:
            recent = [at for at in wrong.pop(called, ()) if at > self._clock() - PAUSE_S]
            wrong[called] = recent
            if len(self._strangers) > MOST_STRANGERS:
                del self._strangers[next(iter(self._strangers))]
            if len(recent) >= MOST_TRIES:
                raise IdentityError("too many wrong tries on this name: wait a minute", rule="pause")
            recent.append(self._clock())
        who = identify(people, name, secret)
        with self._lock:
            wrong.pop(called, None)
        return who
