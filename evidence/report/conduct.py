"""The conduct part of a report: what is suspected, in words, and what each hit says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.report.model import NOT_FOUND, Conduct, Exhibit, SeenContact, Text
from evidence.report.quotes import masked_title, quotes_of
from evidence.report.texts import sentence, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.hit import Hit
    from evidence.lead import Lead
    from nlp.analysis import Category


def conduct_of(lead: Lead, hits: Sequence[Hit]) -> Conduct:
    """What the hits of a lead are suspected of, with each of them as an exhibit."""
    contacts: dict[tuple[str, str], SeenContact] = {}
    for hit in hits:
        for seen in _contacts(hit):
            contacts.setdefault((seen.platform, seen.handle), seen)
    diversion = any(hit.analysis.diversion for hit in hits)
    codes = sorted({seen.handle for seen in contacts.values() if seen.platform == "invite_code"})
    return Conduct(
        statement=_statement(lead.categories, diversion=diversion),
        categories=lead.categories,
        diversion=diversion,
        contacts=tuple(contacts[key] for key in sorted(contacts)),
        invite_codes=tuple(codes),
        audience=NOT_FOUND,
        exhibits=tuple(_exhibit(hit) for hit in hits),
    )


def _contacts(hit: Hit) -> tuple[SeenContact, ...]:
    return tuple(SeenContact(c.platform, c.handle, c.raw) for c in hit.analysis.contacts)


def _statement(categories: Sequence[Category], *, diversion: bool) -> Text:
    shape, join, addition = sentence("statement"), sentence("join"), sentence("statement_diversion")
    none = sentence("statement_none")
    names = [text("categories", code) for code in categories] or [none]
    return Text(
        zh=shape.zh.format(
            categories=join.zh.join(name.zh for name in names), diversion=addition.zh if diversion else ""
        ),
        en=shape.en.format(
            categories=join.en.join(name.en for name in names), diversion=addition.en if diversion else ""
        ),
    )


def _exhibit(hit: Hit) -> Exhibit:
    analysis = hit.analysis
    quotes, left_out = quotes_of(hit)
    return Exhibit(
        hit_id=hit.id,
        title=masked_title(hit, hit.document.title),
        categories=analysis.categories,
        stance=analysis.stance,
        probability=analysis.score.probability,
        uncertain=analysis.review,
        diversion=analysis.diversion,
        contacts=_contacts(hit),
        quotes=quotes,
        quotes_left_out=left_out,
        versions=analysis.versions,
        basis=hit.basis,
        capture=hit.capture.id if hit.capture else NOT_FOUND,
    )
