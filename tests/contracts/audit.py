"""What every store does with the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.errors import Conflict
from tests.contracts.world import (
    in_parallel,
)
from tests.factories import make_audit

if TYPE_CHECKING:
    from evidence.lead import AuditEntry
    from evidence.store.protocol import EvidenceStore


class AuditContract:
    """The log: append-only, each number once."""

    def test_the_audit_log_is_append_only_and_ordered(self, store: EvidenceStore) -> None:
        assert store.last_audit() is None
        entries = [make_audit(number, lead_id=f"lead-{number % 2}") for number in range(1, 12)]
        for entry in entries:
            store.append_audit(entry)
        assert list(store.audit()) == entries
        assert list(store.audit(lead_id="lead-1")) == entries[::2]
        assert store.last_audit() == entries[-1]
        with pytest.raises(Conflict, match="3"):
            store.append_audit(make_audit(3, reason="forged"))
        assert list(store.audit()) == entries

    def test_parallel_audit_writers_take_each_number_once(self, store: EvidenceStore) -> None:
        def append(writer: int) -> list[AuditEntry]:
            done: list[AuditEntry] = []
            while len(done) < 5:
                last = store.last_audit()
                entry = make_audit((last.sequence if last else 0) + 1, reason=f"writer {writer}")
                try:
                    store.append_audit(entry)
                except Conflict:
                    continue
                done.append(entry)
            return done

        lists = in_parallel(append)
        assert not [entry for entry in lists if isinstance(entry, Exception)]
        assert [entry.sequence for entry in store.audit()] == list(range(1, 21))
