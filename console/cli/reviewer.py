"""``xiansuo reviewer``: entries of ``[[evidence.reviewers]]``, so that steps are taken by known persons."""

from __future__ import annotations

import json
import secrets

import click

from console.cli.output import say
from console.cli.settings import settings_of
from console.i18n import t

TOKEN_BYTES = 24
LEAST_CHARACTERS = 12


@click.group(help=t("help.reviewer"))
def reviewer() -> None:
    """The group of reviewer commands."""


@reviewer.command("add", help=t("reviewer.add"))
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    "roles",
    type=click.Choice(["reviewer", "approver"]),
    multiple=True,
    default=("reviewer",),
    show_default=True,
    help=t("reviewer.role"),
)
@click.option("--password", is_flag=True, help=t("reviewer.password"))
@click.pass_context
def add(ctx: click.Context, /, name: str, roles: tuple[str, ...], password: bool) -> int:
    """Print the entry on standard output, which can be appended to the configuration as it is."""
    from evidence.names import LONGEST_NAME, clean_name
    from evidence.reviewers import person_called, secret_hash

    name = clean_name(name)
    if not name:
        raise click.BadParameter(t("reviewer.name"), param_hint="NAME")
    if len(name) > LONGEST_NAME:
        raise click.BadParameter(t("reviewer.long", most=LONGEST_NAME), param_hint="NAME")
    if person_called(settings_of(ctx).evidence.reviewers, name) is not None:
        raise click.UsageError(t("reviewer.taken", name=name))
    secret = _password() if password else secrets.token_urlsafe(TOKEN_BYTES)
    shown = ", ".join(json.dumps(role) for role in dict.fromkeys(roles))
    click.echo(
        f"\n[[evidence.reviewers]]\nname = {json.dumps(name, ensure_ascii=False)}\nroles = [{shown}]\n"
        f'secret_hash = "{secret_hash(secret)}"'
    )
    if not password:
        say(t("reviewer.token", name=name, token=secret))
    return 0


def _password() -> str:
    typed: str = click.prompt(t("reviewer.ask"), hide_input=True, confirmation_prompt=True, err=True)
    if len(typed) < LEAST_CHARACTERS:
        raise click.UsageError(t("reviewer.short", least=LEAST_CHARACTERS))
    return typed
