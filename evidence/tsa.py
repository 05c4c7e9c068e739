"""Ask a time-stamping authority (RFC 3161) to vouch for the time at which some bytes existed."""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError, TimestampError
from evidence.timestamps import checked_reply

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest

    from evidence.settings import EvidenceSettings

MOST_BYTES = 1 << 18
"""More than any reply with its certificates."""
_QUERY = "application/timestamp-query"


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority: its address, its own or its CA's certificates (PEM; may be empty)."""

    url: str
    ca: bytes = b""
    timeout_s: float = 10.0

    def stamp(self, data: bytes) -> bytes:
        """The authority's reply over ``data`` (DER), checked. Raises TimestampError, which says why not."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        reply = self._ask(request)
        checked_reply(reply, data, ca=self.ca, nonce=request.nonce)
        return reply

    def _ask(self, request: TimeStampRequest) -> bytes:
        """Post the request. A server that drips is given up on: the time limit is for the whole exchange."""
        answers: queue.Queue[bytes | EvidenceError] = queue.Queue()
        body = request.as_bytes()

        def work() -> None:
            try:
                answers.put(_post(self.url, body, timeout_s=self.timeout_s))
            except TimestampError as error:
                answers.put(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            answer = answers.get(timeout=self.timeout_s)
        except queue.Empty:
            raise _no_answer(self.timeout_s) from None
        if isinstance(answer, EvidenceError):
            raise answer
        return answer


def authority_of(settings: EvidenceSettings) -> Authority | None:
    """The authority that the settings name, None where they name none.

    Raises EvidenceError where the file of its certificates cannot be read.
    """
    if not settings.tsa_url:
        return None
    return Authority(settings.tsa_url, read_ca(settings), settings.tsa_timeout_s)


def read_ca(settings: EvidenceSettings) -> bytes:
    """The certificates (PEM) that the settings trust to stamp the time; empty where they name none."""
    if settings.tsa_ca is None:
        return b""
    try:
        return settings.tsa_ca.read_bytes()
    except OSError as error:
        raise EvidenceError(f"cannot read the authority's certificates {settings.tsa_ca}: {error}") from error


def _post(url: str, body: bytes, *, timeout_s: float) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": _QUERY})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            reply: bytes = response.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            raise TimestampError(f"it answered HTTP {error.code}") from error
    except TimeoutError as error:
        raise _no_answer(timeout_s) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _no_answer(timeout_s) from error
        raise TimestampError(f"it cannot be reached: {error.reason}") from error
    except (OSError, ValueError, HTTPException) as error:
        raise TimestampError(f"it cannot be asked: {error or type(error).__name__}") from error
    if len(reply) > MOST_BYTES:
        raise TimestampError("its answer is longer than a timestamp")
    return reply


def _no_answer(timeout_s: float) -> TimestampError:
    return TimestampError(f"no answer within {timeout_s:g} s")
