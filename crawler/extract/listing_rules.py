"""What the rules of a listing parser read from: the address, the page, its lines, and the data inside it."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborHTMLParser

Rule = Mapping[str, Any]

MAX_ITEMS = 200
_GAP = r"\s*[:：]?\s*"
_TEST = re.compile(r"\[(\w+)=([^\]]*)\]")


class Source:
    """One page or answer, opened: ``value`` is the store's own data, ``ld`` the app in schema.org's words."""

    def __init__(
        self,
        url: str,
        page: LexborHTMLParser | None = None,
        lines: tuple[str, ...] = (),
        *,
        value: object = None,
        ld: object = None,
    ) -> None:
        self.url, self.page, self.lines, self.value, self.ld = url, page, lines, value, ld


def rule_texts(rule: Rule, source: Source) -> tuple[str, ...]:
    """What one rule finds, as texts without empty ones."""
    found = _READERS[next(name for name in _READERS if name in rule)](rule, source)
    taken = (_taken(rule.get("take", ""), _lines(item)) for item in found)
    return tuple(text for text in taken if text)


def read_json(text: str) -> object:
    """A JSON value; ``None`` for what is none."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def read_json_after(mark: str, text: str) -> object:
    """The JSON value that stands behind the first match of ``mark`` in a script; ``None`` without one."""
    found = re.search(mark, text)
    if found is None:
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, found.end())[0]
    except (ValueError, RecursionError):
        return None


def walk(value: object, path: str) -> Iterator[object]:
    """The parts of a JSON value at a dotted path, at most ``MAX_ITEMS``.

    A step is a key, a place in a list, ``*`` (each item), or ``[key=text]`` (only where it says so).
    """
    here = [value]
    for step in path.split(".") if path else ():
        here = [part for item in here for part in _step(item, step)][:MAX_ITEMS]
    yield from here


def _step(value: object, step: str) -> Sequence[object]:
    if step == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    if test := _TEST.fullmatch(step):
        return (value,) if isinstance(value, dict) and value.get(test[1]) == test[2] else ()
    if isinstance(value, dict):
        return (value[step],) if step in value else ()
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return (value[int(step)],)
    return ()


def find_app(page: LexborHTMLParser, types: Sequence[str]) -> object:
    """The first JSON-LD object of one of the types, those inside lists and ``@graph`` too."""
    waiting = deque(read_json(node.text()) for node in page.css('script[type*="ld+json"]')[:MAX_ITEMS])
    while waiting:
        here = waiting.popleft()
        if isinstance(here, list):
            waiting.extend(here)
        elif isinstance(here, dict):
            if _is_a(here, types):
                return here
            waiting.append(here.get("@graph"))
    return None


def _is_a(item: Mapping[str, Any], types: Sequence[str]) -> bool:
    kind = item.get("@type")
    return any(name in types for name in (kind if isinstance(kind, list) else [kind]))


def _taken(pattern: str, text: str) -> str:
    """The part of a text that the rule asks for: the pattern's group; the whole text without a pattern."""
    if not pattern:
        return text
    found = re.search(pattern, text)
    return found[1].strip() if found else ""


def _by_css(rule: Rule, source: Source) -> Iterator[str]:
    nodes = source.page.css(rule["css"])[:MAX_ITEMS] if source.page else []
    for node in nodes:
        attribute = rule.get("attr")
        if attribute:
            yield node.attributes.get(attribute) or ""
        else:
            yield node.text(deep=not rule.get("own"), separator="\n", strip=True)
        if not rule.get("all"):
            return


def _by_label(rule: Rule, source: Source) -> Iterator[str]:
    """The rest of a line that begins with a label, or the line after one that is nothing but the label."""
    for label in rule["label"]:
        beginning = re.compile(re.escape(label) + _GAP, re.I)
        for line, following in zip(source.lines, (*source.lines[1:], ""), strict=True):
            found = beginning.match(line)
            if found and (rest := line[found.end() :].strip()) and found.group() != label:
                yield rest
                return
            if found and not line[found.end() :].strip():
                yield following
                return


def _by_query(rule: Rule, source: Source) -> Iterator[str]:
    yield from parse_qs(urlsplit(source.url).query).get(rule["query"], [])[:1]


def _by_path(rule: Rule, source: Source) -> Iterator[str]:
    found = re.search(rule["path"], source.url)
    if found:
        yield found[1]


def _by_json(rule: Rule, source: Source) -> Iterator[str]:
    return _scalars(walk(source.value, rule["json"]))


def _by_ld(rule: Rule, source: Source) -> Iterator[str]:
    return _scalars(walk(source.ld, rule["ld"]))


def _scalars(values: Iterator[object]) -> Iterator[str]:
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (str, int, float)) and not isinstance(item, bool):
                yield _plain(str(item))


def _plain(text: str) -> str:
    """A text of a store's data without the line breaks and references that are written as markup."""
    from html import unescape

    return unescape(re.sub(r"<br\s*/?>", "\n", text, flags=re.I)) if "<" in text or "&" in text else text


def _by_text(rule: Rule, source: Source) -> Iterator[str]:
    yield rule["text"]


_READERS = {
    "css": _by_css,
    "label": _by_label,
    "query": _by_query,
    "path": _by_path,
    "json": _by_json,
    "ld": _by_ld,
    "text": _by_text,
}


def _lines(text: str) -> str:
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))
