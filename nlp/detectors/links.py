"""Find links in normalised text: with a scheme, bare domains, and the ways they are hidden."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from nlp.detectors.hidden_links import find_hidden
from nlp.normalise import written
from nlp.platforms import link_knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nlp.normalise import Normalised

URL_CHARS = r"(?:[a-z0-9\-._~:/?#@!$&'()*+,;=%\[]|\](?!\()|\\(?=[&_?=~-]))"
SCHEME = re.compile(rf"(?:https?|tg|stratum\+tcp|stratum\+ssl)[ ]?:[ ]?/[ ]?/[ ]?{URL_CHARS}{{3,2000}}")
# punctuation that a Chinese sentence puts behind a link
ENDS_AT = re.compile("[，；！？（）【】、。]")
HOST_END = re.compile("[/?#:]")
TRAILING = ".,;:!?*_~'$&=\\"
PARAMETER = re.compile(r"[?&#;]([a-z_][a-z0-9_-]{0,40})=([^&#\s]{1,400})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link: ``url`` with case kept and a scheme added, its range in the raw text, host, path and query.

    ``parameters`` hold name, value, and the range of the value in the raw text (-1 where it is not literal).
    """

    url: str
    start: int
    end: int
    scheme: str
    host: str
    path: tuple[str, ...]
    parameters: tuple[tuple[str, str, int, int], ...]
    bare: bool


@dataclass(frozen=True, slots=True)
class _Dotted:
    """Patterns of what is written with dots, of whatever kind; ``dot`` is one that is no ASCII dot."""

    bare: re.Pattern[str]
    telegram: re.Pattern[str]
    dot: re.Pattern[str]


@cache
def _dotted() -> _Dotted:
    spoken = "".join(map(re.escape, sorted(link_knowledge().spoken_dots)))
    dot = f"[ ]?[.。{spoken}][ ]?"
    return _Dotted(
        bare=re.compile(
            r"[a-z0-9-](?<![a-z0-9@._=%&+-][a-z0-9-])(?<![^/]/[a-z0-9-])"
            rf"[a-z0-9-]{{0,62}}{dot}(?:[a-z0-9-]{{1,63}}{dot}){{0,4}}"
            r"(?P<top>[a-z]{2,12})(?![a-z0-9_@-])"
            rf"(?::\d{{2,5}}(?!\d))?(?:[/?#]{URL_CHARS}{{0,2000}})?"
        ),
        telegram=re.compile(rf"t{dot}me[ ]?/"),
        dot=re.compile(f"[。{spoken}]"),
    )


def in_link(links: Sequence[FoundLink], offset: int) -> bool:
    """Whether a raw offset lies in one of the links, which are ordered and disjoint."""
    place = bisect_right(links, offset, key=attrgetter("start"))
    return place > 0 and offset < links[place - 1].end


@cache
def top_level_domains() -> frozenset[str]:
    """Top-level domains of the public suffix list, and the special ones of links.yaml."""
    from publicsuffixlist import PublicSuffixList

    public = (suffix for suffix in PublicSuffixList()._publicsuffix if "." not in suffix)
    return frozenset(public) | link_knowledge().special_endings


def parse_link(url: str, start: int, *, raw: str | None = None) -> FoundLink:
    """Take a URL apart; ``raw`` is its spelling in the source where that differs."""
    scheme, mark, rest = url.partition("://")
    bare = not mark
    if bare:
        scheme, rest = "https", url
        url = f"https://{url}"
    spelled = url if raw is None else raw
    cut = min((position for sign in "/?#" if (position := rest.find(sign)) >= 0), default=len(rest))
    host = rest[:cut].rpartition("@")[2].partition(":")[0].lower()
    path = re.split(r"[?#]", rest[cut:], maxsplit=1)[0]
    parts = [unquote(part) for part in path.split("/") if part]
    fragment = rest[cut:].partition("#")[2]
    if fragment.startswith(("/", "!/")):
        parts += [unquote(part) for part in re.split(r"[?&]", fragment, maxsplit=1)[0].split("/") if part]
    parameters = []
    position = 0
    for found in PARAMETER.finditer(rest[cut:]):
        value = found[2].rstrip(TRAILING)
        place = spelled.find(value, position)
        position = place + 1 if place >= 0 else position
        ends = (start + place, start + place + len(value)) if place >= 0 else (-1, -1)
        parameters.append((found[1].lower(), unquote(value), *ends))
    size = len(spelled) if raw is not None else len(url) - (8 if bare else 0)
    return FoundLink(url, start, start + size, scheme.lower(), host, tuple(parts), tuple(parameters), bare)


