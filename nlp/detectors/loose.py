"""Handles that need no platform's name: e-mail addresses, ``@names``, telephone numbers, app packages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors.digits import letters_read, written_mobiles
from nlp.detectors.links import top_level_domains
from nlp.detectors.shapes import phone_form
from nlp.platforms import either, link_knowledge, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlp.normalise import Normalised

LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._%+-")
MAX_LOCAL = 64
DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}")
HIDDEN_AT = re.compile(
    r"(?P<local>[a-z0-9](?<![a-z0-9._%+-][a-z0-9])[a-z0-9._%+-]{1,40})"
    r"[ ]?(?:#|\[(?:at|#)\]|\((?:at|#)\)|【at】|[ ]at[ ]|艾特|[ ]@|@[ ])[ ]?"
    r"(?P<host>[a-z0-9-]{1,30})[ ]?(?:\.|[ ]dot[ ]|\[dot\]|\(dot\)|点)[ ]?(?P<top>com|cn|net|me)(?![a-z0-9])"
)
"""An address with its sign written otherwise; only the hosts of mail_hosts count."""
AT_NAME = re.compile(r"[a-z][a-z0-9_]{3,31}(?![a-z0-9_])")
SHORT_NAME = re.compile(
    r"[a-z][a-z0-9_]{1,31}(?=\]\(https?://(?:t|telegram)\.me/)|[a-z][a-z0-9_]{3,31}(?![a-z0-9_])"
)
"""The label of a Markdown link to Telegram may be shorter."""
HIDDEN_HOSTS = ("com", "cn", "net", "me")
BARE_PHONE = re.compile(
    r"[+0148](?<![\d.a-z_/=#@*+-][+0148])"
    r"(?:(?:(?<=\+)86[ -]{0,2}1|(?<=8)6[ -]{0,2}1|(?<=1))[ -]?[3-9][ -]?\d(?:[ -]?\d){8}"
    r"|(?<=1)[3-9]\d[x*]{4}\d{4}|(?<=[48])00[ -][\dx]{3,4}[ -][\dx]{3,4}"
    r"|(?<=1)[3-9]\d\.\d{4}\.\d{4}"
    r"|(?<=0)\d{2,3}-[\dx]{6,8}|(?<=0)\d{2,3}-[\dx]{3,4}-[\dx]{3,4}"
    r"|(?<=0)(?:10|2\d|[3-9]\d\d)-\d{4} \d{3,4}"
    r"|(?<=\+)\d{1,3}[ -]?(?:\(?[\dx]{1,4}\)?[ -]?){2,5}[\dx]{2,4})"
    r"(?![\d.a-z_/=@*-]{0,40}[\da-z_@])"
)
"""It begins with a class, which is scanned fast, and looks back at what that was."""
TAG = re.compile(r"#\d{4}")
TAGGED = re.compile(
    r"(?<![a-z0-9_./#@&?=-])(?=[a-z0-9.]{0,30}_|(?<=dm)|(?<=dm[: ]))[a-z][a-z0-9_.]{2,31}#\d{4}(?!\d)"
)
COMPANY_PACKAGE = re.compile(
    r"(?<![a-z0-9_./@-])com\.[a-z][a-z0-9_]{1,40}\.(?:android|wallet|app|apk)(?![a-z0-9_.(;])"
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns made of the shared vocabulary."""

    telegram: re.Pattern[str]
    twitter: re.Pattern[str]
    package: re.Pattern[str]


@cache
def _patterns() -> Patterns:
    words = vocabulary()
    return Patterns(
        telegram=re.compile(either(words.near_telegram)),
        twitter=re.compile(rf"(?:{either(words.near_twitter)})[^\n]{{0,8}}$"),
        package=re.compile(
            rf"(?:{either(words.package_cues)})[^a-z\n]{{0,6}}((?:[a-z][a-z0-9_]{{0,40}}\.){{1,6}}[a-z][a-z0-9_]{{1,40}})"
        ),
    )


def _local_start(text: str, at: int) -> int:
    start = at
    while start > 0 and at - start < MAX_LOCAL and text[start - 1] in LOCAL:
        start -= 1
    return start + (len(text[start:at]) - len(text[start:at].lstrip("._%+-")))


