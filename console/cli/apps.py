"""``xiansuo apps``: collect app listings, and look after the parsers that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.output import print_json, say, show, table
from console.cli.settings import settings_of
from console.i18n import reason, t

if TYPE_CHECKING:
    from crawler.canary import Reading


class _Apps(click.Group):
    """A group whose first word may be an app: then the command is the default one."""

    default = "collect"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Apps, help=t("help.apps"), subcommand_metavar="APP_OR_LISTING... | COMMAND")
def apps() -> None:
    """The group of app commands."""


@apps.command(_Apps.default, help=t("apps.collect"))
@click.argument("targets", metavar="APP_OR_LISTING...", nargs=-1, required=True)
@click.option("--out", type=click.Path(dir_okay=False), help=t("crawl.out"))
@click.pass_context
def collect_apps(ctx: click.Context, /, targets: tuple[str, ...], out: str | None) -> int:
    """Collect listings and save the hits."""
    from console.cli.collect import collect
    from crawler.apps import collect_listings

    return collect(settings_of(ctx), collect_listings, targets, out, job="apps")


@apps.command(help=t("apps.canary"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def canary(ctx: click.Context, /, as_json: bool) -> int:
    """Exit with 3 where a parser has drifted or a live page could not be had."""
    from crawler.canary import read_canaries

    settings = settings_of(ctx).crawl
    readings = list(read_canaries(settings.canary, settings=settings))
    drifted = [reading for reading in readings if reading.drifted]
    if as_json:
        print_json(readings)
    else:
        _show_readings(readings)
    if not settings.canary:
        say(t("apps.canary_no_live"))
    if not drifted:
        say(t("apps.canary_fine", count=len(readings)))
        return 0
    say(t("apps.canary_drifted", drifted=len(drifted), count=len(readings)))
    return 3


def _show_readings(readings: list[Reading]) -> None:
    rows = table("parser", "page", "missing", "changed", "reason")
    for reading in readings:
        rows.add_row(
            reading.parser,
            reading.place,
            ", ".join(reading.missing),
            ", ".join(reading.changed),
            reason(reading.reason) if reading.reason else "",
        )
    show(rows)
