"""Say what a link is for: a messenger handle, an app, a referral, a short link, or only a place to go."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors.links import parse_link
from nlp.platforms import LinkForm, link_knowledge, platforms

if TYPE_CHECKING:
    from nlp.detectors.links import FoundLink

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~-]{2,63}")
MAX_NESTING = 2
PLAIN_CONFIDENCE = 0.3


@cache
def _link_forms() -> dict[str, tuple[tuple[str, LinkForm], ...]]:
    forms: dict[str, list[tuple[str, LinkForm]]] = {}
    for platform in platforms():
        for form in platform.links:
            forms.setdefault(form.host, []).append((platform.name, form))
    for form in link_knowledge().app_stores:
        forms.setdefault(form.host, []).append(("package", form))
    return {host: tuple(found) for host, found in forms.items()}


def _handle(link: FoundLink, form: LinkForm) -> str | None:
    """The handle a link carries in this form; None where the link has another form."""
    if form.scheme and form.scheme != link.scheme:
        return None
    literal = [part for part in form.path if not part.startswith("{")]
    if form.query:
        if [part.lower() for part in link.path[: len(literal)]] != literal:
            return None
        return next((value for name, value, _, _ in link.parameters if name == form.query.lower()), None)
    if len(link.path) < len(form.path):
        return None
    handle = None
    for part, given in zip(form.path, link.path, strict=False):
        if part == "{handle}":
            handle = given
        elif not part.startswith("{") and part != given.lower():
            return None
    return handle


def _messenger(link: FoundLink) -> tuple[str, str] | None:
    host = link.host.removeprefix("www.")
    for name, form in _link_forms().get(host, ()):
        handle = _handle(link, form)
        if handle and (handle.lower() not in link_knowledge().not_codes or name == "telegram"):
            if name in {"telegram", "line", "potato"}:
                handle = handle.lstrip("@")
            return name, handle if _is_case_sensitive(link) else handle.lower()
    return None


def _is_case_sensitive(link: FoundLink) -> bool:
    """Invitation hashes keep their case; account names do not."""
    first = link.path[0].lower() if link.path else ""
    return (
        first in {"joinchat", "invite", "g", "q", "r", "addlist", "message", "qr"}
        or any(part.startswith("+") for part in link.path)
        or link.host in {"discord.gg", "lin.ee", "chat.whatsapp.com", "signal.group", "jq.qq.com"}
    )


def _looks_like_code(value: str, *, strict: bool) -> bool:
    if not CODE.fullmatch(value) or value.lower() in link_knowledge().not_codes:
        return False
    if re.search(r"\.(?:html?|php|aspx?|jsp|pdf)$", value):
        return False
    has_digit = any(char.isdigit() for char in value)
    has_upper = any(char.isupper() for char in value)
    return has_digit or has_upper if strict else True


def _codes(link: FoundLink) -> list[tuple[str, int, int]]:
    """Invitation codes of a link with their ranges in the raw text."""
    knowledge = link_knowledge()
    words = {part.lower() for part in link.path}
    signs_up = bool(words & knowledge.sign_up_path)
    codes = []
    for name, value, start, end in link.parameters:
        named = name in knowledge.referral_query
        weak = name in knowledge.weak_query and (
            signs_up or (name == "start" and _is_bot(link)) or not link.path
        )
        if (named and _looks_like_code(value, strict=False)) or (
            weak and _looks_like_code(value, strict=True)
        ):
            codes.append((value, start, end))
    if not codes:
        for before, value in zip(link.path, link.path[1:], strict=False):
            before = before.lower()
            plain = before in knowledge.plain_code_after
            if before in knowledge.path_code_after and _looks_like_code(value, strict=not plain):
                codes.append((value, -1, -1))
    return codes


def _is_bot(link: FoundLink) -> bool:
    return link.host in link_knowledge().bot_start_hosts


def _nested(block: int, link: FoundLink, raw: str, depth: int) -> list[Contact]:
    """Contacts of the link inside a redirect link."""
    found: list[Contact] = []
    for name, value, start, end in link.parameters:
        if name in link_knowledge().wrapper_query and value.lower().startswith(("http://", "https://")):
            inner = (
                parse_link(value, start, raw=raw[start:end]) if start >= 0 else parse_link(value, link.start)
            )
            found += link_contacts(block, inner, raw, depth=depth + 1)
    return found


def _is_plain(link: FoundLink) -> bool:
    """Whether a link shows nothing but a picture, a file of code, or a developers' site."""
    knowledge = link_knowledge()
    labels = link.host.split(".")
    parents = {".".join(labels[position:]) for position in range(len(labels))}
    if parents & knowledge.not_contacts or _is_local(link.host):
        return True
    ending = link.path[-1].rpartition(".") if link.path else ("", "", "")
    return bool(ending[1]) and ending[2].lower() in knowledge.asset_endings


def _is_local(host: str) -> bool:
    """Whether a host is an address that nobody outside can reach, or no address at all."""
    if not re.fullmatch(r"[\d.]+", host):
        return False
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return True


def link_contacts(block: int, link: FoundLink, raw: str, *, depth: int = 0) -> list[Contact]:
    """Contacts of one link. ``raw`` is the source text; codes inside the link have their own spans."""
    span = Span(block, link.start, link.end)
    quoted = raw[link.start : link.end]
    found: list[Contact] = []
    if depth < MAX_NESTING:
        found += _nested(block, link, raw, depth)
    messenger = _messenger(link)
    if messenger:
        found.append(Contact(messenger[0], messenger[1], span, quoted, 0.95))
    if _is_plain(link):
        return found
    codes = _codes(link) if not messenger or _is_bot(link) else []
    for code, start, end in codes:
        place = (start, end) if start >= 0 else _place(code, link, raw)
        found.append(Contact("invite_code", code, Span(block, *place), raw[slice(*place)], 0.8))
    if codes:
        found.append(Contact("referral", link.url, span, quoted, 0.9))
    elif not messenger:
        host = link.host.removeprefix("www.")
        short = host in link_knowledge().short_link_hosts
        found.append(
            Contact(
                "short_link" if short else "url", link.url, span, quoted, 0.7 if short else PLAIN_CONFIDENCE
            )
        )
    return found


def _place(code: str, link: FoundLink, raw: str) -> tuple[int, int]:
    """Range of a code in the raw link, or of the whole link where it is written otherwise."""
    start = raw.find(code, link.start, link.end)
    return (start, start + len(code)) if start >= 0 else (link.start, link.end)
