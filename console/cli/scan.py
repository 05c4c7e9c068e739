"""``xiansuo scan``: judge what people already have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.columns import column, given_columns
from console.cli.explain import open_explainer
from console.cli.output import (
    closing_counts,
    joined,
    json_line,
    keep_lines,
    plain,
    progress,
    say,
    show,
    sink,
    table,
)
from console.cli.settings import settings_of
from console.i18n import reason, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from console.cli.explain import Explainer
    from crawler.feeds import FeedItem
    from workers.judge import Judged
    from workers.pipeline import Tally
    from workers.settings import Settings


@click.command(help=t("help.scan"))
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(["table", "jsonl"]), default="table", help=t("scan.format")
)
@click.option("--out", type=click.Path(dir_okay=False), help=t("scan.out"))
@click.option("--save", is_flag=True, help=t("scan.save"))
@click.option("--jobs", type=click.IntRange(min=0), default=1, show_default=True, help=t("scan.jobs"))
@click.option("--fail-on", type=click.Choice(["lead"]), help=t("scan.fail_on"))
@click.option("--resume", is_flag=True, help=t("scan.resume"))
@click.option("--workers", is_flag=True, help=t("scan.workers"))
@click.option("--all", "everything", is_flag=True, help=t("scan.all"))
@column
@click.option("--explain", is_flag=True, help=t("scan.explain"))
@click.pass_context
def scan(
    ctx: click.Context, /, inputs: tuple[str, ...], form: str, columns: tuple[str, ...], **options: object
) -> int:
    """Judge the inputs; returns the exit code."""
    from crawler.feeds import read_live
    from crawler.feeds.columns import column_names
    from workers.pipeline import Tally

    settings = settings_of(ctx)
    out = options["out"]
    out = str(out) if out is not None else None
    if options["resume"] and out is None:
        raise click.UsageError(t("scan.needs_out"))
    if out is not None and any(_same(out, path) for path in inputs):
        raise click.UsageError(t("scan.out_is_input", path=out))
    if options["workers"]:
        from workers.client import check_broker

        check_broker(settings)
    done = keep_lines(Path(out)) if options["resume"] and out else 0
    tally = Tally(saving=bool(options["save"]))
    explainer = open_explainer(settings.detection) if options["explain"] else None
    items = read_live(
        inputs,
        settings=settings.crawl,
        besides=Path(out) if out else None,
        columns=given_columns(columns, fields=tuple(column_names())),
    )
    jobs, workers = int(str(options["jobs"])), bool(options["workers"])
    stream = _judged(_after(done, items), settings, jobs=jobs, workers=workers)
    if options["save"]:
        from workers.save import saved

        stream = saved(stream, settings, job="scan")
    stream = progress(stream, t("scan.progress"), weigh=len)
    with closing_counts(tally, resumable="resumable" if out is not None else "needs_out"):
        if form == "jsonl" or out is not None:
            _write(stream, tally, out, append=done > 0, explainer=explainer)
        else:
            _tabulate(stream, tally, everything=bool(options["everything"]), explainer=explainer)
    if tally.failed:
        return 3
    return 1 if options["fail_on"] == "lead" and tally.leads else 0


def _same(out: str, path: str) -> bool:
    """Whether writing ``out`` would overwrite the input ``path``."""
    try:
        return Path(out).is_file() and Path(out).samefile(path)
    except (OSError, ValueError):
        return False


def _judged(
    items: Iterator[FeedItem | None], settings: Settings, *, jobs: int, workers: bool
) -> Iterator[tuple[Judged, ...]]:
    from workers.judge import cores, judge_runs
    from workers.pipeline import today

    if workers:
        from workers.client import judge_by_workers

        return judge_by_workers(items, settings, idle=lambda: say(t("scan.no_worker")))
    jobs = jobs or cores()
    if jobs > 1:
        from workers.processes import judge_in_processes

        return judge_in_processes(items, settings.detection, jobs=jobs, today=today())
    from nlp.analyse import load_engine

    return judge_runs(items, load_engine(settings.detection), today=today())


def _after(done: int, items: Iterator[FeedItem | None]) -> Iterator[FeedItem | None]:
    """``items`` without the first ``done`` ones."""
    for item in items:
        if done and item is not None:
            done -= 1
            continue
        yield item


def _write(
    stream: Iterator[tuple[Judged, ...]],
    tally: Tally,
    out: str | None,
    *,
    append: bool,
    explainer: Explainer | None,
) -> None:
    from workers.verdict import verdict_of

    made = explainer.verdict if explainer else verdict_of
    with sink(out, append=append) as target:
        for run in stream:
            try:
                target.write(b"".join(json_line(made(judged)) for judged in run))
            except OSError:
                tally.lost(run)
                raise
            tally.add_all(run)


def _tabulate(
    stream: Iterator[tuple[Judged, ...]], tally: Tally, *, everything: bool, explainer: Explainer | None
) -> None:
    """Print a table; where the input pauses, what there is by then, and another table later."""
    rows, shown = _verdict_table(), False
    try:
        for run in stream:
            for judged in run:
                if add_row(rows, judged, everything=everything) and explainer:
                    explainer.add_rows(rows, judged)
            tally.add_all(run)
            if rows.row_count and not run:
                show(rows)
                rows, shown = _verdict_table(), True
    finally:
        if rows.row_count:
            show(rows)
    if not rows.row_count and not shown:
        click.echo(t("table.none"))


def _verdict_table() -> Table:
    return table("id", "score", "categories", "stance", "words", "contacts")


def add_row(rows: Table, judged: Judged, *, everything: bool) -> bool:
    """Add a judged item to a table: leads and items for review; failures always; the rest on request.

    Answers whether a verdict was added.
    """
    from workers.verdict import shown_contacts, telling

    analysis = judged.analysis
    if analysis is None:
        if everything or not judged.item.rejected:
            mark = (
                f"[dim]{t('table.rejected')}[/]" if judged.item.rejected else f"[red]{t('table.failed')}[/]"
            )
            why = f"{reason(judged.item.reason)}: {judged.item.error}"
            rows.add_row(plain(judged.item.ref, 90), "", mark, "", plain(why, 120), "")
        return False
    if not (analysis.lead or analysis.review or everything):
        return False
    mark = "bold red" if analysis.lead else "yellow" if analysis.review else "dim"
    words = [finding.matched for finding in telling(analysis)]
    rows.add_row(
        plain(judged.item.ref, 90),
        f"[{mark}]{analysis.score.probability:.3f}[/]",
        " ".join(t(f"category.{category}") for category in analysis.categories[:3]),
        t(f"stance.{analysis.stance}")
        + ("" if analysis.lead or not analysis.review else f" ({t('table.review')})"),
        joined(words),
        joined([f"{contact.platform} {contact.raw}" for contact in shown_contacts(analysis)]),
    )
    return True
