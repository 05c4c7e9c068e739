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
    from collections.abc import Iterator, Sequence

_PAGE = 500


def save_lead(connection: sqlite3.Connection, lead: Lead, *, expect: int) -> Lead:
    """Write a lead in the caller's transaction. Raises :class:`Conflict` if its version is not ``expect``."""
    (outcome,) = save_leads(connection, [(lead, expect)])
    if isinstance(outcome, Conflict):
        raise outcome
    return outcome


def save_leads(
    connection: sqlite3.Connection, changes: Sequence[tuple[Lead, int]]
) -> tuple[Lead | Conflict, ...]:
    """Write leads in the caller's transaction; for each the lead as written, or why it was not."""
    versions = _versions(connection, [lead.id for lead, _ in changes])
    outcomes = tuple(_decide(lead, expect, versions.get(lead.id, 0)) for lead, expect in changes)
    written = [outcome for outcome in outcomes if isinstance(outcome, Lead)]
    connection.executemany(
        "INSERT OR REPLACE INTO leads(id, version, state, score, categories, body) VALUES(?, ?, ?, ?, ?, ?)",
        (
            (
                lead.id,
                lead.version,
                lead.state,
                lead.score,
                f" {' '.join(lead.categories)} ",
                msgspec.json.encode(lead),
            )
            for lead in written
        ),
    )
    _list_hits(connection, written)
    return outcomes


def remove_lead(connection: sqlite3.Connection, lead_id: str, *, expect: int) -> None:
    """Take out a lead in the caller's transaction. Raises :class:`Conflict` on another version."""
    version = _versions(connection, [lead_id]).get(lead_id, 0)
    if version != expect or not version:
        raise _changed(lead_id, version, expect)
    connection.execute("DELETE FROM leads WHERE id = ?", (lead_id,))
    connection.execute("DELETE FROM lead_hits WHERE lead = ?", (lead_id,))


def get_leads(connection: sqlite3.Connection, lead_ids: Sequence[str]) -> dict[str, Lead]:
    """The leads of those ids that are there, by id."""
    rows = connection.execute(
        "SELECT id, body FROM leads WHERE id IN (SELECT value FROM json_each(?))", (_json(lead_ids),)
    )
    return {lead_id: read_record(body, Lead) for lead_id, body in rows}


def _versions(connection: sqlite3.Connection, lead_ids: Sequence[str]) -> dict[str, int]:
    rows = connection.execute(
        "SELECT id, version FROM leads WHERE id IN (SELECT value FROM json_each(?))", (_json(lead_ids),)
    )
    return dict(rows.fetchall())


def _decide(lead: Lead, expect: int, version: int) -> Lead | Conflict:
    return replace(lead, version=expect + 1) if version == expect else _changed(lead.id, version, expect)


def _changed(lead_id: str, version: int, expect: int) -> Conflict:
    return Conflict(f"lead {lead_id} is at version {version}, not {expect}: read it again")


def _list_hits(connection: sqlite3.Connection, leads: Sequence[Lead]) -> None:
    """Note which leads hold which hits: only what changed is written."""
    held: dict[str, set[str]] = {lead.id: set() for lead in leads}
    for lead_id, hit_id in connection.execute(
        "SELECT lead, hit FROM lead_hits WHERE lead IN (SELECT value FROM json_each(?))", (_json(list(held)),)
    ):
        held[lead_id].add(hit_id)
    kept = {lead.id: set(lead.hit_ids) for lead in leads}
    connection.executemany(
        "DELETE FROM lead_hits WHERE hit = ? AND lead = ?",
        ((hit, lead.id) for lead in leads for hit in held[lead.id] - kept[lead.id]),
    )
    connection.executemany(
        "INSERT INTO lead_hits(hit, lead) VALUES(?, ?)",
        ((hit, lead.id) for lead in leads for hit in kept[lead.id] - held[lead.id]),
    )


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()


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
