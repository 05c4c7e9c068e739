"""``xiansuo leads``: list, show and review leads, take a step back."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from console.cli.lead_view import show_basis, show_hit
from console.cli.output import plain, print_json, say, show, show_verification, table
from console.cli.settings import settings_of
from console.i18n import language, t
from console.shown import lead_name
from evidence.lead import STATES
from evidence.review import ACTIONS, UNDO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead
    from evidence.store.protocol import EvidenceStore
    from workers.settings import Settings

MOST_HITS = 20
MOST_NAMED = 5
TOKEN_VARIABLE = "XIANSUO_REVIEWER_TOKEN"


@click.group(help=t("help.leads"))
def leads() -> None:
    """The group of lead commands."""


@leads.command("list", help=t("leads.list"))
@click.option("--state", type=click.Choice(STATES), default=None, help=t("leads.state"))
@click.option("--category", default="", help=t("leads.category"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def list_leads(ctx: click.Context, /, state: str | None, category: str, as_json: bool) -> int:
    """Every lead, strongest first."""
    from evidence.clock import in_beijing
    from workers.save import open_evidence

    with open_evidence(settings_of(ctx)) as evidence:
        found = list(evidence.store.leads(state=state or "", category=category))
    if as_json:
        print_json(found)
        return 0
    if not found:
        click.echo(t("leads.none"))
        return 0
    rows = table("id", "state", "priority", "subject", "categories", "hits", "last_seen")
    for lead in found:
        rows.add_row(
            lead.id[:12],
            t(f"state.{lead.state}"),
            f"{lead.score:.3f}",
            subject_of(lead),
            " ".join(t(f"category.{name}") for name in lead.categories[:3]),
            str(len(lead.hit_ids)),
            in_beijing(lead.last_seen)[:16].replace("T", " "),
        )
    show(rows)
    return 0


@leads.command("show", help=t("leads.show"))
@click.argument("lead_id", metavar="LEAD")
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def show_lead(ctx: click.Context, /, lead_id: str, as_json: bool) -> int:
    """One lead: hits with quotes, proof, history."""
    from evidence.basis import citations
    from evidence.review import history
    from evidence.verify import verify_lead
    from workers.save import open_evidence

    with open_evidence(settings_of(ctx)) as evidence:
        lead = find_lead(evidence.store, lead_id)
        hits = list(evidence.store.get_many(lead.hit_ids))
        steps = history(evidence.store, lead.id)
        proof = verify_lead(evidence.store, evidence.blobs, lead.id)
    cited = citations(dict.fromkeys(name for hit in hits for name in hit.basis))
    if as_json:
        print_json(
            {
                "lead": lead,
                "hits": [_told(hit) for hit in hits],
                "basis": cited,
                "history": steps,
                "verified": proof.ok,
            }
        )
        return 0
    click.echo(f"{lead.id}  {t(f'state.{lead.state}')}  {subject_of(lead)}")
    for hit in hits[:MOST_HITS]:
        show_hit(hit)
    if len(hits) > MOST_HITS:
        click.echo(f"\n  {t('leads.more_hits', count=len(hits) - MOST_HITS)}")
    show_basis(cited)
    click.echo("")
    show_verification(proof, lead.id[:12])
    _show_history(steps)
    return 0


def _told(hit: Hit) -> dict[str, Any]:
    """A hit for other programs: its verdict, its place and the quotes in context."""
    from evidence.report.quotes import quotes_of
    from workers.verdict import verdict

    told = verdict(hit.ref or hit.id, hit.analysis, basis=hit.basis)
    return {**told, "url": hit.document.url, "quotes": quotes_of(hit)[0]}


def _show_history(steps: Sequence[AuditEntry]) -> None:
    from evidence.clock import in_beijing

    for step in steps:
        when, actor = in_beijing(step.at)[:19], plain(step.actor, 20)
        known = t("leads.identified" if step.identified else "leads.unidentified")
        click.echo(f"  {when}  {actor}  ({known})  {t(f'web.{step.action}')}: {plain(step.reason, 80)}")


@leads.command("review", help=t("leads.review"))
@click.argument("lead_id", metavar="LEAD")
@click.argument("action", type=click.Choice(ACTIONS))
@click.option("--reason", required=True, help=t("leads.reason"))
@click.option("--as", "actor", default="", help=t("leads.actor"))
@click.option("--receipt", default="", help=t("leads.receipt"))
@click.pass_context
def review_lead(
    ctx: click.Context, /, lead_id: str, action: str, reason: str, actor: str, receipt: str
) -> int:
    """Take one step of the review."""
    return _take(settings_of(ctx), lead_id, Wanted(action, reason, actor, receipt))


@leads.command("undo", help=t("leads.undo"))
@click.argument("lead_id", metavar="LEAD")
@click.option("--reason", required=True, help=t("leads.reason"))
@click.option("--as", "actor", default="", help=t("leads.actor"))
@click.pass_context
def undo(ctx: click.Context, /, lead_id: str, reason: str, actor: str) -> int:
    """Take back the last step that holds, by a further step."""
    return _take(settings_of(ctx), lead_id, Wanted(UNDO, reason, actor))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step as typed: who acts may be left to the settings."""

    action: str
    reason: str
    actor: str
    receipt: str = ""


def _take(settings: Settings, lead_id: str, wanted: Wanted) -> int:
    from evidence.review import Step, take
    from evidence.reviewers import identify
    from workers.save import open_evidence

    with open_evidence(settings) as evidence:
        before = find_lead(evidence.store, lead_id)
        name, people = wanted.actor or operator(settings), settings.evidence.reviewers
        who = identify(people, name, _token(name)) if people else None
        step = Step(before.id, wanted.action, name, wanted.reason, wanted.receipt, who)
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


def subject_of(lead: Lead) -> str:
    """A lead's subject in words: what names it, or its first hit's words where nothing does."""
    return f"{t(f'web.subject_{lead.subject.kind}')} {plain(lead_name(lead, language()), 48)}"


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
