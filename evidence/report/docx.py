"""The report as a Word document, in one language: what HTML says, to be edited, printed and filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.report.cover_words import cover_contents, cover_counts, cover_facts, cover_left_out
from evidence.report.model import NOT_FOUND
from evidence.report.paper import Paper
from evidence.report.pictures import screenshots
from evidence.report.shown import Speech, counters, readings, speech_of
from evidence.report.texts import confidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.blobs import Blobs
    from evidence.report.cover import Cover
    from evidence.report.model import CaptureProof, Exhibit, Lang, LeadReport, Place, Quote, Report

_UNAPPROVED = ("new", "triaged", "confirmed", "dismissed")
_MOST_PROBLEMS = 20


def render_docx(report: Report, *, blobs: Blobs | None = None, lang: Lang | None = None) -> bytes:
    """The document. ``blobs`` give screenshots; a draft says so at the head of every page."""
    say = speech_of(report, lang)
    paper = Paper(
        title=f"{say.label('report')} {report.id}", remark=say(report.wording), created=report.created.utc
    )
    if report.draft:
        paper.repeat(say(report.draft))
    _front(paper, say, report)
    pictures = screenshots(report, blobs)
    for number, lead in enumerate(report.leads):
        if number:
            paper.new_page()
        _lead(paper, say, report, lead, pictures)
    return paper.finished()


def _front(paper: Paper, say: Speech, report: Report) -> None:
    paper.heading(say.label("report"), 0)
    if report.draft:
        paper.alarm(say(report.draft))
    reporter = report.reporter
    paper.facts(
        [
            (say.label("report_id"), report.id),
            (say.label("created"), say.moment(report.created)),
            (say.label("reporter"), reporter.name if reporter else say.label("no_reporter")),
            *([(say.label("credit_code"), say.value(reporter.credit_code))] if reporter else []),
            *([(say.label("contact_person"), say.value(reporter.contact))] if reporter else []),
            (say.label("software"), report.software),
        ]
    )
    paper.line(say(report.wording), bold=True)
    if report.cover:
        _cover(paper, say, report, report.cover)
    elif len(report.leads) > 1:
        paper.heading(say.label("contents"), 2)
        for lead in report.leads:
            hits = f"{len(lead.conduct.exhibits)} {say.label('hits')}"
            paper.line(f"{lead.case.id}  {say.subject(lead)} · {hits}")


def _cover(paper: Paper, say: Speech, report: Report, cover: Cover) -> None:
    paper.heading(say.label("cover"), 1)
    paper.facts(cover_facts(say, cover))
    for title, lines in cover_counts(say, cover):
        paper.table([title, say.label("reported"), say.label("listed")], lines)
    paper.heading(say.label("contents"), 2)
    paper.table(
        ["#", *map(say.label, ("case_id", "subject", "urgency", "listed"))], cover_contents(say, report)
    )
    if cover.left_out:
        paper.heading(say.label("kept_back"), 2)
        paper.table([say.label("case_id"), say.label("why"), say.label("value")], cover_left_out(say, cover))
    paper.new_page()


def _lead(paper: Paper, say: Speech, report: Report, lead: LeadReport, pictures: Mapping[str, bytes]) -> None:
    paper.heading(f"{lead.case.id} {say.subject(lead)}", 1)
    if report.draft:
        paper.alarm(say(report.draft))
    if lead.evidence.complete:
        paper.line(f"✓ {say.label('complete')}", bold=True)
    else:
        paper.alarm(f"✗ {say.label('incomplete')}")
        for problem in lead.evidence.problems[:_MOST_PROBLEMS]:
            paper.remark(problem)
    if lead.case.state in _UNAPPROVED:
        paper.remark(say.label("unsubmitted"))
    _case(paper, say, lead)
    _conduct(paper, say, lead, pictures)
    _places(paper, say, lead)
    _subject(paper, say, lead)
    _basis(paper, say, lead)
    _evidence(paper, say, lead)
    _review(paper, say, lead)
    _handling(paper, say, lead)


def _case(paper: Paper, say: Speech, lead: LeadReport) -> None:
    case = lead.case
    paper.heading(say.label("case"), 2)
    urgency = f"{say.code('urgencies', case.urgency)} ({say.label('priority')} {case.priority:.2f})"
    paper.facts(
        [
            (say.label("case_id"), f"{case.id} · {say.label('version')} {case.version}"),
            (say.label("state"), say.code("states", case.state)),
            (say.label("urgency"), urgency),
            (say.label("prior"), ", ".join(case.prior) or say.label("none")),
        ]
    )


def _conduct(paper: Paper, say: Speech, lead: LeadReport, pictures: Mapping[str, bytes]) -> None:
    conduct = lead.conduct
    contacts = [f"{say.code('platforms', seen.platform)}: {seen.handle}" for seen in conduct.contacts]
    paper.heading(say.label("conduct"), 2)
    paper.line(say(conduct.statement), bold=True)
    paper.facts(
        [
            (
                say.label("categories"),
                "; ".join(say.code("categories", code) for code in conduct.categories) or say.label("none"),
            ),
            (say.label("diversion"), say.yes(conduct.diversion)),
            (say.label("contacts"), "; ".join(contacts) or say.value(NOT_FOUND)),
            (say.label("invite_codes"), ", ".join(conduct.invite_codes) or say.value(NOT_FOUND)),
            (say.label("audience"), say.value(conduct.audience)),
        ]
    )
    places = {place.hit_id: place for place in lead.place.places}
    for number, exhibit in enumerate(conduct.exhibits, 1):
        title = f" · {exhibit.title}" if exhibit.title else ""
        paper.heading(f"{say.label('exhibit')} {number}{title}", 3)
        _exhibit(paper, say, exhibit, places[exhibit.hit_id])
        if exhibit.hit_id in pictures:
            shown = pictures[exhibit.hit_id]
            if shown:
                paper.picture(shown)
            paper.remark(say.label("screenshot_scaled" if shown else "screenshot_failed"))


def _exhibit(paper: Paper, say: Speech, exhibit: Exhibit, place: Place) -> None:
    surface = say.code("surfaces", place.surface)
    paper.remark(f"{say.value(place.url)} · {surface} · {say.moment(place.seen)}")
    for quote in exhibit.quotes:
        paper.quote(quote)
        paper.remark(_about_quote(say, quote))
    if exhibit.quotes_left_out:
        paper.remark(f"{say.label('left_out')}: {exhibit.quotes_left_out}")
    uncertain = f" ({say.label('uncertain')})" if exhibit.uncertain else ""
    categories = " / ".join(say.code("categories", code) for code in exhibit.categories)
    stance = f"{say.label('stance')} {say.code('stances', exhibit.stance)}"
    sure = f"{say.label('probability')} {say(confidence(exhibit.probability))}{uncertain}"
    paper.remark(f"{stance} · {sure} · {categories}")


def _about_quote(say: Speech, quote: Quote) -> str:
    offset = f"{say.label('offset')} {quote.start}–{quote.end}"
    parts = [say.code("kinds", quote.kind), f"{say.label('block')} {quote.block}", offset]
    parts += [quote.where] if quote.where else []
    parts += [] if quote.visible else [say.label("hidden")]
    lines = [" · ".join(parts)]
    if read := readings(quote):
        lines.append(f"{say.label('normal')}: " + "; ".join(f"{raw} → {normal}" for raw, normal in read))
    if against := counters(quote):
        lines.append(f"{say.label('against')}: {', '.join(against)}")
    return "\n".join(lines)


def _places(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("place"), 2)
    paper.facts(
        [
            (say.label("first_seen"), say.moment(lead.place.first_seen)),
            (say.label("last_seen"), say.moment(lead.place.last_seen)),
            (say.label("still_live"), say.value(lead.place.still_live)),
        ]
    )
    header = ["#", *map(say.label, ("url", "final_url", "surface", "reference"))]
    paper.table(header, _place_lines(say, lead))


def _place_lines(say: Speech, lead: LeadReport) -> Iterator[tuple[str, ...]]:
    for number, place in enumerate(lead.place.places, 1):
        final = say.value(place.final_url)
        if place.redirects not in ("not recorded", "none", "-"):
            final += f"\n{say.label('redirects')}: {place.redirects}"
        if place.ad_hops:
            chain = " → ".join(f"{hop.url} ({hop.status})" for hop in place.ad_hops)
            final += f"\n{say.label('ad_hops')}: {chain}"
        shown = f"{say.code('surfaces', place.surface)}\n{say.code('sources', place.source)}"
        yield (str(number), say.value(place.url), final, shown, say.value(place.reference))


def _subject(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("subject"), 2)
    lines = (
        (say.code("facts", fact.name), say.value(fact.value), fact.source, fact.at)
        for fact in lead.subject.facts
    )
    paper.table([*map(say.label, ("fact", "value", "source", "at"))], lines)


def _basis(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("basis"), 2)
    if not lead.basis:
        paper.line(say.value(NOT_FOUND))
        return
    lines = []
    for cited in lead.basis:
        rule = "\n".join(filter(None, (say(cited.title), cited.number, say.code("ranks", cited.rank))))
        article = cited.article or say.label("article_unverified")
        dates = cited.effective + (f"\n{say.label('repealed')} {cited.repealed}" if cited.repealed else "")
        lines.append((rule, f"{say(cited.clause)}\n{article}", dates, say.code("statuses", cited.status)))
    paper.table([*map(say.label, ("rule", "article", "effective", "status"))], lines)


def _evidence(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("evidence"), 2)
    paper.facts([(say.label("verify_command"), lead.evidence.verify_command)])
    for proof in lead.evidence.captures:
        _capture(paper, say, proof)


def _capture(paper: Paper, say: Speech, proof: CaptureProof) -> None:
    verified = say.label("verified" if proof.verified else "failed")
    paper.heading(f"{say.label('capture')} {proof.id} · {verified}", 3)
    paper.facts(
        [
            (say.label("captured"), say.moment(proof.captured)),
            (say.label("timestamp"), say.code("timestamps", proof.timestamp)),
            (say.label("manifest"), proof.manifest_sha256),
            *([(say.label("public_key"), proof.public_key)] if proof.public_key else []),
        ]
    )
    files = ((entry.name, str(entry.size), f"{entry.sha256}\n{entry.sm3}") for entry in proof.files)
    paper.table([say.label("file"), say.label("size"), "SHA-256 / SM3"], files)
    steps = proof.record.get("steps_zh") if say.lang == "zh" else None
    record = {name: value for name, value in sorted(proof.record.items()) if name != "steps_zh"}
    paper.facts(
        (say.code("records", name), steps if steps and name == "steps" else say.value(value))
        for name, value in record.items()
    )


def _review(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("review"), 2)
    stances = "; ".join(f"{say.code('stances', one.stance)} {one.hits}" for one in lead.review.stances)
    paper.facts([(say.label("reviewers"), say.reviewers(lead)), (say.label("counter"), stances)])
    if lead.review.steps:
        lines = (
            (
                step.at.beijing,
                f"{say.code('actions', step.action)}\n"
                f"{say.code('states', step.before)} → {say.code('states', step.after)}",
                f"{step.actor}\n{say.label('identified' if step.identified else 'unidentified')}",
                step.reason,
            )
            for step in lead.review.steps
        )
        paper.table([*map(say.label, ("at", "step", "by", "why"))], lines)


def _handling(paper: Paper, say: Speech, lead: LeadReport) -> None:
    paper.heading(say.label("handling"), 2)
    paper.facts(
        [
            (say.label("platform_action"), say.value(lead.handling.platform_action)),
            (say.label("receipts"), ", ".join(lead.handling.receipts) or say.label("none")),
            (say.label("retain_until"), say.value(lead.handling.retain_until)),
        ]
    )
