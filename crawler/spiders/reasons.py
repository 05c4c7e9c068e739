"""From a library's exception to the stable word that is counted: one table for all failed downloads."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from OpenSSL.SSL import Error as TlsError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet.error import (
    ConnectError,
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,
    NoRouteError,
)
from twisted.web._newclient import ParseError
from twisted.web.http_headers import InvalidHeaderName

from crawler.errors import CrawlerError
from crawler.sentences import sentence
from crawler.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "connect-failed"),
    (CannotResolveHostError, "dns-failed"),
    (DownloadCancelledError, "too-large"),
    (ResponseDataLossError, "broken-off"),
    (UnsupportedURLSchemeError, "scheme-refused"),
    (gzip.BadGzipFile, "bad-encoding"),
    (zlib.error, "bad-encoding"),
    (EOFError, "bad-encoding"),
)
CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (TlsError, "tls-error"),
    (VerificationError, "tls-error"),
    (ConnectError, "connect-failed"),
)
DECODERS = frozenset({"brotli", "_brotli", "brotlicffi", "zstandard"})
DETAILS: tuple[tuple[type[BaseException], str], ...] = (
    (VerificationError, "its certificate is for another name"),
    (ConnectionRefusedError, "it refuses connections"),
    (NoRouteError, "there is no way to it"),
    (InvalidHeaderName, "the name of a header is none"),
    (ParseError, "its first line or a header cannot be read"),
    (ConnectionAborted, "its headers are longer than the limit"),
    (ConnectionDone, "it hung up"),
    (ConnectionLost, "it hung up"),
)


def reason_of(error: BaseException | None, *, url: str, refused: Mapping[str, str]) -> tuple[str, str]:
    """The stable reason and a sentence for a failed download. ``refused``: names the guard turned down."""
    own = getattr(error, "reason", None)
    if isinstance(error, (CrawlerError, IgnoreRequest)) and isinstance(own, str):
        return own, str(error)
    host = host_of(url)
    if isinstance(error, CannotResolveHostError) and host in refused:
        return "private-address", refused[host]
    causes = list(_causes(error))
    reason = _reason(error, causes)
    return reason, sentence(reason, host=host, detail=_detail(reason, causes))


def _reason(error: BaseException | None, causes: list[BaseException]) -> str:
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason
    for kind, reason in CAUSES:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    if any("DecompressionMaxSize" in type(cause).__name__ for cause in causes):
        return "too-large"
    if any(type(cause).__module__.partition(".")[0] in DECODERS for cause in causes):
        return "bad-encoding"
    return "bad-response" if isinstance(error, DownloadFailedError) else "fetch-failed"


def _detail(reason: str, causes: list[BaseException]) -> str:
    """A few words more, where the kind of the error or OpenSSL's own list of reasons has them."""
    for cause in causes:
        if reason == "tls-error" and isinstance(cause, TlsError) and cause.args and cause.args[0]:
            return ", ".join(sorted({str(entry[-1]) for entry in cause.args[0] if entry and entry[-1]}))
        for kind, words in DETAILS:
            if isinstance(cause, kind):
                return words
    return type(causes[0]).__name__ if reason == "fetch-failed" and causes else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from, and what Twisted packed into it."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or any(current is other for other in seen):
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__]
        for packed in getattr(current, "reasons", None) or ():
            waiting.append(getattr(packed, "value", packed))
