"""Link traps: sites without end, told by the shape of their addresses, and what may look like one.

A rule must spare ordinary threads and archives: one number that counts up is a list of pages, whatever its
length.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST_URL = 2048
MOST_SEGMENTS = 20
MOST_REPEATS = 3
MOST_FACETS = 50
"""Queries of one path in which two parameters or more vary, or one that is no number."""
MOST_NUMBERS = 3
"""Numbers in the query of a list: board, thread and page. With more of them it is a filter."""
SHORTEST_SESSION = 12
MOST_DATES = 40
"""Addresses of one shape that are a date and nothing else."""

_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/_.]?(?:1[0-2]|0?[1-9])(?:[-/_.]?(?:3[01]|[0-2]?\d))?)?(?!\d)")
_DATE_WORD = re.compile(r"(?:^|[_-])(?:date|day|month|year|week|cal|calendar|ym|ymd)s?$", re.I)
_PAGE_NUMBER = re.compile(r"\d{1,12}")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.I)


@cache
def _session_names() -> frozenset[str]:
    lines = (files("crawler") / "data" / "session_parameters.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def without_session(key: str) -> str:
    """A canonical URL without session identifiers: the same page, whoever asks. Idempotent."""
    parts = urlsplit(key)
    path = _PATH_SESSION.sub("", parts.path)
    if not parts.query:
        return urlunsplit(parts._replace(path=path))
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = [pair for pair in pairs if not _is_session(*pair)]
    if len(kept) == len(pairs) and path == parts.path:
        return key
    return urlunsplit(parts._replace(path=path, query=urlencode(kept, errors="surrogateescape")))


def _is_session(name: str, value: str) -> bool:
    # ``sid=12`` may be a section of a forum; identifiers of visits are long.
    return name.lower() in _session_names() and len(value) >= SHORTEST_SESSION


def endless_shape(url: str) -> str:
    """What an address that can only be one of an endless site looks like; empty for any other."""
    if len(url) > LONGEST_URL:
        return f"addresses of more than {LONGEST_URL} characters"
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    if len(segments) > MOST_SEGMENTS:
        return f"paths of more than {MOST_SEGMENTS} parts"
    if any(count > MOST_REPEATS for count in Counter(segments).values()):
        return f"a part that is repeated more than {MOST_REPEATS} times in a path"
    return ""


@dataclass(slots=True)
class Traps:
    """Counts what was let in, shape by shape; asks no more memory than the page budget allows."""

    _facets: Counter[str] = field(default_factory=Counter)
    _dates: Counter[str] = field(default_factory=Counter)
    _lists: set[str] = field(default_factory=set)

    def judge(self, key: str) -> str:
        """Why a new address is one of a trap, in words; empty where it is let in (and counted)."""
        if shape := endless_shape(key):
            return shape
        parts = urlsplit(key)
        place = f"{parts.netloc}{parts.path}"
        pairs = tuple(parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape"))
        if date := _date_shape(parts.netloc, parts.path, pairs):
            self._dates[date] += 1
            return f"a calendar: more than {MOST_DATES} dates" if self._dates[date] > MOST_DATES else ""
        if not pairs or self._counts_up(place, pairs):
            return ""
        self._facets[place] += 1
        if self._facets[place] > MOST_FACETS:
            return f"more than {MOST_FACETS} combinations of parameters of one path"
        return ""

    def _counts_up(self, place: str, pairs: tuple[tuple[str, str], ...]) -> bool:
        """Whether a query differs from another one of its path by one number alone: a page of a list."""
        if sum(bool(_PAGE_NUMBER.fullmatch(value)) for _, value in pairs) > MOST_NUMBERS:
            return False
        for name, value in pairs:
            if not _PAGE_NUMBER.fullmatch(value):
                continue
            rest = tuple(pair for pair in pairs if pair != (name, value))
            if not rest:
                return True
            if (known := f"{place}?{name}&{urlencode(rest, errors='surrogateescape')}") in self._lists:
                return True
            self._lists.add(known)
        return False


def _date_shape(host: str, path: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """The shape of an address that names a date and no more; empty for articles with one in their path."""
    dated = [name for name, value in pairs if _DATE_WORD.search(name) or _DATE.fullmatch(value)]
    if dated:
        return f"{host}{_DATE.sub('#', path)}?{'&'.join(sorted(dated))}"
    bare = path.rstrip("/")
    found = list(_DATE.finditer(bare))
    if found and found[-1].end() == len(bare) and len(found[-1].group()) > len("2026"):
        return f"{host}{_DATE.sub('#', bare)}"
    return ""
