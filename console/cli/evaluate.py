"""``xiansuo eval``: measure detection on labelled data, as it is or disguised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.output import print_json, progress
from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from nlp.analyse import Engine


@click.command("eval", help=t("help.eval"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--attacks", is_flag=True, help=t("eval.attacks"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def evaluate(ctx: click.Context, /, file: str, attacks: bool, as_json: bool) -> int:
    """Print every figure with its interval, or a row for every attack."""
    from nlp.analyse import load_engine

    engine = load_engine(settings_of(ctx).detection)
    result, words = _attacked(Path(file), engine) if attacks else _measured(Path(file), engine)
    if as_json:
        print_json(result)
    else:
        click.echo(words)
    return 0


def _measured(file: Path, engine: Engine) -> tuple[object, str]:
    from nlp.training.evaluate import evaluate_file
    from nlp.training.evaluation import as_text

    result = evaluate_file(file, engine)
    return result, as_text(result)


def _attacked(file: Path, engine: Engine) -> tuple[object, str]:
    from nlp.training.robustness import as_table, measure_attacks
    from nlp.training.texts import read_labelled

    result = measure_attacks(
        read_labelled(file), engine, watch=lambda names: progress(names, t("eval.attacking"))
    )
    return result, as_table(result)
