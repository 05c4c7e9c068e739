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
from twisted.internet.error import ConnectError

from crawler.errors import CrawlerError
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


def reason_of(error: BaseException | None, *, url: str, refused: Mapping[str, str]) -> tuple[str, str]:
    """The stable reason and a sentence for a failed download. ``refused``: names the guard turned down."""
    text = str(error) or type(error).__name__
    own = getattr(error, "reason", None)
    if isinstance(error, (CrawlerError, IgnoreRequest)) and isinstance(own, str):
        return own, text
    if isinstance(error, CannotResolveHostError):
        named = refused.get(host_of(url))
        if named:
            return "private-address", named
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason, text
    causes = list(_causes(error))
    if any(isinstance(cause, (TlsError, VerificationError)) for cause in causes):
        return "tls-error", text
    if any("DecompressionMaxSize" in type(cause).__name__ for cause in causes):
        return "too-large", text
    if any(isinstance(cause, ConnectError) for cause in causes):
        return "connect-failed", text
    if isinstance(error, DownloadFailedError):
        return "bad-response", text
    return "fetch-failed", f"{type(error).__name__}: {text}"


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
