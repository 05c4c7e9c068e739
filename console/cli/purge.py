"""``xiansuo purge``: remove evidence whose time is up, and the folders of crawl runs of that age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from console.cli.output import plain, print_json, show, table
from console.cli.reviewing import operator
from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from datetime import date, datetime

    from evidence.purge import PurgePlan
    from workers.save import Evidence


@click.command(help=t("help.purge"))
@click.option("--dry-run", is_flag=True, help=t("purge.dry_run"))
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help=t("purge.before"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def purge(ctx: click.Context, /, dry_run: bool, before: datetime | None, as_json: bool) -> int:
    """Remove hits that are past their date, the proof that only they had, and old crawl runs."""
    from evidence.purge import plan_purge, with_runs
    from evidence.purge import purge as carry_out
    from evidence.retention import cutoff
    from workers.dead_letters import captures_of_letters
    from workers.old_runs import old_runs, remove_runs
    from workers.pipeline import today
    from workers.save import open_evidence

    settings = settings_of(ctx)
    day: date = before.date() if before else cutoff(today(), days=settings.evidence.retention_days)
    with open_evidence(settings) as evidence:
        keep = captures_of_letters(settings.data)
        plan = plan_purge(evidence.store, evidence.blobs, before=day, keep=keep)
        runs = old_runs(settings.data, before=day)
        plan = with_runs(plan, [run.name for run in runs], sum(run.bytes for run in runs))
        if not as_json:
            _list(plan, evidence)
        entry = None
        if not (dry_run or plan.empty):
            entry = carry_out(evidence.store, evidence.blobs, plan, actor=operator(settings))
        if not dry_run:
            remove_runs(settings.data, runs, before=day)
    if as_json:
        told = msgspec.to_builtins(plan.receipt)
        print_json({"dry_run": dry_run, **told, "audit": entry.sequence if entry else None})
        return 0
    receipt = plan.receipt
    click.echo(
        t(
            "purge.none" if plan.empty else "purge.would" if entry is None else "purge.done",
            before=receipt.before,
            hits=len(receipt.hits),
            leads=len(receipt.leads),
            captures=len(receipt.captures),
            blobs=receipt.blobs,
            size=receipt.bytes,
            runs=len(receipt.runs),
            run_size=receipt.run_bytes,
        )
    )
    return 0


def _list(plan: PurgePlan, evidence: Evidence) -> None:
    """The hits that go, each with its address and when it was first seen."""
    if not plan.receipt.hits:
        return
    rows = table("id", "url", "when")
    for hit in evidence.store.get_many(plan.receipt.hits):
        rows.add_row(hit.id[:12], plain(hit.document.url or hit.ref, 80), plain(hit.seen_at))
    show(rows)
