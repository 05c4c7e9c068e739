"""One lead on the terminal: what was said in its context, why it counts, what speaks against it, the law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.output import plain
from console.i18n import language, t
from console.shown import platform_name, rule_name

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    from workers.verdict import against, distinct, shown_contacts, telling

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
    lang = language()
    for heading, found in (("table.reasons", telling(analysis)), ("table.against", against(analysis))):
        shown = distinct(found)[:MOST_SHOWN]
        _rows(heading, [(rule_name(one.rule, lang), one.matched, f"{one.weight:+.2f}") for one in shown])
    contacts = dict.fromkeys((c.platform, c.raw) for c in shown_contacts(analysis))
    _rows("table.contacts", [(platform_name(code, lang), raw, "") for code, raw in contacts][:MOST_SHOWN])


def show_basis(cited: Sequence[Citation]) -> None:
    """Print the rules cited, in the language of the screen; an article number nobody verified says so."""
    chinese = language() == "zh"
    click.echo(f"\n  {t('web.basis')}")
    for entry in cited:
        title, clause = (entry.title_zh, entry.clause_zh) if chinese else (entry.title_en, entry.clause_en)
        number = f" {entry.number}" if entry.number else ""
        click.echo(f"    {title}{number}  {clause}  {entry.article or t('web.unverified')}")
    if not cited:
        click.echo(f"    {t('leads.no_basis')}")


def _rows(heading: str, rows: Sequence[tuple[str, str, str]]) -> None:
    for number, (name, words, weight) in enumerate(rows):
        if not number:
            click.echo(f"    {t(heading)}")
        click.echo(f"      {plain(words, 40)}  {weight}  ({plain(name, 60)})")


def _marked(quote: Quote) -> str:
    """The quote on one line, its marked words styled where the terminal can."""
    from evidence.report.runs import runs, strongest

    parts = []
    for start, end, over in runs(quote.marks, len(quote.text)):
        words = _one_line(quote.text[start:end])
        parts.append(click.style(words, **_STYLES[strongest(over)]) if over else words)
    return "".join(parts).strip()


def _one_line(words: str) -> str:
    """Words of evidence made safe for a terminal, every character in its place."""
    return "".join(char if char.isprintable() else " " for char in words)
