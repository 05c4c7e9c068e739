"""What an evidence store answers. Both stores are held to it by tests/contracts/."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from evidence.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from evidence.errors import Conflict
    from evidence.lead import AuditEntry, Lead

Sort = Literal["relevance", "newest", "oldest", "score"]
SORTS: tuple[Sort, ...] = get_args(Sort)
FACETS = ("category", "stance", "source", "surface", "domain", "platform", "job")
"""Names usable in ``--filter name=value`` and returned as facets."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search. ``text`` is the query language of ``evidence.store.query``; empty finds everything.

    ``filters`` are (facet, value) pairs: values of one facet are alternatives, facets are joined by AND.
    ``since``/``until`` are RFC 3339 dates on ``seen_at``. ``cursor`` is the ``cursor`` of the page before.
    """

    text: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    since: str = ""
    until: str = ""
    sort: Sort = "relevance"
    size: int = 20
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A matched range in the raw text of a block, as half-open code point offsets."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Result:
    """One hit that a search found, with the ranges that made it match."""

    hit: Hit
    rank: float
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results. ``cursor`` is empty on the last page. ``facets`` count over all results."""

    results: tuple[Result, ...]
    total: int
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class PutReport:
    """What became of a batch: ids written first now, ids that were there, ids refused with a reason."""

    indexed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


class EvidenceStore(Protocol):
    """Raises :class:`~evidence.errors.StoreUnavailable` where the index cannot be reached."""

    def put(self, hits: Sequence[Hit]) -> PutReport:
        """Index hits; idempotent by id: a known id is replaced, keeping the earliest ``seen_at``."""

    def get(self, hit_id: str) -> Hit | None:
        """The hit of that id, or None."""

    def get_many(self, hit_ids: Iterable[str]) -> Iterator[Hit]:
        """The hits of those ids, in that order, leaving out the unknown."""

    def remove(self, hit_ids: Iterable[str]) -> tuple[str, ...]:
        """Take hits out of the index for good; answers the ids that were there. Leads keep their lists."""

    def search(self, query: Query) -> ResultPage:
        """One page of results. Raises :class:`~evidence.errors.QueryError` on a query it cannot read."""

    def scan(self, query: Query) -> Iterator[Result]:
        """Every result without a cap, streamed."""

    def save_lead(self, lead: Lead, *, expect: int) -> Lead:
        """Write a lead whose stored version is ``expect`` (0: not there yet).

        Returns it with the new version. Raises :class:`~evidence.errors.Conflict` if somebody came first.
        """

    def save_leads(self, changes: Sequence[tuple[Lead, int]]) -> tuple[Lead | Conflict, ...]:
        """Write leads of different ids, each with its ``expect``, as :meth:`save_lead` would, but together.

        Answers, in their order, each lead as written or the Conflict that kept it from being written; the
        others are written all the same.
        """

    def remove_lead(self, lead_id: str, *, expect: int) -> None:
        """Take out a lead whose stored version is ``expect``. Raises Conflict if somebody came first."""

    def get_lead(self, lead_id: str) -> Lead | None:
        """The lead of that id, or None."""

    def get_leads(self, lead_ids: Iterable[str]) -> Iterator[Lead]:
        """The leads of those ids, in that order, leaving out the unknown."""

    def leads(self, *, state: str = "", category: str = "") -> Iterator[Lead]:
        """All leads, strongest first, optionally of one state or category."""

    def leads_of_hit(self, hit_id: str) -> tuple[Lead, ...]:
        """The leads that hold a hit."""

    def append_audit(self, entry: AuditEntry) -> None:
        """Append to the audit log. Raises :class:`~evidence.errors.Conflict` if that sequence is taken."""

    def audit(self, *, lead_id: str = "") -> Iterator[AuditEntry]:
        """The audit log in order, optionally of one lead."""

    def last_audit(self) -> AuditEntry | None:
        """The newest audit entry, or None."""

    def stats(self) -> dict[str, int]:
        """Counts of hits, leads and audit entries."""

    def close(self) -> None:
        """Release connections; the store is not used after."""
