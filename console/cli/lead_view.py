"""One lead on the terminal: what was said in its context, why it counts, what speaks against it, the law."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from console.cli.output import plain
from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evidence.basis import Citation
    from evidence.hit import Hit
    from evidence.report.model import Quote

MOST_SHOWN = 6
_STYLES: dict[str, dict[str, Any]] = {
    "finding": {"bold": True, "fg": "yellow"},
    "contact": {"bold": True, "fg": "red"},
    "counter": {"underline": True},
}


def show_hit(hit: Hit) -> None:
    """Print a hit: score and place, quotes in context, reasons, what speaks against it, contacts."""
    from evidence.report.quotes import quotes_of
    from workers.verdict import against, shown_contacts, telling

    analysis = hit.analysis
    place = plain(hit.document.url or hit.ref, 100)
    click.echo(f"\n  {analysis.score.probability:.3f}  {t(f'stance.{analysis.stance}')}  {place}")
    quotes, left_out = quotes_of(hit)
    for quote in quotes[:MOST_SHOWN]:
        hidden = "" if quote.visible else f" · {t('web.hidden')}"
        click.echo(f"    {t(f'web.kind_{quote.kind}')} {quote.start}-{quote.end}{hidden}")
        click.echo(f"      {_marked(quote)}")
    if more := left_out + max(0, len(quotes) - MOST_SHOWN):
        click.echo(f"    {t('leads.more_quotes', count=more)}")
    _rows("table.reasons", ((one.rule, one.matched, one.weight) for one in telling(analysis)[:MOST_SHOWN]))
    _rows("table.against", ((one.rule, one.matched, one.weight) for one in against(analysis)[:MOST_SHOWN]))
    _rows("table.contacts", ((c.platform, c.raw, None) for c in shown_contacts(analysis)[:MOST_SHOWN]))


def show_basis(cited: Sequence[Citation]) -> None:
    """Print the rules cited, in the language of the screen; an article number nobody verified says so."""
    from console.i18n import language

    chinese = language() == "zh"
    click.echo(f"\n  {t('web.basis')}")
    for entry in cited:
        title, clause = (entry.title_zh, entry.clause_zh) if chinese else (entry.title_en, entry.clause_en)
        number = f" {entry.number}" if entry.number else ""
        click.echo(f"    {title}{number}  {clause}  {entry.article or t('web.unverified')}")
    if not cited:
        click.echo(f"    {t('leads.no_basis')}")


def _rows(heading: str, rows: Iterator[tuple[str, str, float | None]]) -> None:
    for number, (name, words, weight) in enumerate(rows):
        if not number:
            click.echo(f"    {t(heading)}")
        value = "" if weight is None else f"{weight:+.2f}"
        click.echo(f"      {plain(name, 36):<38}{plain(words)}  {value}".rstrip())


def _marked(quote: Quote) -> str:
    """The quote on one line, its marked words styled where the terminal can."""
    edges = sorted({0, len(quote.text), *(edge for mark in quote.marks for edge in (mark.start, mark.end))})
    parts = []
    for start, end in pairwise(edges):
        words = _one_line(quote.text[start:end])
        kinds = {mark.kind for mark in quote.marks if mark.start <= start and end <= mark.end}
        kind = next((name for name in ("contact", "finding", "counter") if name in kinds), "")
        parts.append(click.style(words, **_STYLES[kind]) if kind else words)
    return "".join(parts).strip()


def _one_line(words: str) -> str:
    """Words of evidence made safe for a terminal, every character in its place."""
    return "".join(char if char.isprintable() else " " for char in words)
