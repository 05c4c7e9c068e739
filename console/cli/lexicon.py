"""``xiansuo lexicon``: check and show what the program knows."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.output import plain, print_json
from console.cli.settings import settings_of
from console.i18n import t


@click.group(help=t("help.lexicon"))
def lexicon() -> None:
    """The group of lexicon commands."""


@lexicon.command("check", help=t("lexicon.check"))
@click.argument("folder", type=click.Path(exists=True, file_okay=False), required=False)
@click.pass_context
def check(ctx: click.Context, /, folder: str | None) -> int:
    """Every problem with file and line; exit code 3 where there are some."""
    from nlp.lexicon_check import check_lexicons

    chosen = Path(folder) if folder else settings_of(ctx).detection.lexicons
    found = check_lexicons(chosen)
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.problems:
        return 3
    click.echo(t("lexicon.good", counts=", ".join(f"{name} {count}" for name, count in found.counts.items())))
    return 0


@lexicon.command("show", help=t("lexicon.show"))
@click.argument("term", required=False)
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def show(ctx: click.Context, /, term: str | None, as_json: bool) -> int:
    """Entries that are or contain the term; counts by group without one."""
    from nlp.lexicon_check import describe_entries

    entries = describe_entries(settings_of(ctx).detection.lexicons, term or "")
    if as_json:
        print_json(entries)
        return 0
    if not entries:
        click.echo(t("lexicon.unknown", term=plain(term or "")), err=True)
        return 3
    for entry in entries:
        click.echo("\n".join(f"{name}: {value}" for name, value in entry.items() if value) + "\n")
    return 0
