"""The command line. Commands are listed here and imported when they are called, so that help is instant."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from console.cli.wording import speak_our_language
from console.i18n import t, translated

speak_our_language()

COMMANDS = {
    "scan": "console.cli.scan:scan",
    "crawl": "console.cli.collect:crawl",
    "apps": "console.cli.apps:apps",
    "ads": "console.cli.collect:ads",
    "search": "console.cli.search:search",
    "leads": "console.cli.leads:leads",
    "graph": "console.cli.graph:graph",
    "report": "console.cli.report:report",
    "verify": "console.cli.report:verify",
    "eval": "console.cli.evaluate:evaluate",
    "lexicon": "console.cli.lexicon:lexicon",
    "doctor": "console.cli.doctor:doctor",
    "serve": "console.cli.serve:serve",
    "worker": "console.cli.worker:worker",
    "schedule": "console.cli.worker:schedule",
    "index": "console.cli.index:index",
    "purge": "console.cli.purge:purge",
    "reviewer": "console.cli.reviewer:reviewer",
}


class _Commands(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(translated("click", "Commands")):
            formatter.write_dl([(name, t(f"help.{name}")) for name in COMMANDS])


@click.group(cls=_Commands, help=t("help.main"), context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(exists=True, dir_okay=False), help=t("help.config"))
@click.option("--verbose", "-v", is_flag=True, help=t("help.verbose"))
@click.version_option(package_name="xiansuo", prog_name="xiansuo", help=t("help.version"))
@click.pass_context
def cli(ctx: click.Context, config: str | None, verbose: bool) -> None:
    """Carry the global options to the command."""
    ctx.obj = {"config": config, "verbose": verbose}


def _give_up_output() -> None:
    """Flush standard output; where that fails, leave the rest, or the interpreter would fail on it again."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main() -> None:
    """Run the command line; errors of ours become one line on standard error and exit code 2 or 3."""
    from console.cli.errors import exit_code

    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    if sys.stdout is None:
        click.echo(f"{t('error.prefix')}: {t('error.no_stdout')}", err=True)
        sys.exit(3)
    verbose = "-v" in sys.argv or "--verbose" in sys.argv
    try:
        code = cli.main(prog_name="xiansuo", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.exceptions.Abort:
        code = 130
    except Exception as error:
        if verbose:
            raise
        code = exit_code(error)
    finally:
        _give_up_output()
    sys.exit(code if isinstance(code, int) else 0)
