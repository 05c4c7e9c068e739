"""The ``endpoint`` tier: an OpenAI-compatible chat endpoint that the team runs.

Only the configured host is ever asked: no redirect is followed, no proxy of the environment is used, and a
text has no say in where a request goes. Every exchange ends at its time limit, a process asks at most
``max_calls`` times, and after some failures in a row it rests for a while. A failure leaves the base verdict.
"""

from __future__ import annotations

import threading
import time
from functools import cache
from importlib.resources import files
from math import log
from typing import TYPE_CHECKING, Annotated

import msgspec

from nlp.analysis import Contribution, Score
from nlp.deep.opinion import Opinion, combine
from nlp.deep.wire import Address, address_of, post
from nlp.errors import DeepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlp.settings import DeepSettings

SUREST = 0.95
"""Confidence that is believed, at most: what an endpoint says is not calibrated."""
LONGEST = 4000
"""Characters of a text that are sent, at most."""
FAILURES = 3
"""Texts in a row without an answer after which the endpoint is left alone for ``AGAIN_S``."""
AGAIN_S = 60.0
PAUSE_S = 0.5
"""Seconds before the second attempt; twice as long before each further one."""
MOST_TOKENS = 300


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the prompt asks for; anything else is no answer."""

    lead: bool
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    quote: Annotated[str, msgspec.Meta(max_length=400)] = ""


class _Message(msgspec.Struct):
    content: Annotated[str, msgspec.Meta(max_length=10_000)]


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]


class Endpoint:
    """Asks the endpoint. Safe for several threads. ``sleep`` waits for seconds, ``clock`` counts them."""

    def __init__(
        self,
        settings: DeepSettings,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address: Address = address_of(settings.url, key=settings.key.get_secret_value())
        if not settings.name:
            raise DeepError("detection.deep.name names no model of the endpoint")
        self._settings, self._sleep, self._clock = settings, sleep, clock
        self._lock = threading.Lock()
        self._calls = self._failures = 0
        self._last, self._again = "", 0.0

    def look(self, text: str, base: Score) -> Opinion:
        """The base score moved by the answer: by its confidence in log-odds, for or against a lead."""
        try:
            answer = self._ask(text[:LONGEST])
        except DeepError as error:
            return Opinion(None, f"deep tier endpoint: {error}")
        chance = min(answer.confidence, SUREST)
        odds = log(chance / (1 - chance)) if chance > 0.5 else 0.0
        moved = combine(base, (Contribution("deep endpoint", odds if answer.lead else -odds),))
        # words that do not stand in the text are made up, and worth nothing
        quoted = answer.quote and answer.quote in text
        return Opinion(moved, f"deep tier endpoint quotes: {answer.quote}" if quoted else "")

    def _ask(self, text: str) -> Answer:
        body = request_body(text, self._settings.name)
        reason = ""
        for attempt in range(self._settings.attempts):
            if attempt:
                self._sleep(PAUSE_S * 2 ** (attempt - 1))
            self._count()
            try:
                answer = read_answer(post(self._address, body, timeout_s=self._settings.timeout_s))
            except DeepError as error:
                reason = str(error)
                continue
            with self._lock:
                self._failures = 0
            return answer
        with self._lock:
            self._failures += 1
            self._last, self._again = reason, self._clock() + AGAIN_S
        raise DeepError(reason)

    def _count(self) -> None:
        """One more call, or the reason why there is none."""
        with self._lock:
            if self._failures >= FAILURES and self._clock() < self._again:
                raise DeepError(f"resting after {self._failures} texts without an answer; last: {self._last}")
            if self._calls >= self._settings.max_calls:
                raise DeepError(f"the limit of {self._settings.max_calls} calls is reached")
            self._calls += 1


def request_body(text: str, model: str) -> bytes:
    """The request for one text, which goes into the user's message as a JSON string."""
    readable = text.encode("utf-8", "replace").decode("utf-8")
    return msgspec.json.encode(
        {
            "model": model,
            "messages": [
                {"role": "system", "content": prompt()},
                {"role": "user", "content": msgspec.json.encode({"text": readable}).decode("utf-8")},
            ],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "response_format": {"type": "json_object"},
        }
    )


def read_answer(body: bytes) -> Answer:
    """The answer inside a completion. Raises DeepError where it is not what the prompt asks for."""
    try:
        content = msgspec.json.decode(body, type=_Completion).choices[0].message.content.strip()
        content = content.removeprefix("```json").removeprefix("```").removesuffix("```")
        return msgspec.json.decode(content, type=Answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DeepError(f"the answer is not what was asked for: {error}") from error


@cache
def prompt() -> str:
    """The fixed prompt."""
    return files("nlp.deep").joinpath("prompt.txt").read_text("utf-8")
