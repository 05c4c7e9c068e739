"""``xiansuo eval``: measure detection on labelled data."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.output import print_json
from console.cli.settings import settings_of
from console.i18n import t


@click.command("eval", help=t("help.eval"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def evaluate(ctx: click.Context, /, file: str, as_json: bool) -> int:
    """Print every figure with its interval."""
    from nlp.analyse import load_engine
    from nlp.training.evaluate import evaluate_file
    from nlp.training.evaluation import as_text

    result = evaluate_file(Path(file), load_engine(settings_of(ctx).detection))
    if as_json:
        print_json(result)
    else:
        click.echo(as_text(result))
    return 0
