"""The report as CSV: one line a hit, fit for spreadsheets and safe in them. Every line of a draft says so."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from evidence.report.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.report.model import CaptureProof, Exhibit, LeadReport, Place, Report, Text

COLUMNS = (
    "draft",
    "case_id",
    "lead_id",
    "lead_version",
    "state",
    "subject_kind",
    "subject",
    "priority",
    "hit_id",
    "url",
    "final_url",
    "source",
    "surface",
    "reference",
    "seen_utc",
    "seen_beijing",
    "suspected",
    "stance",
    "probability",
    "diversion",
    "contacts",
    "quotes",
    "basis",
    "capture_id",
    "manifest_sha256",
    "timestamp",
    "evidence_verified",
    "reviewers",
)
BOM = "\ufeff"
# what makes a spreadsheet read a cell as a formula, the full-width forms included
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def render_csv(report: Report) -> Iterator[str]:
    """The lines of the table, header first, which begins with a byte order mark for Excel's sake."""
    yield BOM + _line(COLUMNS)
    yield from map(_line, rows(report))


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """The cells of ``COLUMNS`` for each hit, as they are: no guard against formulas yet."""
    mark = (report.draft.zh if report.lang == "zh" else report.draft.en) if report.draft else ""
    for lead in report.leads:
        captures = {proof.hit_id: proof for proof in lead.evidence.captures}
        places = {place.hit_id: place for place in lead.place.places}
        for exhibit in lead.conduct.exhibits:
            place, proof = places[exhibit.hit_id], captures.get(exhibit.hit_id)
            yield (mark, *_cells(report.lang, lead, exhibit, place, proof))


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula: such text gets an apostrophe before it."""
    cleaned = value.replace("\x00", "")
    return f"'{cleaned}" if cleaned.lstrip(" \u3000\u00a0").startswith(_FORMULA_STARTS) else cleaned


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def subject_of(lead: LeadReport) -> str:
    """What names the subject: a text has no name but its title, its value being a digest."""
    titled = lead.subject.kind == "text" and lead.case.title
    return lead.case.title if titled else lead.subject.value


def _cells(
    lang: str, lead: LeadReport, exhibit: Exhibit, place: Place, proof: CaptureProof | None
) -> tuple[str, ...]:
    def say(words: Text) -> str:
        return words.zh if lang == "zh" else words.en

    case = lead.case
    return (
        case.id,
        case.lead_id,
        str(case.version),
        say(text("states", case.state)),
        say(text("subjects", lead.subject.kind)),
        subject_of(lead),
        f"{case.priority:.4f}",
        exhibit.hit_id,
        place.url,
        place.final_url,
        say(text("sources", place.source)),
        say(text("surfaces", place.surface)),
        place.reference,
        place.seen.utc,
        place.seen.beijing,
        "; ".join(say(text("categories", code)) for code in exhibit.categories),
        say(text("stances", exhibit.stance)),
        f"{exhibit.probability:.4f}",
        say(text("labels", "yes" if exhibit.diversion else "no")),
        "; ".join(f"{contact.platform}:{contact.handle}" for contact in exhibit.contacts),
        " … ".join(quote.text for quote in exhibit.quotes),
        "; ".join(exhibit.basis),
        exhibit.capture,
        proof.manifest_sha256 if proof else "",
        proof.timestamp if proof else "none",
        say(text("labels", "yes" if proof and proof.verified else "no")),
        _reviewers(lead, say(text("labels", "unidentified"))),
    )


def _reviewers(lead: LeadReport, unidentified: str) -> str:
    """Who reviewed, and whether somebody among them was only named."""
    names = "; ".join(lead.review.reviewers)
    known = all(step.identified for step in lead.review.steps)
    return names if known else f"{names} ({unidentified})"
