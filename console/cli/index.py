"""``xiansuo index``: counts, upgrade, and another try for what the index refused."""

from __future__ import annotations

import click

from console.cli.output import plain, print_json
from console.cli.settings import settings_of
from console.i18n import t


@click.group(help=t("help.index"))
def index() -> None:
    """The group of index commands."""


@index.command("stats", help=t("index.stats"))
@click.pass_context
def stats(ctx: click.Context, /) -> int:
    """Counts of hits, leads and audit entries."""
    from workers.save import open_evidence

    with open_evidence(settings_of(ctx)) as evidence:
        print_json(evidence.store.stats())
    return 0


@index.command("migrate", help=t("index.migrate"))
@click.pass_context
def migrate(ctx: click.Context, /) -> int:
    """Opening an index brings it to the present version; this says what it holds after."""
    return int(ctx.invoke(stats))


@index.command("retry", help=t("index.retry"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def retry(ctx: click.Context, /, as_json: bool) -> int:
    """Hand the refused hits to the index again; exit code 3 while some are left."""
    from workers.save import open_evidence, retry_refused

    with open_evidence(settings_of(ctx)) as evidence:
        outcome = retry_refused(evidence)
    if as_json:
        print_json(outcome)
    else:
        click.echo(t("index.retried", indexed=outcome.indexed, left=len(outcome.left)))
        for hit_id, reason in outcome.left:
            click.echo(f"  {plain(hit_id) or '?'}: {plain(reason, 200)}")
    return 3 if outcome.left else 0
