"""``xiansuo search``: find hits in the evidence index."""

from __future__ import annotations

import csv
import io
import sys
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from console.cli.output import json_line, plain, say, show, table
from console.cli.settings import settings_of
from console.i18n import t
from evidence.store.protocol import SORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from evidence.store.protocol import EvidenceStore, Query, Result, ResultPage

COLUMNS = ("id", "score", "categories", "stance", "source", "surface", "url", "seen_at", "title", "quote")


@click.command(help=t("help.search"))
@click.argument("query", default="")
@click.option("--filter", "filters", multiple=True, metavar="K=V", help=t("search.filter"))
@click.option("--since", default="", help=t("search.since"))
@click.option("--until", default="", help=t("search.until"))
@click.option(
    "--sort", type=click.Choice(SORTS), default="relevance", show_default=True, help=t("search.sort")
)
@click.option("--size", type=click.IntRange(min=1), help=t("search.size"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help=t("scan.format"),
)
@click.pass_context
def search(ctx: click.Context, /, query: str, form: str, size: int | None, **options: object) -> int:
    """Search; jsonl and csv stream every result, the table shows the first page with its facets."""
    from evidence.store.open import open_store
    from evidence.store.protocol import Query
    from evidence.store.query import parse_filters

    asked = Query(
        text=query,
        filters=parse_filters(options["filters"]),  # type: ignore[arg-type]
        since=str(options["since"]),
        until=str(options["until"]),
        sort=options["sort"],  # type: ignore[arg-type]
        size=size or 20,
    )
    store = open_store(settings_of(ctx).store)
    try:
        if form == "table":
            _show_page(store.search(asked))
        else:
            _stream(store, asked, form, size)
    finally:
        store.close()
    return 0


def quote(result: Result, around: int = 18) -> str:
    """The first highlighted words with a little of the text around them, as in the source."""
    blocks = result.hit.document.blocks
    if not result.highlights:
        decided = result.hit.analysis.block
        return blocks[decided if 0 <= decided < len(blocks) else 0].text[: 3 * around] if blocks else ""
    mark = result.highlights[0]
    text = blocks[mark.block].text
    return text[max(0, mark.start - around) : mark.end + around]


def _show_page(page: ResultPage) -> None:
    from rich.text import Text

    rows = table("id", "score", "categories", "words", "url")
    for result in page.results:
        hit = result.hit
        rows.add_row(
            hit.id[:12],
            f"{hit.analysis.score.probability:.3f}",
            " ".join(t(f"category.{category}") for category in hit.analysis.categories[:3]),
            _marked(result) if result.highlights else Text(plain(quote(result)).replace("\\[", "[")),
            plain(hit.document.url or hit.ref, 60),
        )
    show(rows)
    for name, values in page.facets.items():
        if values:
            click.echo(f"{name}: " + "  ".join(f"{plain(value, 30)} {count}" for value, count in values[:8]))
    say(t("total.search", total=page.total, shown=len(page.results)))


def _marked(result: Result, around: int = 18) -> Text:
    """The quoted words with the match in bold."""
    from rich.text import Text

    mark = result.highlights[0]
    text = result.hit.document.blocks[mark.block].text

    def part(start: int, end: int) -> str:
        return plain(text[start:end], 200).replace("\\[", "[")

    words = Text(part(max(0, mark.start - around), mark.start))
    words.append(part(mark.start, mark.end), style="bold red")
    words.append(part(mark.end, mark.end + around))
    return words


def _stream(store: EvidenceStore, query: Query, form: str, size: int | None) -> None:
    from workers.verdict import result_verdict

    results = islice(store.scan(query), size)
    if form == "jsonl":
        for result in results:
            sys.stdout.buffer.write(json_line(result_verdict(result)))
        sys.stdout.buffer.flush()
        return
    sys.stdout.buffer.write("\ufeff".encode())
    _csv(results)


def _csv(results: Iterator[Result]) -> None:
    from evidence.report.table import safe_cell

    head: list[object] = list(COLUMNS)
    for row in chain([head], _rows(results)):
        text = io.StringIO()
        csv.writer(text).writerow([safe_cell(str(cell)) for cell in row])
        sys.stdout.buffer.write(text.getvalue().encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _rows(results: Iterator[Result]) -> Iterator[list[object]]:
    for result in results:
        hit = result.hit
        yield [
            hit.id,
            f"{hit.analysis.score.probability:.6f}",
            " ".join(hit.analysis.categories),
            hit.analysis.stance,
            hit.document.source,
            hit.document.surface,
            hit.document.url,
            hit.seen_at,
            hit.document.title,
            quote(result),
        ]
