"""``xiansuo leads review|undo|merge|split``: steps that people take on leads."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from console.cli.output import plain, say
from console.cli.settings import settings_of
from console.i18n import t
from evidence.audit import UNDO
from evidence.grouping import MERGE, SPLIT
from evidence.review import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.lead import Lead
    from evidence.store.protocol import EvidenceStore
    from workers.settings import Settings

MOST_NAMED = 5
TOKEN_VARIABLE = "XIANSUO_REVIEWER_TOKEN"
Command = TypeVar("Command", bound="Callable[..., int]")


def who_and_why(command: Command) -> Command:
    """The options of every step: its reason, and the person who takes it."""
    named = click.option("--as", "actor", default="", help=t("leads.actor"))(command)
    return click.option("--reason", required=True, help=t("leads.reason"))(named)


@click.command("review", help=t("leads.review"))
@click.argument("lead_id", metavar="LEAD")
@click.argument("action", type=click.Choice(ACTIONS))
@who_and_why
@click.option("--receipt", default="", help=t("leads.receipt"))
@click.pass_context
def review_lead(
    ctx: click.Context, /, lead_id: str, action: str, reason: str, actor: str, receipt: str
) -> int:
    """Take one step of the review."""
    return _take(settings_of(ctx), lead_id, Wanted(action, reason, actor, receipt))


@click.command("undo", help=t("leads.undo"))
@click.argument("lead_id", metavar="LEAD")
@who_and_why
@click.pass_context
def undo(ctx: click.Context, /, lead_id: str, reason: str, actor: str) -> int:
    """Take back the last step that holds, by a further step."""
    return _take(settings_of(ctx), lead_id, Wanted(UNDO, reason, actor))


@click.command("merge", help=t("leads.merge"))
@click.argument("target", metavar="LEAD")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@who_and_why
@click.pass_context
def merge(ctx: click.Context, /, target: str, others: tuple[str, ...], reason: str, actor: str) -> int:
    """Merge other leads into one: their hits, those to come too, go there. Undo on each takes it back."""
    from workers.save import open_evidence

    settings = settings_of(ctx)
    with open_evidence(settings) as evidence:
        into = find_lead(evidence.store, target).id
        going = [find_lead(evidence.store, other).id for other in others]
    for other in going:
        _take(settings, other, Wanted(MERGE, reason, actor, about=(into,)))
        say(t("leads.merged", id=other[:12], into=into[:12]))
    return 0


@click.command("split", help=t("leads.split"))
@click.argument("lead_id", metavar="LEAD")
@click.argument("hits", metavar="HIT...", nargs=-1, required=True)
@who_and_why
@click.pass_context
def split(ctx: click.Context, /, lead_id: str, hits: tuple[str, ...], reason: str, actor: str) -> int:
    """Split hits of a lead off into a lead of their own. Undo takes it back."""
    from evidence.grouping import part_id
    from workers.save import open_evidence

    settings = settings_of(ctx)
    with open_evidence(settings) as evidence:
        lead = find_lead(evidence.store, lead_id)
    going = tuple(_hit_of(lead, hit) for hit in hits)
    _take(settings, lead.id, Wanted(SPLIT, reason, actor, about=going))
    click.echo(part_id(lead.id, set(going)))
    return 0


def _hit_of(lead: Lead, name: str) -> str:
    """The hit of a lead whose id is or begins with ``name``. Raises UsageError where none or several fit."""
    fitting = [hit for hit in lead.hit_ids if hit.startswith(name)]
    if name in fitting or len(fitting) == 1:
        return name if name in fitting else fitting[0]
    raise click.UsageError(t("leads.no_hit", id=plain(name), count=len(fitting)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step as typed: who acts may be left to the settings."""

    action: str
    reason: str
    actor: str
    receipt: str = ""
    about: tuple[str, ...] = ()


def _take(settings: Settings, lead_id: str, wanted: Wanted) -> int:
    from evidence.review import Step, take
    from evidence.reviewers import identify
    from workers.save import open_evidence

    with open_evidence(settings) as evidence:
        before = find_lead(evidence.store, lead_id)
        name, people = wanted.actor or operator(settings), settings.evidence.reviewers
        who = identify(people, name, _token(name)) if people else None
        step = Step(before.id, wanted.action, name, wanted.reason, wanted.receipt, who, wanted.about)
        after = take(evidence.store, evidence.blobs, step, people=people)
    say(t("leads.done", id=after.id[:12], before=t(f"state.{before.state}"), after=t(f"state.{after.state}")))
    if who is None:
        say(t("leads.unidentified"))
    return 0


def _token(name: str) -> str:
    """The secret of the person who acts: from the environment, else typed where somebody can type."""
    given = os.environ.get(TOKEN_VARIABLE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(t("leads.no_token", name=plain(name)))
    typed: str = click.prompt(t("leads.token", name=plain(name)), hide_input=True, err=True)
    return typed


def operator(settings: Settings) -> str:
    """Who acts where ``--as`` does not say."""
    return settings.evidence.operator or getpass.getuser()


def find_lead(store: EvidenceStore, lead_id: str) -> Lead:
    """The lead whose id is or begins with ``lead_id``. Raises UsageError where none or several fit."""
    from evidence.leads import leads_called

    fitting = leads_called(store, lead_id)
    if not fitting:
        raise click.UsageError(t("leads.unknown", id=plain(lead_id)))
    if len(fitting) > 1:
        named = ", ".join(lead.id[:12] for lead in fitting[:MOST_NAMED])
        more = "…" if len(fitting) > MOST_NAMED else ""
        raise click.UsageError(t("leads.ambiguous", id=plain(lead_id), count=len(fitting), ids=named + more))
    return fitting[0]


STEPS = (review_lead, undo, merge, split)
