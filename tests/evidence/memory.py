"""A store in memory: enough of the protocol for leads and review, with its optimistic concurrency."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.errors import Conflict
from evidence.store.protocol import PutReport, Query, Result, ResultPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead


class MemoryStore:
    """Hits, leads and log entries in dictionaries."""

    def __init__(self) -> None:
        self.hits: dict[str, Hit] = {}
        self.saved: dict[str, Lead] = {}
        self.log: list[AuditEntry] = []
        self._lock = threading.Lock()

    def put(self, hits: Sequence[Hit]) -> PutReport:
        self.hits |= {hit.id: hit for hit in hits}
        return PutReport(indexed=tuple(hit.id for hit in hits))

    def get(self, hit_id: str) -> Hit | None:
        return self.hits.get(hit_id)

    def get_many(self, hit_ids: Iterable[str]) -> Iterator[Hit]:
        return iter([self.hits[hit_id] for hit_id in hit_ids if hit_id in self.hits])

    def remove(self, hit_ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(hit_id for hit_id in hit_ids if self.hits.pop(hit_id, None))

    def search(self, query: Query) -> ResultPage:
        found = tuple(Result(hit, 0.0) for hit in self.hits.values())
        return ResultPage(found, len(found))

    def scan(self, query: Query) -> Iterator[Result]:
        return iter(self.search(query).results)

    def save_lead(self, lead: Lead, *, expect: int) -> Lead:
        with self._lock:
            stored = self.saved.get(lead.id)
            if (stored.version if stored else 0) != expect:
                raise Conflict(lead.id)
            self.saved[lead.id] = replace(lead, version=expect + 1)
            return self.saved[lead.id]

    def save_leads(self, changes: Sequence[tuple[Lead, int]]) -> tuple[Lead | Conflict, ...]:
        outcomes: list[Lead | Conflict] = []
        for lead, expect in changes:
            try:
                outcomes.append(self.save_lead(lead, expect=expect))
            except Conflict as error:
                outcomes.append(error)
        return tuple(outcomes)

    def remove_lead(self, lead_id: str, *, expect: int) -> None:
        with self._lock:
            if lead_id not in self.saved or self.saved[lead_id].version != expect:
                raise Conflict(lead_id)
            del self.saved[lead_id]

    def get_leads(self, lead_ids: Iterable[str]) -> Iterator[Lead]:
        return iter([self.saved[lead_id] for lead_id in lead_ids if lead_id in self.saved])

    def get_lead(self, lead_id: str) -> Lead | None:
        return self.saved.get(lead_id)

    def leads(self, *, state: str = "", category: str = "") -> Iterator[Lead]:
        return iter(sorted(self.saved.values(), key=lambda lead: -lead.score))

    def leads_of_hit(self, hit_id: str) -> tuple[Lead, ...]:
        return tuple(lead for lead in self.saved.values() if hit_id in lead.hit_ids)

    def append_audit(self, entry: AuditEntry) -> None:
        with self._lock:
            if entry.sequence != len(self.log) + 1:
                raise Conflict(str(entry.sequence))
            self.log.append(entry)

    def audit(self, *, lead_id: str = "") -> Iterator[AuditEntry]:
        return iter([entry for entry in self.log if lead_id in ("", entry.lead_id)])

    def last_audit(self) -> AuditEntry | None:
        return self.log[-1] if self.log else None

    def stats(self) -> dict[str, int]:
        return {"hits": len(self.hits), "leads": len(self.saved), "audit": len(self.log)}

    def close(self) -> None:
        pass
