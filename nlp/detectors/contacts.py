"""Ways to reach someone: messenger handles, telephone numbers, e-mail, links that lead out of the text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.detectors.accounts import find_accounts
from nlp.detectors.handles import find_handles
from nlp.detectors.link_contacts import link_contacts
from nlp.detectors.links import find_links, in_link
from nlp.detectors.loose import find_addresses, find_packages, find_phones, find_tagged
from nlp.detectors.nicknames import find_nicknames
from nlp.platforms import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlp.analysis import Contact
    from nlp.normalise import Normalised

REFERRAL = frozenset({"referral", "invite_code"})
"""Platforms that :mod:`nlp.detectors.referrals` reports."""


@cache
def _trigger() -> re.Pattern[str]:
    """Without one of these no handle can be written."""
    return re.compile(rf"[0-9a-z@:“\"「【{vocabulary().digit_class}]")


def find_contacts(block: int, text: Normalised) -> tuple[Contact, ...]:
    """Contacts of a block, in order of their spans; see the package README for the platforms."""
    if not _trigger().search(text.text):
        return ()
    links = find_links(text)
    found = [
        contact
        for link in links
        for contact in link_contacts(block, link, text.raw)
        if contact.platform not in REFERRAL
    ]
    handles = [
        *find_handles(block, text),
        *find_addresses(block, text),
        *find_phones(block, text),
        *find_packages(block, text),
        *find_tagged(block, text),
        *find_nicknames(block, text),
        *find_accounts(block, text),
    ]
    # what lies in a link was read with the link, which is surer
    found += [contact for contact in handles if not in_link(links, contact.span.start)]
    return best_of(found) if found else ()


def best_of(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """One contact for each platform and place, and of two readings of one place the surer one."""
    kept: dict[tuple[int, int, str], Contact] = {}
    for contact in sorted(contacts, key=lambda item: -item.confidence):
        kept.setdefault((contact.span.start, contact.span.end, contact.platform), contact)
    ordered = sorted(kept.values(), key=lambda item: (item.span.start, -item.confidence))
    chosen: list[Contact] = []
    for contact in ordered:
        rival = next((other for other in reversed(chosen[-4:]) if _overlaps(contact, other)), None)
        if rival is None or _may_share(contact, rival):
            chosen.append(contact)
        elif contact.confidence > rival.confidence:
            chosen[chosen.index(rival)] = contact
    return tuple(chosen)


def _overlaps(one: Contact, other: Contact) -> bool:
    return one.span.start < other.span.end and other.span.start < one.span.end


def _may_share(one: Contact, other: Contact) -> bool:
    """A link and what it carries are both reported; two guesses at one handle are not."""
    nested = {"url", "short_link", "referral", "invite_code", "package"}
    return one.platform in nested or other.platform in nested or "://" in one.raw or "://" in other.raw
