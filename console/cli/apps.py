"""``xiansuo apps``: collect app listings, and look after the parsers that read them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import click

from console.cli.output import plain, print_json, say, show, table
from console.cli.settings import settings_of
from console.i18n import has, reason, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.canary import Reading
    from evidence.listings import ListingVersion
    from workers.listings import ListingDiff

MOST_SHOWN = 400
"""Characters of a field or of words that are shown of a change."""


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


@apps.command(help=t("apps.diff"))
@click.argument("package", metavar="PACKAGE")
@click.option("--store", default="", help=t("apps.diff_store"))
@click.option("--all", "everything", is_flag=True, help=t("apps.diff_all"))
@click.option("--fail-on", type=click.Choice(["promotes"]), help=t("apps.diff_fail_on"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def diff(ctx: click.Context, /, package: str, store: str, everything: bool, **options: object) -> int:
    """Exit with 3 where no version is kept, with 1 where ``--fail-on`` says so."""
    from evidence.listings import read_versions

    settings = settings_of(ctx)
    versions = [one for one in read_versions(settings.data, package) if store in ("", one.listing.store)]
    if not versions:
        say(t("apps.no_versions", app=plain(package)))
        return 3
    pairs = [pair for one in _by_store(versions) for pair in _pairs(one, everything=everything)]
    made: list[ListingDiff] = []
    if pairs:
        from nlp.analyse import load_engine
        from workers.listings import compare_versions

        engine = load_engine(settings.detection)
        made = [compare_versions(before, after, engine) for before, after in pairs]
    if options["as_json"]:
        print_json(made)
    else:
        for one in made:
            _show_diff(one)
    return 1 if options["fail_on"] and any(one.promotes for one in made) else 0


def _by_store(versions: Sequence[ListingVersion]) -> list[list[ListingVersion]]:
    stores = dict.fromkeys(one.listing.store for one in versions)
    return [[one for one in versions if one.listing.store == store] for store in stores]


def _pairs(
    versions: list[ListingVersion], *, everything: bool
) -> list[tuple[ListingVersion, ListingVersion]]:
    """Neighbouring versions in one store, all or the last two; a store's only version is told."""
    from evidence.clock import in_beijing

    if len(versions) == 1:
        (only,) = versions
        say(t("apps.one_version", app=plain(only.key), store=only.listing.store, at=in_beijing(only.seen_at)))
    pairs = list(pairwise(versions))
    return pairs if everything else pairs[-1:]


def _show_diff(one: ListingDiff) -> None:
    from evidence.clock import in_beijing

    click.echo(
        t("apps.between", store=one.store, before=in_beijing(one.before_at), after=in_beijing(one.after_at))
    )
    rows = table("field", "before", "after")
    for field in one.fields:
        rows.add_row(field.name, plain(field.before, MOST_SHOWN), plain(field.after, MOST_SHOWN))
    show(rows)
    for key, words in (("added", one.added), ("removed", one.removed)):
        if words:
            click.echo(t(f"apps.{key}", words=plain(" | ".join(words), MOST_SHOWN)))
    scores = {"before": f"{one.score_before:.2f}", "after": f"{one.score_after:.2f}"}
    if one.promotes:
        keys = {name: f"category.{name}" for name in one.categories}
        named = ", ".join(t(key) if has(key) else name for name, key in keys.items())
        click.echo(t("apps.promotes", alone=f"{one.new_score:.2f}", categories=named or "-", **scores))
    else:
        click.echo(t("apps.no_promotion", **scores))