def _trimmed(text: str) -> str:
    """Without the punctuation of the sentence around it."""
    while text:
        last = text[-1]
        unbalanced = (last == ")" and text.count("(") < text.count(")")) or (
            last == "]" and text.count("[") < text.count("]")
        )
        if last in TRAILING or unbalanced or last in "([":
            text = text[:-1]
        else:
            break
    # markdown: [label](link) and (link)[next] end at the bracket that nothing opened
    for opening, closing in ("()", "[]"):
        depth = 0
        for position, char in enumerate(text):
            depth += (char == opening) - (char == closing)
            if depth < 0:
                return text[:position]
    return text


def _link_at(text: Normalised, start: int, end: int) -> FoundLink | None:
    first, last = text.source(start, end)
    quoted = text.raw[first:last]
    if stop := ENDS_AT.search(quoted, min(4, len(quoted))):
        after = quoted[stop.start() + 1 : stop.start() + 4]
        if not (stop[0] in "。．" and after[:2].isascii() and after[:2].isalpha()):
            quoted = quoted[: stop.start()]
    trimmed = _trimmed(quoted)
    if not trimmed:
        return None
    spelled = written(trimmed)
    clean = re.sub(r"\\(?=[&_?=~-])", "", spelled).replace(" ", "")
    clean = _dotted().dot.sub(".", clean)
    return parse_link(clean, first, raw=trimmed)


def _plausible_bare(found: re.Match[str]) -> bool:
    knowledge = link_knowledge()
    top = found["top"]
    host = HOST_END.split(found[0], maxsplit=1)[0]
    has_path = len(host) < len(found[0])
    if has_path and host in knowledge.short_link_hosts:
        return True
    if top not in top_level_domains() or host[0] == "-":
        return False
    if " " in host and not _dotted().telegram.match(found[0]):
        return False
    doubtful = top in knowledge.file_endings or top in knowledge.weak_endings
    if doubtful and not has_path and not host.startswith("www"):
        return False
    return not re.match(r"\d+[^a-z0-9.-]|[\d.]+$", host)


_FOUND: WeakKeyDictionary[Normalised, tuple[FoundLink, ...]] = WeakKeyDictionary()


def find_links(text: Normalised) -> tuple[FoundLink, ...]:
    """Every link in order, none inside another. The detectors of one text share the result."""
    links = _FOUND.get(text)
    if links is None:
        links = _FOUND[text] = tuple(_find(text))
    return links


def _behind_full_stop(match: re.Match[str]) -> re.Match[str]:
    """The link without the end of the sentence before it: ``每月 200。t.me/abc``, ``by video. t.me/abc``."""
    host = HOST_END.split(match[0], maxsplit=1)[0]
    stop = max(host.rfind("。"), host.rfind(" ")) + 1
    mixed = stop and "." in host[stop:] and not host.startswith("www")
    return (_dotted().bare.match(match.string, match.start() + stop) if mixed else None) or match


def _with_hidden(text: Normalised, shown: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Ranges of links in order, with the plain spelling of a hidden one; of two readings the longer."""
    hidden = list(find_hidden(text))
    if not hidden:
        return [(*span, "") for span in shown]
    kept: list[tuple[int, int, str]] = []
    for span in sorted(
        [*((*span, "") for span in shown), *hidden], key=lambda item: (item[0], -item[1], item[2])
    ):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _spelled_link(text: Normalised, start: int, end: int, spelled: str) -> FoundLink:
    first, last = text.source(start, end)
    return parse_link(spelled, first, raw=text.raw[first:last])


def _find(text: Normalised) -> Iterator[FoundLink]:
    plain = text.text
    if b"ll" not in text.channel.kinds:
        return
    found = [match.span() for match in SCHEME.finditer(plain)] if "/" in plain else []
    covered = iter([*found, (len(plain) + 1, len(plain) + 1)])
    current = next(covered)
    for match in _dotted().bare.finditer(plain):
        while current[1] <= match.start():
            current = next(covered)
        called = plain.startswith("(", match.end()) and text.quote(match.end(), match.end() + 1) == "("
        if match.end() > current[0] or called:
            continue
        behind = _behind_full_stop(match)
        if _plausible_bare(behind):
            found.append(behind.span())
    for start, end, spelled in _with_hidden(text, sorted(found)):
        link = _spelled_link(text, start, end, spelled) if spelled else _link_at(text, start, end)
        if link is not None and ("." in link.host or link.scheme == "tg"):
            yield link
