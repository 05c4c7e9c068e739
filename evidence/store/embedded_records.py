"""Leads and the audit log in the embedded store."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from evidence.errors import Conflict
from evidence.lead import AuditEntry, Lead
from evidence.store.records import read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = 500


def save_lead(connection: sqlite3.Connection, lead: Lead, *, expect: int) -> Lead:
    """Write a lead in the caller's transaction. Raises :class:`Conflict` if its version is not ``expect``."""
    stored = connection.execute("SELECT version FROM leads WHERE id = ?", (lead.id,)).fetchone()
    version = stored[0] if stored else 0
    if version != expect:
        raise Conflict(f"lead {lead.id} is at version {version}, not {expect}: read it again")
    written = replace(lead, version=expect + 1)
    connection.execute(
        "INSERT OR REPLACE INTO leads(id, version, state, score, categories, body) VALUES(?, ?, ?, ?, ?, ?)",
        (
            written.id,
            written.version,
            written.state,
            written.score,
            f" {' '.join(written.categories)} ",
            msgspec.json.encode(written),
        ),
    )
    held = {row[0] for row in connection.execute("SELECT hit FROM lead_hits WHERE lead = ?", (lead.id,))}
    kept = set(written.hit_ids)
    connection.executemany(
        "DELETE FROM lead_hits WHERE hit = ? AND lead = ?", ((hit, lead.id) for hit in held - kept)
    )
    connection.executemany(
        "INSERT INTO lead_hits(hit, lead) VALUES(?, ?)", ((hit, lead.id) for hit in kept - held)
    )
    return written


def get_lead(connection: sqlite3.Connection, lead_id: str) -> Lead | None:
    """The lead of that id, or None."""
    row = connection.execute("SELECT body FROM leads WHERE id = ?", (lead_id,)).fetchone()
    return read_record(row[0], Lead) if row else None


def page_of_leads(
    connection: sqlite3.Connection, *, state: str, category: str, after: tuple[float, str] | None
) -> list[Lead]:
    """The next leads, strongest first, after a (score, id)."""
    rows = connection.execute(
        "SELECT body FROM leads WHERE (? = '' OR state = ?) AND (? = '' OR instr(categories, ?))"
        " AND (? OR (score <= ? AND (score < ? OR id > ?))) ORDER BY score DESC, id LIMIT ?",
        (
            state,
            state,
            category,
            f" {category} ",
            after is None,
            *((after[0], after[0], after[1]) if after else (0, 0, "")),
            _PAGE,
        ),
    )
    return [read_record(row[0], Lead) for row in rows]


def leads_of_hit(connection: sqlite3.Connection, hit_id: str) -> Iterator[Lead]:
    """The leads that hold a hit, strongest first."""
    rows = connection.execute(
        "SELECT body FROM leads WHERE id IN (SELECT lead FROM lead_hits WHERE hit = ?)"
        " ORDER BY score DESC, id",
        (hit_id,),
    )
    return (read_record(row[0], Lead) for row in rows)


def append_audit(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Append inside the caller's transaction. Raises :class:`Conflict` if the sequence is taken."""
    try:
        connection.execute(
            "INSERT INTO audit(sequence, lead, body) VALUES(?, ?, ?)",
            (entry.sequence, entry.lead_id, msgspec.json.encode(entry)),
        )
    except sqlite3.IntegrityError as error:
        raise Conflict(f"audit entry {entry.sequence} is there already: read the last one again") from error


def page_of_audit(connection: sqlite3.Connection, *, lead_id: str, after: int | None) -> list[AuditEntry]:
    """The next audit entries after a sequence number."""
    rows = connection.execute(
        "SELECT body FROM audit WHERE (? = '' OR lead = ?) AND (? OR sequence > ?) ORDER BY sequence LIMIT ?",
        (lead_id, lead_id, after is None, after or 0, _PAGE),
    )
    return [read_record(row[0], AuditEntry) for row in rows]


def last_audit(connection: sqlite3.Connection) -> AuditEntry | None:
    """The newest audit entry, or None."""
    row = connection.execute("SELECT body FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
    return read_record(row[0], AuditEntry) if row else None
