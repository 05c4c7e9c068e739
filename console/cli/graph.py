"""``xiansuo graph``: why the hits around a lead belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from console.cli.output import plain, say, show, sink, table
from console.cli.reviewing import find_lead
from console.cli.settings import settings_of
from console.i18n import language, t

if TYPE_CHECKING:
    from evidence.campaigns import Campaign
    from evidence.graph import Graph


@click.command(help=t("help.graph"))
@click.argument("lead_id", metavar="LEAD")
@click.option("--png", "form", flag_value="png", help=t("graph.png"))
@click.option("--svg", "form", flag_value="svg", help=t("graph.svg"))
@click.option("--graphml", "form", flag_value="graphml", help=t("graph.graphml"))
@click.option("--json", "form", flag_value="json", help=t("help.json"))
@click.option("--out", type=click.Path(dir_okay=False), help=t("report.out"))
@click.pass_context
def graph(ctx: click.Context, /, lead_id: str, form: str | None, out: str | None) -> int:
    """Say, or draw, what the hits around a lead share."""
    from evidence.campaigns import campaign
    from evidence.graph import graph_of
    from workers.save import open_evidence

    if form == "png" and out is None:
        raise click.UsageError(t("report.needs_out", form=form))
    settings = settings_of(ctx)
    with open_evidence(settings) as evidence:
        lead = find_lead(evidence.store, lead_id)
        found = campaign(evidence.store, lead, everywhere_from=settings.evidence.everywhere_from)
    drawn = graph_of(found)
    if form is not None:
        body = _rendered(drawn, form)
        with sink(out) as stream:
            stream.write(body)
        if out is not None:
            say(t("report.written", path=out, size=len(body)))
        return 0
    _tell(found, drawn)
    return 0


def _tell(found: Campaign, drawn: Graph) -> None:
    from console.picture import kind_name, name
    from evidence.campaigns import ALIKE, reasons

    click.echo(t("graph.found", hits=len(found.hits), subjects=len(found.subjects), left=found.left_out))
    nodes, shared = {node.id: node for node in drawn.nodes}, reasons(found)
    rows = table("id", "subject", "kind", "hits")
    for each, count in shared:
        kind = kind_name(each.subject.kind, language())
        rows.add_row(each.lead_id[:12], plain(name(nodes[each.lead_id], language()), 48), kind, str(count))
    if shared:
        show(rows)
    if alike := sum(tie.why == ALIKE for tie in found.ties):
        click.echo(t("graph.alike_pairs", count=alike))
    elif not shared:
        click.echo(t("graph.none"))


def _rendered(drawn: Graph, form: str) -> bytes:
    from console.picture import png, svg
    from evidence.graph import graphml

    if form == "png":
        return png(drawn, language())
    if form == "svg":
        return svg(drawn, language()).encode("utf-8", "replace")
    return graphml(drawn) if form == "graphml" else msgspec.json.encode(drawn) + b"\n"
