"""The report as one MISP event: an object for each lead, attributes for what to look for and for the proof.

The event is for the own organisation alone (distribution 0) and not published: who shares it decides that.
UUIDs are made from what the objects stand for, so that importing a later export updates instead of doubling.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evidence.clock import beijing_date, parse_moment
from evidence.errors import ReportError
from evidence.report.cover_words import cover_text
from evidence.report.observables import Observable, identity, kind_of, lead_observables, place_urls
from evidence.report.shown import Speech, plain, speech_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymisp import MISPEvent, MISPObject

    from evidence.report.model import Lang, LeadReport, Report

# MISP: threat level 4 is undefined, analysis 1 ongoing and 2 completed, distribution 0 the own organisation
_UNDEFINED, _ONGOING, _COMPLETED, _OWN = 4, 1, 2, 0
_DECIDED = ("approved", "submitted", "acknowledged", "closed")
_TYPES = {
    "url": "url",
    "domain": "domain",
    "email": "email-src",
    "phone": "phone-number",
    "package": "mobile-application-id",
}
_CHAINS = {"btc": "btc", "dash": "dash", "xmr": "xmr"}

# digests of our own proof: what a page was, not what it dropped
_EVIDENCE = "External analysis"


@dataclass(frozen=True, slots=True)
class _Note:
    """What is said of an attribute, and what its UUID is made from."""

    key: tuple[str, ...]
    comment: str = ""
    to_ids: bool = False
    category: str = ""


def render_misp(report: Report, *, lang: Lang | None = None) -> bytes:
    """The event as JSON in UTF-8. Raises ReportError where pymisp is not installed."""
    try:
        from pymisp import MISPEvent
    except ImportError as error:
        raise ReportError("MISP needs pymisp: pip install 'xiansuo[reports]'") from error
    say = speech_of(report, lang)
    draft = "draft" if report.draft else ""
    event = MISPEvent()
    event.uuid = str(identity(draft, "misp", *(lead.case.lead_id for lead in report.leads)))
    mark = f"{say(report.draft)} · " if report.draft else ""
    event.info = f"{mark}{say.label('report')} {report.id}"
    if day := beijing_date(report.created.utc):
        event.date = day
    event.timestamp = _stamp(report)
    event.distribution, event.threat_level_id = _OWN, _UNDEFINED
    event.analysis = _COMPLETED if all(lead.case.state in _DECIDED for lead in report.leads) else _ONGOING
    event.published = False
    for tag in ("tlp:amber", "xiansuo:suspected", *(["xiansuo:draft"] if report.draft else [])):
        event.add_tag(tag)
    if report.draft:
        _attribute(event, report, "text", say(report.draft), _Note(("draft",)))
    _attribute(event, report, "text", say(report.wording), _Note(("wording",)))
    if cover := cover_text(say, report):
        _attribute(event, report, "text", cover, _Note(("cover",)))
    for lead in report.leads:
        _lead(event, report, say, lead)
    told = {"Event": json.loads(event.to_json())}
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _lead(event: MISPEvent, report: Report, say: Speech, lead: LeadReport) -> None:
    about = _case(report, say, lead)
    comment = f"{lead.case.id}: {say(lead.conduct.statement)}"
    for one in lead_observables(lead):
        key = (lead.case.lead_id, one.kind, one.platform, one.value)
        note = _Note(key, f"{kind_of(say, one)} · {comment}", to_ids=True)
        made = _attribute(event, report, attribute_type(one), one.value, note)
        about.add_reference(made.uuid, "mentions")
    for hit_id, urls in place_urls(lead).items():
        for url in urls:
            # where it was seen is no sign of the promoter: a forum carries others too
            note = _Note((lead.case.lead_id, "place", hit_id, url), f"{say.label('place')} · {comment}")
            made = _attribute(event, report, "url", url, note)
            about.add_reference(made.uuid, "mentions")
    for index, reference in enumerate(about.ObjectReference):
        reference.uuid = str(identity("reference", about.uuid, str(index)))
        reference.timestamp = _stamp(report)
    for name, digest in _proof(lead):
        note = _Note((lead.case.lead_id, "file", name), f"{lead.case.id}: {name}", category=_EVIDENCE)
        _attribute(event, report, "sha256", digest, note)
    event.add_object(about)


def _case(report: Report, say: Speech, lead: LeadReport) -> MISPObject:
    """The lead itself, as MISP's object ``report``."""
    from pymisp import MISPObject

    draft = "draft" if report.draft else ""
    made = MISPObject("report", standalone=False)
    made.uuid = str(identity(draft, "misp-lead", lead.case.lead_id))
    made.distribution, made.timestamp = _OWN, _stamp(report)
    made.comment = f"{say(report.draft)} · {lead.case.id}" if report.draft else lead.case.id
    title = f"{lead.case.id} {say.subject(lead)}"
    for number, (relation, value) in enumerate((("title", title), ("summary", _summary(say, lead)))):
        attribute: Any = made.add_attribute(relation, value=value)
        attribute.uuid = str(identity(made.uuid, str(number)))
        attribute.timestamp = made.timestamp
    return made


def _summary(say: Speech, lead: LeadReport) -> str:
    conduct = lead.conduct
    lines = [say(conduct.statement)]
    lines += [f"{say.label('state')}: {say.code('states', lead.case.state)}"]
    lines += [f"{say.label('reviewers')}: {say.reviewers(lead)}"]
    lines += [f"{say.code('facts', fact.name)}: {say.value(fact.value)}" for fact in lead.subject.facts]
    lines += [f"{say.label('basis')}: {say(one.title)} {one.number} {say(one.clause)}" for one in lead.basis]
    lines += [f"“{plain(quote.text)}”" for one in conduct.exhibits for quote in one.quotes]
    lines += [say.label("complete" if lead.evidence.complete else "incomplete"), lead.evidence.verify_command]
    return "\n".join(lines)


def _proof(lead: LeadReport) -> Iterator[tuple[str, str]]:
    for proof in lead.evidence.captures:
        yield f"captures/{proof.id}/manifest.json", proof.manifest_sha256
        for entry in proof.files:
            yield f"captures/{proof.id}/{entry.name}", entry.sha256


def _attribute(event: MISPEvent, report: Report, kind: str, value: str, note: _Note) -> Any:
    draft = "draft" if report.draft else ""
    return event.add_attribute(
        kind,
        value,
        comment=plain(note.comment),
        to_ids=note.to_ids,
        distribution=_OWN,
        uuid=str(identity(draft, "misp-attribute", event.uuid, *note.key)),
        timestamp=_stamp(report),
        **({"category": note.category} if note.category else {}),
    )


def _stamp(report: Report) -> int:
    moment = parse_moment(report.created.utc)
    return int(moment.timestamp()) if moment else 0


def attribute_type(one: Observable) -> str:
    """MISP's type; accounts and wallets of chains it does not know are text with the kind in the comment."""
    if one.kind == "wallet":
        return _CHAINS.get(one.platform, "text")
    return _TYPES.get(one.kind, "text")
