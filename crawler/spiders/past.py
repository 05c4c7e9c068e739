"""Earlier visits of a job as its crawl uses them: what to ask with, what is the same, what can wait."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import FetchError
from crawler.job import PageOutcome
from crawler.policy import NOT_DUE, page_key
from crawler.visits import content_of, read_visits

if TYPE_CHECKING:
    from crawler.job import CrawlSpec
    from crawler.page import Page
    from crawler.policy import Ticket
    from crawler.visits import Visit

UNCHANGED = "unchanged"


class Past:
    """What is known of the job's pages. Empty where all of them are wanted, and at a job's first run."""

    def __init__(self, spec: CrawlSpec) -> None:
        wanted = spec.revisit != "all" and spec.memory
        visits = read_visits(Path(spec.memory)) if wanted else {}
        # A page that other rules judged is judged again, whether it changed or not.
        self._visits = {key: one for key, one in visits.items() if one.versions == spec.versions}
        self._hits = [one for one in visits.values() if one.hit]
        now = time.time()
        later = (key for key, one in self._visits.items() if one.due > now)
        self.waits = frozenset(later if spec.revisit == "due" else ())

    def hits(self) -> list[Visit]:
        """Pages that were hits, those that are due the longest first."""
        return sorted(self._hits, key=lambda visit: visit.due)

    def conditions(self, ticket: Ticket) -> dict[str, str]:
        """Headers that have the server say so where nothing changed."""
        visit = self._visits.get(ticket.key)
        if visit is None or not visit.content:
            return {}
        named = {"If-None-Match": visit.etag, "If-Modified-Since": visit.modified}
        return {name: value for name, value in named.items() if value}

    def not_due(self, ticket: Ticket) -> PageOutcome | None:
        """The outcome of a page whose time has not come. Seeds are always looked at."""
        if not ticket.depth or ticket.key not in self.waits:
            return None
        links = self._visits[ticket.key].links
        return PageOutcome(ticket.url, reason=NOT_DUE, error="not due yet", depth=ticket.depth, links=links)

    def unchanged(self, ticket: Ticket, page: Page) -> PageOutcome | None:
        """The outcome of a page whose server says that nothing changed; None where it was not asked so."""
        visit = self._visits.get(ticket.key)
        if visit is None:
            return None
        error = "the server says it has not changed"
        return PageOutcome(ticket.url, page, None, UNCHANGED, error, ticket.depth, links=visit.links)

    def compared(self, outcome: PageOutcome) -> PageOutcome:
        """The outcome, without its document where that is what it was at the last visit."""
        if outcome.document is None or not self._visits:
            return outcome
        try:
            visit = self._visits.get(page_key(outcome.url))
        except FetchError:
            return outcome
        if visit is None or visit.content != content_of(outcome):
            return outcome
        links = tuple(link.url for link in outcome.document.links)
        return replace(
            outcome, document=None, reason=UNCHANGED, error="the same as at the last visit", links=links
        )
