"""``xiansuo report`` and ``xiansuo verify``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.output import plain, say, show_verification, sink
from console.cli.reviewing import find_lead
from console.cli.settings import settings_of
from console.i18n import t
from evidence.lead import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.report.batch import Period
    from evidence.report.build import ReportOptions
    from evidence.report.model import Lang, Report
    from evidence.verify import Verification
    from workers.save import Evidence
    from workers.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])
CAPTURE_ID = re.compile("[0-9a-f]{32}")
FORMATS = ("json", "csv", "xlsx", "docx", "pdf", "html", "stix", "misp", "bundle", "wacz")
BINARY = ("xlsx", "docx", "pdf", "bundle", "wacz")


@click.command(help=t("help.report"))
@click.argument("lead_ids", metavar="[LEAD...]", nargs=-1)
@click.option("--since", type=DAY, help=t("report.since"))
@click.option("--until", type=DAY, help=t("report.until"))
@click.option("--state", type=click.Choice(STATES), help=t("report.state"))
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="html", show_default=True, help=t("report.format")
)
@click.option("--out", type=click.Path(dir_okay=False), help=t("report.out"))
@click.option("--digest", is_flag=True, help=t("report.digest"))
@click.option("--draft", is_flag=True, help=t("report.draft"))
@click.option("--lang", type=click.Choice(["zh", "en"]), help=t("report.lang"))
@click.option("--reporter", default="", help=t("report.reporter"))
@click.option("--reporter-code", default="", help=t("report.reporter_code"))
@click.option("--reporter-contact", default="", help=t("report.reporter_contact"))
@click.pass_context
def report(
    ctx: click.Context,
    /,
    lead_ids: tuple[str, ...],
    form: str,
    out: str | None,
    draft: bool,
    digest: bool,
    **options: Any,
) -> int:
    """Build one report over the leads and write it. Exit code 3 where only a draft can be made."""
    from evidence.errors import DraftOnly
    from evidence.report.render import render
    from workers.save import open_evidence

    period = _period(lead_ids, options)
    if form in BINARY and out is None:
        raise click.UsageError(t("report.needs_out", form=form))
    if digest and form != "pdf":
        raise click.UsageError(t("report.digest_is_pdf"))
    settings = settings_of(ctx)
    chosen = _chosen(settings, options, draft=draft)
    with open_evidence(settings) as evidence:
        try:
            made = _built(evidence, lead_ids, period, chosen)
        except DraftOnly as error:
            say(f"{t('error.prefix')}: {t('report.draft_only', reason=error)}")
            return 3
        if made is None:
            say(f"{t('error.prefix')}: {t('report.empty')}")
            return 3
        _warn(made)
        body = render(made, form, blobs=evidence.blobs, browser=settings.crawl, digest=digest)
    with sink(out) as stream:
        stream.write(body)
    if made.cover:
        cover = made.cover
        say(t("report.batch", found=cover.found, reported=cover.leads, kept=len(cover.left_out)))
    if out is not None:
        say(t("report.written", path=out, size=len(body)))
    return 0


def _period(lead_ids: tuple[str, ...], options: Mapping[str, Any]) -> Period | None:
    """The period asked for; None where leads are named. It has to be one of both."""
    from evidence.report.batch import Period

    since, until, state = options["since"], options["until"], options["state"]
    asked = any(value is not None for value in (since, until, state))
    if asked == bool(lead_ids):
        raise click.UsageError(t("report.leads_or_period"))
    if since and until and since > until:
        raise click.UsageError(t("report.period_backwards"))
    if not asked:
        return None
    return Period(since and since.date(), until and until.date(), state or "approved")


def _chosen(settings: Settings, options: Mapping[str, Any], *, draft: bool) -> ReportOptions:
    from evidence.report.build import ReportOptions
    from evidence.report.model import NOT_RECORDED, Reporter

    code, contact = options["reporter_code"], options["reporter_contact"]
    named = options["reporter"]
    reporter = Reporter(named, code or NOT_RECORDED, contact or NOT_RECORDED) if named else None
    lang: Lang = "en" if (options["lang"] or settings.lang) == "en" else "zh"
    return ReportOptions(reporter, lang, settings.evidence.retention_days, draft)


def _built(
    evidence: Evidence, lead_ids: tuple[str, ...], period: Period | None, chosen: ReportOptions
) -> Report | None:
    """The report; None where the period has no leads."""
    from evidence.report.batch import build_batch, leads_of
    from evidence.report.build import build_report

    if period is None:
        ids = [find_lead(evidence.store, lead_id).id for lead_id in lead_ids]
        return build_report(evidence.store, evidence.blobs, ids, options=chosen)
    if next(leads_of(evidence.store, period), None) is None:
        return None
    return build_batch(evidence.store, evidence.blobs, period, options=chosen)


def _warn(made: Report) -> None:
    """Say which of the leads, or what is about the same, was submitted before."""
    from evidence.reported import REPORTED

    for lead in made.leads:
        if lead.case.state in REPORTED:
            said = ", ".join(plain(receipt, 40) for receipt in lead.handling.receipts) or "-"
            say(t("report.again", id=lead.case.id, receipts=said))
        if lead.case.prior:
            say(t("report.prior", id=lead.case.id, ids=", ".join(lead.case.prior)))


def _fingerprint(_: click.Context, __: click.Parameter, given: str) -> str:
    """A whole public key in hex: of its beginning alone another could be made."""
    from evidence.verify import KEY_FORM

    if given and not KEY_FORM.fullmatch(given):
        raise click.BadParameter(t("verify.key_form"))
    return given


@click.command(help=t("help.verify"))
@click.argument("target", required=False)
@click.option("--audit", is_flag=True, help=t("verify.audit"))
@click.option("--key", default="", callback=_fingerprint, help=t("verify.key"))
@click.option(
    "--tsa-ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=t("verify.tsa_ca")
)
@click.pass_context
def verify(ctx: click.Context, /, target: str | None, audit: bool, key: str, tsa_ca: Path | None) -> int:
    """Check proof; exit code 0 when all of it holds, 3 when something does not."""
    from evidence.tsa import read_ca
    from evidence.verify import verify_bundle
    from workers.save import open_evidence

    if target is None and not audit:
        raise click.UsageError(t("verify.target"))
    # a bundle is often checked where nothing is set up: there only what was named is trusted
    trusted = tsa_ca.read_bytes() if tsa_ca else read_ca(settings_of(ctx).evidence)
    if target is not None and (Path(target).is_file() or Path(target).is_dir()):
        return _tell_bundle(target, verify_bundle(Path(target), key=key, tsa_ca=trusted))
    if key:
        raise click.UsageError(t("verify.key_of_bundle"))
    with open_evidence(settings_of(ctx)) as evidence:
        code = _verify_all(evidence) if audit else 0
        if target is not None:
            code = max(code, _tell(target, _stored(evidence, target, trusted)))
    return code


def _verify_all(evidence: Evidence) -> int:
    """The audit log, and the chain of all captures."""
    from evidence.purge import verify_kept
    from evidence.verify import verify_audit

    code = _tell("audit", verify_audit(evidence.store, evidence.blobs))
    return max(code, _tell("chain", verify_kept(evidence.store, evidence.blobs)))


def _stored(evidence: Evidence, target: str, trusted: bytes) -> Verification:
    from evidence.verify import verify_capture_id, verify_lead

    if CAPTURE_ID.fullmatch(target) and evidence.blobs.read_name(f"captures/{target}.json") is not None:
        return verify_capture_id(evidence.blobs, target, tsa_ca=trusted)
    lead_id = find_lead(evidence.store, target).id
    return verify_lead(evidence.store, evidence.blobs, lead_id, tsa_ca=trusted)


def _tell(target: str, found: Verification) -> int:
    show_verification(found, target)
    return 0 if found.ok else 3


def _tell_bundle(target: str, found: Verification) -> int:
    """As :func:`_tell`, with the keys: a bundle comes from somebody, and anybody can sign."""
    code = _tell(target, found)
    if found.keys:
        click.echo(f"  {t('verify.signed', keys=', '.join(plain(key, 64) for key in found.keys))}")
    return code
