"""The report as a STIX 2.1 bundle: a report for each lead, with what was observed and what to look for.

Ids are made from what the objects stand for, so the same lead is the same object in every export; a draft's
are others, and its marking is on every object. Wallets have no object of their own in STIX 2.1: they
are user accounts whose type says so, which every reader knows, rather than an extension that few do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from evidence.clock import parse_moment
from evidence.errors import ReportError
from evidence.report.cover_words import cover_text
from evidence.report.observables import (
    Observable,
    contact_observables,
    identity,
    kind_of,
    lead_observables,
    place_urls,
)
from evidence.report.shown import Speech, plain, speech_of
from evidence.report.texts import SUREST

if TYPE_CHECKING:
    from datetime import datetime
    from types import ModuleType

    from evidence.report.model import CaptureProof, Exhibit, Lang, LeadReport, Report

# an object that stands for somebody has no time of its own, and has to have the same in every export
_EPOCH = "2026-01-01T00:00:00Z"


def render_stix(report: Report, *, lang: Lang | None = None) -> bytes:
    """The bundle as JSON in UTF-8. Raises ReportError where stix2 is not installed."""
    try:
        from stix2 import v21
    except ImportError as error:
        raise ReportError("STIX needs stix2: pip install 'xiansuo[reports]'") from error
    writer = _Writer(v21, report, speech_of(report, lang))
    for lead in report.leads:
        writer.lead(lead)
    writer.cover()
    bundle = v21.Bundle(
        objects=list(writer.objects.values()), id=f"bundle--{identity('bundle', report.id, writer.say.lang)}"
    )
    told = json.loads(bundle.serialize())
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")


class _Writer:
    """Objects of one bundle by id, each once, in the order they came up."""

    def __init__(self, v21: ModuleType, report: Report, say: Speech) -> None:
        self.v21, self.report, self.say = v21, report, say
        self.objects: dict[str, Any] = {}
        self.draft = "draft" if report.draft else ""
        who = report.reporter.name if report.reporter else "xiansuo"
        self.by = self._keep(
            v21.Identity(
                id=self._id("identity", who),
                created=_EPOCH,
                modified=_EPOCH,
                name=plain(who),
                identity_class="organization" if report.reporter else "system",
            )
        )
        words = say(report.wording)
        statement = f"{say(report.draft)}. {words}" if report.draft else words
        self.marking = self._keep(
            v21.MarkingDefinition(
                id=self._id("marking-definition", statement),
                created=_EPOCH,
                definition_type="statement",
                definition=v21.StatementMarking(statement=statement),
            )
        )
        self.common = {
            "created_by_ref": self.by,
            "object_marking_refs": [self.marking],
            "lang": say.lang,
            "labels": ["suspected", *([self.draft] if self.draft else [])],
        }

    def lead(self, lead: LeadReport) -> None:
        """Add a lead: its report, indicators, observations, files."""
        refs = [self.by]
        seen = [self._observed(lead, exhibit) for exhibit in lead.conduct.exhibits]
        refs += [ref for refs_of in seen for ref in refs_of]
        refs += [self._indicator(lead, one) for one in lead_observables(lead)]
        say, case = self.say, lead.case
        title = f"{say(self.report.draft)} · " if self.report.draft else ""
        surest = max((exhibit.probability for exhibit in lead.conduct.exhibits), default=0.0)
        self._keep(
            self.v21.Report(
                id=self._id("report", case.lead_id),
                **self._times(lead.place.first_seen.utc),
                **self.common | {"labels": [*self.common["labels"], *lead.conduct.categories]},
                name=f"{title}{case.id} {say.subject(lead)}",
                description=self._description(lead),
                published=self._time(self.report.created.utc),
                report_types=["observed-data"],
                confidence=round(100 * min(surest, SUREST)),
                object_refs=list(dict.fromkeys(refs)),
                external_references=self._references(lead),
            )
        )

    def cover(self) -> None:
        """Add the cover of a batch, as a note on all of its reports."""
        told = cover_text(self.say, self.report)
        if not told:
            return
        self._keep(
            self.v21.Note(
                id=self._id("note", self.report.id),
                **self._times(self.report.created.utc),
                **self.common,
                abstract=self.say.label("cover"),
                content=told,
                object_refs=[self._id("report", lead.case.lead_id) for lead in self.report.leads],
            )
        )

    def _description(self, lead: LeadReport) -> str:
        say, conduct = self.say, lead.conduct
        codes = ", ".join(map(plain, conduct.invite_codes)) or say.value("not found")
        lines = [say(self.report.wording), say(conduct.statement)]
        lines += [f"{say.label('state')}: {say.code('states', lead.case.state)}"]
        lines += [f"{say.label('reviewers')}: {say.reviewers(lead)}"]
        lines += [f"{say.label('invite_codes')}: {codes}"]
        lines += [f"{say.code('facts', fact.name)}: {say.value(fact.value)}" for fact in lead.subject.facts]
        lines += [f"“{plain(quote.text)}”" for one in conduct.exhibits for quote in one.quotes]
        complete = say.label("complete" if lead.evidence.complete else "incomplete")
        return "\n".join([*lines, complete, lead.evidence.verify_command])

    def _references(self, lead: LeadReport) -> list[dict[str, str]]:
        say = self.say
        cited = [
            {
                "source_name": " ".join(filter(None, (say(one.title), one.number))),
                "description": f"{say(one.clause)} "
                f"({one.article or say.label('article_unverified')}; {say.code('statuses', one.status)})",
                "external_id": one.id,
            }
            for one in lead.basis
        ]
        return [{"source_name": "xiansuo", "external_id": lead.case.id}, *cited]

    def _observed(self, lead: LeadReport, exhibit: Exhibit) -> list[str]:
        """What was seen at one place: addresses, contacts, the files of its proof."""
        place = next(one for one in lead.place.places if one.hit_id == exhibit.hit_id)
        refs = [self._keep(self.v21.URL(value=url)) for url in place_urls(lead)[exhibit.hit_id]]
        refs += [self._object(one) for one in contact_observables(exhibit)]
        for proof in lead.evidence.captures:
            if proof.hit_id == exhibit.hit_id:
                refs += self._files(proof)
        refs = list(dict.fromkeys(refs))
        if not refs:
            return []
        at = self._time(place.seen.utc)
        observed = self.v21.ObservedData(
            id=self._id("observed-data", exhibit.hit_id),
            **self._times(place.seen.utc),
            **self.common,
            first_observed=at,
            last_observed=at,
            number_observed=1,
            object_refs=refs,
        )
        return [self._keep(observed), *refs]

    def _files(self, proof: CaptureProof) -> list[str]:
        listed: list[tuple[str, str, int | None]] = [
            (f"captures/{proof.id}/manifest.json", proof.manifest_sha256, None)
        ]
        listed += [(f"captures/{proof.id}/{one.name}", one.sha256, one.size) for one in proof.files]
        return [
            self._keep(
                self.v21.File(
                    name=name, hashes={"SHA-256": digest}, **({} if size is None else {"size": size})
                )
            )
            for name, digest, size in listed
        ]

    def _object(self, one: Observable) -> str:
        v21 = self.v21
        match one.kind:
            case "url":
                made = v21.URL(value=one.value)
            case "domain":
                made = v21.DomainName(value=one.value)
            case "email":
                made = v21.EmailAddress(value=one.value)
            case "package":
                made = v21.Software(name=one.value)
            case _:
                made = v21.UserAccount(user_id=one.value, account_type=account_type(one))
        return self._keep(made)

    def _indicator(self, lead: LeadReport, one: Observable) -> str:
        self._object(one)
        made = self.v21.Indicator(
            id=self._id("indicator", lead.case.lead_id, one.kind, one.platform, one.value),
            **self._times(lead.place.first_seen.utc),
            **self.common,
            name=f"{kind_of(self.say, one)}: {plain(one.value)}",
            description=self.say(lead.conduct.statement),
            indicator_types=["anomalous-activity"],
            pattern=pattern(one),
            pattern_type="stix",
            valid_from=self._time(lead.place.first_seen.utc),
        )
        return self._keep(made)

    def _id(self, kind: str, *key: str) -> str:
        return f"{kind}--{identity(self.draft, kind, *key)}"

    def _time(self, utc: str) -> datetime:
        moment = parse_moment(utc) or parse_moment(self.report.created.utc)
        if moment is None:
            raise ReportError(f"the report's own time cannot be read: {self.report.created.utc[:40]!r}")
        return moment

    def _times(self, created: str) -> dict[str, datetime]:
        """Made when first seen, changed when exported: the newest export of an object counts."""
        first, now = self._time(created), self._time(self.report.created.utc)
        return {"created": min(first, now), "modified": max(first, now)}

    def _keep(self, made: Any) -> str:
        self.objects.setdefault(str(made.id), made)
        return str(made.id)


def account_type(one: Observable) -> str:
    """The kind of account, in the form of the standard's open vocabulary."""
    name = one.platform.replace("_", "-").replace(":", "-").lower()
    return f"cryptocurrency-wallet-{name}" if one.kind == "wallet" else name


def pattern(one: Observable) -> str:
    """A STIX pattern that matches one thing, with quotes and backslashes of its value escaped."""
    value = one.value.replace("\\", "\\\\").replace("'", "\\'")
    match one.kind:
        case "url":
            return f"[url:value = '{value}']"
        case "domain":
            return f"[domain-name:value = '{value}']"
        case "email":
            return f"[email-addr:value = '{value}']"
        case "package":
            return f"[software:name = '{value}']"
        case _:
            kind = account_type(one).replace("\\", "\\\\").replace("'", "\\'")
            return f"[user-account:account_type = '{kind}' AND user-account:user_id = '{value}']"