def find_addresses(block: int, text: Normalised) -> Iterator[Contact]:
    """E-mail addresses and ``@names``; decorators, npm scopes and handles of code are neither."""
    plain = text.text
    at = plain.find("@")
    while at >= 0:
        contact = _email(block, text, at) or _at_name(block, text, at)
        if contact is not None:
            yield contact
        at = plain.find("@", at + 1)
    for found in HIDDEN_AT.finditer(plain) if any(host in plain for host in HIDDEN_HOSTS) else ():
        host = f"{found['host']}.{found['top']}"
        if host in vocabulary().mail_hosts:
            first, last = text.source(*found.span())
            yield Contact(
                "email", f"{found['local']}@{host}", Span(block, first, last), text.raw[first:last], 0.85
            )


def _email(block: int, text: Normalised, at: int) -> Contact | None:
    plain = text.text
    start = _local_start(plain, at)
    domain = DOMAIN.match(plain, at + 1)
    if domain is None or start == at:
        return None
    name = domain[0].rstrip(".-")
    top = name.rpartition(".")[2]
    if top not in top_level_domains() or top in link_knowledge().asset_endings:
        return None
    if plain[max(0, start - 3) : start].endswith("://") or "//" in plain[max(0, start - 8) : start]:
        return None
    if (
        re.fullmatch(r"[\dx.]+", name)
        or name.endswith(("example.com", "example.org"))
        or plain[start:at] == "git"
    ):
        return None
    end = at + 1 + len(name)
    first, last = text.source(start, end)
    return Contact("email", plain[start:end], Span(block, first, last), text.raw[first:last], 0.95)


def _at_name(block: int, text: Normalised, at: int) -> Contact | None:
    plain = text.text
    before = plain[at - 1 : at]
    if before and (before in "._%+-/&=#@$\\" or (before.isascii() and before.isalnum())):
        return None
    name = (SHORT_NAME if plain[at - 1 : at] == "[" else AT_NAME).match(plain, at + 1)
    if name is None or name[0] in vocabulary().not_at_names:
        return None
    after = plain[name.end() : name.end() + 1]
    beyond = plain[name.end() + 1 : name.end() + 2].strip()
    if beyond and after and after in "/(.@-:" and (after in "/-@" or beyond.isascii()):
        return None
    line_start = plain.rfind("\n", max(0, at - 200), at) + 1
    lead = plain[line_start:at].strip(" *#/|-`>")
    near = plain[max(0, at - 30) : at] + plain[name.end() : name.end() + 40]
    on_telegram = name[0].endswith("bot") or _patterns().telegram.search(near) is not None
    if not on_telegram and (not lead or before == "`"):
        return None
    first, last = text.source(at, name.end())
    on_twitter = _patterns().twitter.search(plain, max(0, at - 30), at) is not None
    sure = 0.6 if on_twitter else 0.85 if on_telegram else 0.5
    platform = "twitter" if on_twitter else "telegram"
    return Contact(platform, name[0], Span(block, first, last), text.raw[first:last], sure)


def find_phones(block: int, text: Normalised) -> Iterator[Contact]:
    """Telephone numbers that need no word before them."""
    plain = text.text
    for start, end, number in written_mobiles(text.joined.text):
        first, last = text.joined.source(start, end)
        yield Contact("phone", number, Span(block, first, last), text.raw[first:last], 0.8)
    for found in BARE_PHONE.finditer(letters_read(plain)):
        form = phone_form(found[0].strip())
        if form is not None:
            first, last = text.source(*found.span())
            yield Contact("phone", form[0], Span(block, first, last), text.raw[first:last], form[1] - 0.25)


def find_tagged(block: int, text: Normalised) -> Iterator[Contact]:
    """Discord names of the old form, ``name_x#1234``."""
    if not TAG.search(text.text):
        return
    for found in TAGGED.finditer(text.text):
        first, last = text.source(*found.span())
        yield Contact("discord", found[0], Span(block, first, last), text.raw[first:last], 0.6)


def find_packages(block: int, text: Normalised) -> Iterator[Contact]:
    """Names of app packages: after a word that announces one, or plainly an app's."""
    if "." not in text.text:
        return
    patterns = (_patterns().package, COMPANY_PACKAGE) if "com." in text.text else (_patterns().package,)
    for pattern in patterns:
        for found in pattern.finditer(text.text):
            group = found.lastindex or 0
            first, last = text.source(*found.span(group))
            yield Contact("package", found[group], Span(block, first, last), text.raw[first:last], 0.8)
