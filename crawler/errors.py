"""Errors of collecting and extracting.

    CrawlerError
    ├── GuardError        a request the safety guard refused (private address, scheme, size, redirects)
    ├── FetchError        the other side could not be reached or did not answer as HTTP asks
    ├── RenderError       the browser is missing, crashed or ran out of time
    ├── ExtractError      a body that could not be turned into blocks
    ├── FeedError         an input file, line or column that could not be read
    │   └── UnknownKindError  a file of a kind that is not read
    ├── WarcError         a WARC that is truncated or does not match its digest
    └── Stopped           work that was told to stop; what was done is kept

Every error carries ``reason``: a short stable word that is counted and shown in run totals.
"""

from __future__ import annotations


class CrawlerError(Exception):
    """Base of this package's errors. ``reason`` is a stable machine-readable word."""

    reason = "crawler-error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class GuardError(CrawlerError):
    """A request the safety guard refused."""

    reason = "refused"


class FetchError(CrawlerError):
    """The other side could not be reached or did not answer as HTTP asks."""

    reason = "fetch-failed"


class RenderError(CrawlerError):
    """The browser is missing, crashed or ran out of time."""

    reason = "render-failed"


class ExtractError(CrawlerError):
    """A body that could not be turned into blocks."""

    reason = "extract-failed"


class FeedError(CrawlerError):
    """An input file, line or column that could not be read."""

    reason = "bad-input"


class UnknownKindError(FeedError):
    """A file of a kind that is not read."""

    reason = "skipped"


class WarcError(CrawlerError):
    """A WARC that is truncated or does not match its digest."""

    reason = "bad-warc"


class Stopped(CrawlerError):
    """Work that was told to stop; what was done is kept."""

    reason = "stopped"
