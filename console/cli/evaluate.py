"""``xiansuo eval``: measure detection on labelled data, as it is or disguised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.columns import column, given_columns
from console.cli.output import json_line, print_json, progress, say, sink
from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from nlp.analyse import Engine
    from nlp.training.evaluation import Evaluation
    from nlp.training.faults import Fault
    from nlp.training.texts import Labelled

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("eval", help=t("help.eval"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--attacks", is_flag=True, help=t("eval.attacks"))
@column
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.option("--report", type=FILE, help=t("eval.report"))
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help=t("eval.plots"))
@click.option("--errors", type=FILE, help=t("eval.errors"))
@click.pass_context
def evaluate(
    ctx: click.Context,
    /,
    file: Path,
    attacks: bool,
    as_json: bool,
    columns: tuple[str, ...],
    **targets: Path | None,
) -> int:
    """Print every figure with its interval, or a row for every attack; write what else is asked for."""
    from nlp.analyse import load_engine
    from nlp.training.rows import FIELDS
    from nlp.training.texts import read_labelled

    if attacks and any(targets.values()):
        raise click.UsageError(t("eval.not_with_attacks"))
    settings = settings_of(ctx)
    texts = read_labelled(file, given_columns(columns, fields=FIELDS))
    engine = load_engine(settings.detection)
    result, words = _attacked(texts, engine) if attacks else _measured(texts, engine, targets)
    if as_json:
        print_json(result)
    else:
        click.echo(words)
    return 0


def _measured(texts: list[Labelled], engine: Engine, targets: dict[str, Path | None]) -> tuple[object, str]:
    from nlp.training.evaluate import judge_texts, measure
    from nlp.training.evaluation import as_text
    from nlp.training.faults import find_faults

    analyses = judge_texts(texts, engine)
    result = measure(texts, analyses)
    _write(result, find_faults(texts, analyses), targets)
    return result, as_text(result)


def _write(result: Evaluation, faults: list[Fault], targets: dict[str, Path | None]) -> None:
    from nlp.training.pictures import write_pictures
    from nlp.training.report import render_report

    errors, report, plots = (targets[name] for name in ("errors", "report", "plots"))
    if errors:
        with sink(str(errors)) as target:
            target.write(b"".join(json_line(fault) for fault in faults))
        say(t("eval.written", path=errors))
    if report:
        page = render_report(result, faults).encode("utf-8", "replace")
        with sink(str(report)) as target:
            target.write(page)
        say(t("eval.written", path=report))
    if plots:
        for path in write_pictures(result, plots):
            say(t("eval.written", path=path))


def _attacked(texts: list[Labelled], engine: Engine) -> tuple[object, str]:
    from nlp.training.robustness import as_table, measure_attacks

    result = measure_attacks(texts, engine, watch=lambda names: progress(names, t("eval.attacking")))
    return result, as_table(result)
