"""The report as an Excel workbook: hits, leads, rules cited and files, a sheet each.

Every cell is written as text, so that nothing found on a page is ever a formula or a link; rows go to disk as
they are written, so that memory does not grow with the report.
"""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING

from evidence.clock import parse_moment
from evidence.report.cover_words import cover_contents, cover_counts, cover_facts, cover_left_out
from evidence.report.shown import speech_of
from evidence.report.table import COLUMNS, rows, subject_of
from evidence.report.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import xlsxwriter

    from evidence.report.cover import Cover
    from evidence.report.model import Report, Text

MOST_CHARACTERS = 32_767
"""What Excel takes in one cell, counted as it counts: a character beyond the basic plane is two."""
_CUT = "…"
_WIDTHS = {"quotes": 80, "url": 40, "final_url": 40, "draft": 18, "subject": 30, "title": 40, "clause": 60}
_WIDTH = 18
_LEADS = ("case_id", "state", "subject_kind", "subject", "priority", "suspected", "hits", "reviewers")
_BASIS = ("case_id", "title", "number", "clause", "article", "effective", "status")
_FILES = ("case_id", "capture_id", "captured", "file", "size", "sha256", "sm3")


def render_xlsx(report: Report) -> bytes:
    """The workbook. Each sheet of a draft begins with a line that says so."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        created = parse_moment(report.created.utc)
        # Excel knows no zones
        stamp = created.astimezone(UTC).replace(tzinfo=None) if created else None
        book.set_properties({"title": report.id, "comments": _say(report, report.wording), "created": stamp})
        if report.cover:
            _cover(book, report, report.cover)
        _sheet(book, report, "hits", COLUMNS, rows(report))
        _sheet(book, report, "leads", _LEADS, _leads(report))
        _sheet(book, report, "basis", _BASIS, _basis(report))
        _sheet(book, report, "files", _FILES, _files(report))
    return out.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    report: Report,
    name: str,
    columns: Sequence[str],
    lines: Iterable[Sequence[str]],
) -> None:
    sheet = book.add_worksheet(_say(report, text("sheets", name)))
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    row = 0
    if report.draft:
        sheet.write_string(
            row, 0, _say(report, report.draft), book.add_format({"bold": True, "color": "red"})
        )
        row += 1
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(column, _WIDTH))
        sheet.write_string(row, at, _say(report, text("columns", column)), bold)
    if columns:
        sheet.freeze_panes(row + 1, 0)
    else:
        sheet.set_column(0, 4, _WIDTH)
    for number, cells in enumerate(lines, row + 1):
        for at, cell in enumerate(cells):
            sheet.write_string(number, at, fitting(cell), wrap)


def _cover(book: xlsxwriter.Workbook, report: Report, cover: Cover) -> None:
    """The totals of a batch, before all else."""
    say = speech_of(report)
    lines: list[Sequence[str]] = [*cover_facts(say, cover), ()]
    for title, counts in cover_counts(say, cover):
        lines += [(title, say.label("reported"), say.label("listed")), *counts, ()]
    lines += [(say.label("contents"),), *cover_contents(say, report)]
    if cover.left_out:
        lines += [(), (say.label("kept_back"),), *cover_left_out(say, cover)]
    _sheet(book, report, "cover", (), [(say.label("cover"), report.id), *lines])


def fitting(cell: str) -> str:
    """A cell as Excel takes it: at most so long, and of whole characters."""
    wide = cell.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").encode("utf-16-le")
    if len(wide) <= 2 * MOST_CHARACTERS:
        return wide.decode("utf-16-le")
    return wide[: 2 * (MOST_CHARACTERS - 1)].decode("utf-16-le", "ignore") + _CUT


def _leads(report: Report) -> Iterator[tuple[str, ...]]:
    for lead in report.leads:
        known = all(step.identified for step in lead.review.steps)
        who = "; ".join(lead.review.reviewers)
        yield (
            lead.case.id,
            _say(report, text("states", lead.case.state)),
            _say(report, text("subjects", lead.subject.kind)),
            subject_of(lead),
            f"{lead.case.priority:.4f}",
            _say(report, lead.conduct.statement),
            str(len(lead.conduct.exhibits)),
            who if known else f"{who} ({_say(report, text('labels', 'unidentified'))})",
        )


def _basis(report: Report) -> Iterator[tuple[str, ...]]:
    for lead in report.leads:
        for cited in lead.basis:
            article = cited.article or _say(report, text("labels", "article_unverified"))
            title, clause = _say(report, cited.title), _say(report, cited.clause)
            status = _say(report, text("statuses", cited.status))
            yield (lead.case.id, title, cited.number, clause, article, cited.effective, status)


def _files(report: Report) -> Iterator[tuple[str, ...]]:
    for lead in report.leads:
        for proof in lead.evidence.captures:
            for entry in proof.files:
                about = (lead.case.id, proof.id, proof.captured.beijing)
                yield (*about, entry.name, str(entry.size), entry.sha256, entry.sm3)


def _say(report: Report, words: Text) -> str:
    return words.zh if report.lang == "zh" else words.en
