"""``xiansuo leads``: list and show leads; the steps on them are in ``reviewing.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.lead_view import show_basis, show_hit
from console.cli.output import plain, print_json, show, show_verification, table
from console.cli.reviewing import MOST_NAMED, STEPS, find_lead
from console.cli.settings import settings_of
from console.i18n import language, t
from console.shown import lead_name
from evidence.lead import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.hit import Hit
    from evidence.lead import AuditEntry, Lead

MOST_HITS = 20


@click.group(help=t("help.leads"))
def leads() -> None:
    """The group of lead commands."""


@leads.command("list", help=t("leads.list"))
@click.option("--state", type=click.Choice(STATES), default=None, help=t("leads.state"))
@click.option("--category", default="", help=t("leads.category"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def list_leads(ctx: click.Context, /, state: str | None, category: str, as_json: bool) -> int:
    """Every lead, what to look at first before the rest, what is suppressed last."""
    from evidence.clock import in_beijing, utc_now
    from evidence.spread import current_priority, is_suppressed, ranked
    from workers.save import open_evidence

    settings, now = settings_of(ctx), utc_now()
    least = settings.evidence.everywhere_from
    with open_evidence(settings) as evidence:
        stored = evidence.store.leads(state=state or "", category=category)
        found = ranked(stored, now=now, everywhere_from=least)
    if as_json:
        print_json(found)
        return 0
    if not found:
        click.echo(t("leads.none"))
        return 0
    rows = table("id", "state", "priority", "subject", "categories", "hits", "last_seen")
    for lead in found:
        hidden = is_suppressed(lead, everywhere_from=least)
        rows.add_row(
            lead.id[:12],
            t("leads.suppressed", sites=len(lead.carriers)) if hidden else t(f"state.{lead.state}"),
            f"{current_priority(lead, now=now):.3f}",
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
    from evidence.spread import is_suppressed
    from evidence.verify import verify_lead
    from workers.save import open_evidence

    settings = settings_of(ctx)
    with open_evidence(settings) as evidence:
        lead = find_lead(evidence.store, lead_id)
        hits = list(evidence.store.get_many(lead.hit_ids))
        steps = history(evidence.store, lead.id)
        proof = verify_lead(evidence.store, evidence.blobs, lead.id)
    hidden = is_suppressed(lead, everywhere_from=settings.evidence.everywhere_from)
    cited = citations(dict.fromkeys(name for hit in hits for name in hit.basis))
    if as_json:
        print_json(
            {
                "lead": lead,
                "hits": [_told(hit) for hit in hits],
                "basis": cited,
                "history": steps,
                "verified": proof.ok,
                "suppressed": hidden,
                "listed": listed(hits),
            }
        )
        return 0
    click.echo(f"{lead.id}  {t(f'state.{lead.state}')}  {subject_of(lead)}")
    _show_grouping(lead, hits, hidden=hidden)
    for hit in hits[:MOST_HITS]:
        show_hit(hit)
    if len(hits) > MOST_HITS:
        click.echo(f"\n  {t('leads.more_hits', count=len(hits) - MOST_HITS)}")
    show_basis(cited)
    click.echo("")
    show_verification(proof, lead.id[:12])
    _show_history(steps)
    return 0


def _show_grouping(lead: Lead, hits: Sequence[Hit], *, hidden: bool) -> None:
    """What people and the spread of its subject make of a lead, and whom its hits name in vain."""
    if hidden:
        click.echo(f"  {t('leads.suppressed_why', sites=len(lead.carriers))}")
    if lead.into:
        click.echo(f"  {t('leads.merged_into', id=lead.into[:12])}")
    if lead.parted_from:
        click.echo(f"  {t('leads.parted_from', id=lead.parted_from[:12])}")
    for other in lead.joined:
        click.echo(f"  {t('leads.joined', id=other[:12])}")
    for name in dict.fromkeys(to for _, to in lead.apart):
        click.echo(f"  {t('leads.apart', count=sum(to == name for _, to in lead.apart), id=name[:12])}")
    if hosts := listed(hits):
        click.echo(f"  {t('leads.listed', hosts=', '.join(plain(host, 40) for host in hosts[:MOST_NAMED]))}")


def listed(hits: Sequence[Hit]) -> list[str]:
    """Hosts that the hits send people to and that group nothing, being listed as everywhere."""
    from evidence.subjects import listed_hosts

    return sorted({host for hit in hits for host in listed_hosts(hit)})


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


def subject_of(lead: Lead) -> str:
    """A lead's subject in words: what names it, or its first hit's words where nothing does."""
    return f"{t(f'web.subject_{lead.subject.kind}')} {plain(lead_name(lead, language()), 48)}"


for step in STEPS:
    leads.add_command(step)
