"""The cover sheet in words of one language, for every form but HTML, which shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.report.shown import Speech, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.report.cover import Cover
    from evidence.report.model import Report

BREAKDOWNS = (("by_subject", "subjects"), ("by_category", "categories"), ("by_urgency", "urgencies"))


def cover_facts(say: Speech, cover: Cover) -> tuple[tuple[str, str], ...]:
    """Names and values of the totals."""
    bounds = f"{cover.since or '…'} – {cover.until or '…'} ({say.label('beijing')})"
    reached = say.code("states", cover.state)
    totals = (
        ("found", cover.found),
        ("reported", cover.leads),
        ("kept_back", len(cover.left_out)),
        ("listed", cover.listed),
        ("distinct", cover.hits),
        ("captures", cover.captures),
        ("files", cover.files),
    )
    return (
        (say.label("period"), bounds),
        (say.label("reached"), reached),
        *((say.label(name), str(count)) for name, count in totals),
    )


def cover_counts(say: Speech, cover: Cover) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each breakdown: its title and its lines (kind, leads, hits), the total last."""
    for name, group in BREAKDOWNS:
        counts = getattr(cover, name)
        lines = [(say.code(group, one.code), str(one.leads), str(one.hits)) for one in counts]
        total = (say.label("total"), str(cover.leads), str(cover.listed))
        yield say.label(name), [*lines, total]


def cover_contents(say: Speech, report: Report) -> list[tuple[str, ...]]:
    """The leads of the batch, a line each: number, case, subject, urgency, hits; the total last."""
    lines: list[tuple[str, ...]] = [
        (
            str(number),
            lead.case.id,
            say.subject(lead),
            say.code("urgencies", lead.case.urgency),
            str(len(lead.conduct.exhibits) + lead.conduct.exhibits_left_out),
        )
        for number, lead in enumerate(report.leads, 1)
    ]
    listed = report.cover.listed if report.cover else 0
    return [*lines, ("", say.label("total"), "", "", str(listed))]


def cover_left_out(say: Speech, cover: Cover) -> list[tuple[str, str, str]]:
    """Leads that had to stay out: case, why, the first fault."""
    return [
        (one.case_id, say.code("reasons", one.reason), plain(one.detail or "–")) for one in cover.left_out
    ]


def cover_text(say: Speech, report: Report) -> str:
    """The cover as plain text, for notes of exchange formats; empty where there is none."""
    cover = report.cover
    if cover is None:
        return ""
    lines = [say.label("cover"), *(f"{name}: {value}" for name, value in cover_facts(say, cover))]
    for title, counts in cover_counts(say, cover):
        lines.append(title + ": " + "; ".join(f"{kind} {leads} ({hits})" for kind, leads, hits in counts))
    lines += [f"{say.label('kept_back')}: {' · '.join(one)}" for one in cover_left_out(say, cover)]
    return "\n".join(lines)
