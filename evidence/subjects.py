"""Whom a hit is about: the domains, handles, wallets, invite codes and packages it sends people to.

What is everywhere (share buttons, app stores, large platforms) names nobody: evidence/data/subjects.yaml
lists it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from crawler.urls import host_of, registrable_domain
from evidence.lead import Subject
from evidence.similar import wording_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.hit import Hit
    from nlp.analysis import Contact


@dataclass(frozen=True, slots=True)
class Grouping:
    """The rules of grouping, as in subjects.yaml."""

    least_confidence: float
    most_named: int
    least_code_length: int
    caseless: frozenset[str]
    address_platforms: frozenset[str]
    short_link_platforms: frozenset[str]
    everywhere: frozenset[str]
    strength: float
    reach: float
    harm: float
    full_reach: int
    urgent_from: float
    minor_below: float
    harm_of: dict[str, float]
    fading: float
    half_days: float


def subjects_of(hit: Hit) -> tuple[Subject, ...]:
    """All subjects of a hit, sorted.

    A hit that names nobody is grouped by its own site, else by the plain links in it, else by its wording.
    One that names more than ``most_named`` is a list and names its first ones; the rest is found by search.
    """
    for found in (_named(hit), _own_site(hit), _plain_links(hit)):
        every = dict.fromkeys(subject for subject in found if subject.value)
        subjects = list(every)[: grouping().most_named]
        if subjects:
            return tuple(sorted(subjects, key=lambda subject: (subject.kind, subject.value)))
    return (Subject("text", wording_digest(hit) or hit.id),)


def listed_hosts(hit: Hit) -> tuple[str, ...]:
    """Hosts that a hit sends people to and that name nobody, being listed as everywhere; sorted."""
    rules = grouping()
    named = (c.handle.strip() for c in hit.analysis.contacts if c.platform in rules.address_platforms)
    landings = (slot.landing_url for slot in hit.document.ad_slots)
    full = (found if "//" in found else f"//{found}" for found in (*named, *landings) if "." in found)
    return tuple(sorted({host_of(address) for address in full if is_everywhere(address)} - {""}))


def is_everywhere(address: str) -> bool:
    """Whether a URL's or host's domain is one that strangers share."""
    host = host_of(address) if "//" in address else address.lower()
    return bool({host, registrable_domain(host)} & grouping().everywhere)


@cache
def grouping() -> Grouping:
    """The rules of grouping that come with the package."""
    import yaml

    text = resources.files("evidence").joinpath("data/subjects.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    priority = data["priority"]
    return Grouping(
        least_confidence=data["least_confidence"],
        most_named=data["most_named"],
        least_code_length=data["least_code_length"],
        caseless=frozenset(data["caseless"]),
        address_platforms=frozenset(data["address_platforms"]),
        short_link_platforms=frozenset(data["short_link_platforms"]),
        everywhere=frozenset(host for hosts in data["everywhere"].values() for host in hosts),
        strength=priority["strength"],
        reach=priority["reach"],
        harm=priority["harm"],
        full_reach=priority["full_reach"],
        urgent_from=priority["urgent_from"],
        minor_below=priority["minor_below"],
        harm_of=priority["harm_of"],
        fading=data["freshness"]["share"],
        half_days=data["freshness"]["half_days"],
    )


def _named(hit: Hit) -> Iterator[Subject]:
    for contact in hit.analysis.contacts:
        # a code in a picture is there to be followed, whatever its text says
        if contact.confidence >= grouping().least_confidence or _in_qr_code(hit, contact):
            yield from _of_contact(contact)
    for slot in hit.document.ad_slots:
        landing = slot.landing_url or (slot.hops[-1].url if slot.hops else "")
        yield from _of_address(landing)
    listing = hit.document.listing
    if listing and listing.package:
        yield Subject("package", listing.package)


def _own_site(hit: Hit) -> Iterator[Subject]:
    if hit.document.source in ("web", "ad") and "//" in hit.document.url:
        yield from _of_address(hit.document.url)


def _plain_links(hit: Hit) -> Iterator[Subject]:
    for contact in hit.analysis.contacts:
        if contact.platform in grouping().address_platforms:
            yield from _of_contact(contact)


def _in_qr_code(hit: Hit, contact: Contact) -> bool:
    blocks, number = hit.document.blocks, contact.span.block
    return 0 <= number < len(blocks) and blocks[number].kind == "qr"


def _of_contact(contact: Contact) -> Iterator[Subject]:
    platform, handle, rules = contact.platform, contact.handle.strip(), grouping()
    if platform.startswith("wallet:"):
        yield Subject("wallet", f"{platform.removeprefix('wallet:')}:{handle}")
    elif platform == "package":
        yield Subject("package", handle)
    elif platform == "invite_code":
        yield from _of_code(handle)
    elif platform in rules.short_link_platforms:
        yield Subject("handle", f"{platform}:{handle}")
    elif platform in rules.address_platforms:
        # some referrals are bare codes
        yield from _of_address(handle) if "." in handle else _of_code(handle)
    elif handle:
        # a private Telegram invitation (+AbC…) is a key, and keys have case
        fold = platform in rules.caseless and not handle.startswith("+")
        yield Subject("handle", f"{platform}:{handle.casefold() if fold else handle}")


def _of_code(code: str) -> Iterator[Subject]:
    # 888888 and the like are shared by strangers
    if code.isalnum() and len(code) >= grouping().least_code_length and len(set(code)) > 1:
        yield Subject("invite_code", code)


def _of_address(address: str) -> Iterator[Subject]:
    full = address if "//" in address else f"//{address}"
    if host_of(full) and not is_everywhere(full):
        yield Subject("domain", registrable_domain(full))
