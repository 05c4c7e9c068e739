"""``xiansuo index`` and ``xiansuo purge``."""

from __future__ import annotations

import click

from console.cli.output import print_json
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
