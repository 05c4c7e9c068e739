"""What a lead points to, in the kinds that exchange formats know: addresses, accounts, wallets, codes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from crawler.errors import FetchError
from crawler.urls import clean_url
from evidence.report.model import NOT_FOUND

if TYPE_CHECKING:
    from evidence.report.model import Exhibit, LeadReport, SeenContact
    from evidence.report.shown import Speech

Kind = Literal["url", "domain", "email", "phone", "account", "wallet", "package"]
_LINKS = ("url", "referral", "short_link")
_ALONE: dict[str, Kind] = {"email": "email", "phone": "phone", "package": "package", "domain": "domain"}
_URL_SAFE = "!#$&'()*+,/:;=?@[]~%"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:xiansuo-report")


@dataclass(frozen=True, slots=True)
class Observable:
    """One thing to look for. ``platform`` is the chat's or chain's name, or the kind of code."""

    kind: Kind
    platform: str
    value: str


def identity(*parts: str) -> uuid.UUID:
    """The same UUID for the same parts, in every report."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts).encode("utf-8", "replace").decode())


def ascii_url(url: str) -> str:
    """A URL as formats take it (RFC 3986, no blanks, ASCII alone); empty where it is none."""
    try:
        return quote(clean_url(url), safe=_URL_SAFE)
    except (FetchError, UnicodeError):
        return ""


def subject_observable(lead: LeadReport) -> Observable | None:
    """Whom the lead is about; None for a single text."""
    kind, value = lead.subject.kind, lead.subject.value
    if kind == "text":
        return None
    if kind in ("handle", "wallet"):
        platform, _, name = value.partition(":")
        return _observable(f"wallet:{platform}" if kind == "wallet" else platform, name)
    return _observable(kind, value)


def contact_observables(exhibit: Exhibit) -> tuple[Observable, ...]:
    """The contacts of one hit, each once."""
    return tuple(dict.fromkeys(filter(None, map(_of_contact, exhibit.contacts))))


def lead_observables(lead: LeadReport) -> tuple[Observable, ...]:
    """Subject first, then all contacts, each once: what stands for the promoter, not where it was seen."""
    found = (subject_observable(lead), *map(_of_contact, lead.conduct.contacts))
    return tuple(dict.fromkeys(filter(None, found)))


def place_urls(lead: LeadReport) -> dict[str, tuple[str, ...]]:
    """The addresses where each hit was shown, as found and after redirects, by hit id."""
    return {
        place.hit_id: tuple(
            dict.fromkeys(
                filter(None, (ascii_url(url) for url in (place.url, place.final_url) if url != NOT_FOUND))
            )
        )
        for place in lead.place.places
    }


def kind_of(say: Speech, one: Observable) -> str:
    """What kind of thing it is, in words."""
    if one.kind in ("domain", "package"):
        return say.code("facts", one.kind)
    return say.code("platforms", f"wallet:{one.platform}" if one.kind == "wallet" else one.platform)


def _of_contact(contact: SeenContact) -> Observable | None:
    return _observable(contact.platform, contact.handle)


def _observable(platform: str, value: str) -> Observable | None:
    value = value.encode("utf-8", "replace").decode().strip()
    if not value:
        return None
    if platform.startswith("wallet:"):
        return Observable("wallet", platform.removeprefix("wallet:"), value)
    if platform in _LINKS:
        url = ascii_url(value if "://" in value else f"https://{value}")
        return Observable("url", platform, url) if url else Observable("account", platform, value)
    return Observable(_ALONE.get(platform, "account"), platform, value)
