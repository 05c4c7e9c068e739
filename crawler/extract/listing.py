"""App listings from store pages and store answers, by parsers that are data: one YAML file a store in
``listings/``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from crawler.document import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborHTMLParser

Rule = Mapping[str, Any]

_MAX_TEXT = 20_000
_MAX_ITEMS = 200
_FIELDS = tuple(field.name for field in fields(Listing))
_GAP = r"\s*[:：]?\s*"


@dataclass(frozen=True, slots=True)
class Parser:
    """One store's parser as its file gives it."""

    store: str
    url: str
    content: str
    format: str
    root: str
    types: tuple[str, ...]
    rules: Mapping[str, tuple[Rule, ...]]

    def matches(self, url: str, markup: str) -> bool:
        """Whether the address is this store's, or, where it tells nothing, the body is in this store's
        form.
        """
        if self.url and re.search(self.url, url):
            return True
        return bool(self.content) and self.content in markup


class _Source:
    """What rules read from: the address, the parsed page, its lines of text, a JSON value."""

    def __init__(
        self, url: str, page: LexborHTMLParser | None, lines: tuple[str, ...], value: object
    ) -> None:
        self.url = url
        self.page = page
        self.lines = lines
        self.value = value


@lru_cache(maxsize=1)
def load_parsers() -> tuple[Parser, ...]:
    """All parsers, in the order of their file names."""
    import yaml

    folder = files("crawler.extract") / "listings"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(_parser(yaml.safe_load((folder / name).read_text("utf-8"))) for name in names)


def _parser(data: Mapping[str, Any]) -> Parser:
    match = data["match"]
    rules = {
        name: tuple(rule) if isinstance(rule, list) else (rule,) for name, rule in data["fields"].items()
    }
    return Parser(
        store=data["store"],
        url=match.get("url", ""),
        content=match.get("content", ""),
        format=data["format"],
        root=data.get("root", ""),
        types=tuple(data.get("types", ())),
        rules=rules,
    )


def find_listing(markup: str, *, url: str, lines: Sequence[str] = ()) -> Listing | None:
    """The listing on a page or in a store's answer; ``None`` where no parser finds a name.

    ``lines`` are the page's visible lines of text, in which labels such as ``版本：`` are looked up.
    """
    for parser in load_parsers():
        if parser.matches(url, markup):
            source = _source(parser, markup, url, tuple(lines))
            listing = _listing(parser, source) if source else None
            if listing and listing.name:
                return listing
    return None


def _source(parser: Parser, markup: str, url: str, lines: tuple[str, ...]) -> _Source | None:
    if parser.format == "json":
        value = _at(_json(markup), parser.root)
        return _Source(url, None, (), value) if isinstance(value, dict) else None
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(markup)
    if parser.format == "html":
        return _Source(url, page, lines, None)
    found = next((item for item in _jsonld(page) if _is_a(item, parser.types)), None)
    return _Source(url, page, lines, found) if found else None


def _listing(parser: Parser, source: _Source) -> Listing:
    values: dict[str, Any] = {"store": parser.store, "app_id": "", "name": "", "url": source.url}
    for name in _FIELDS:
        texts = next(filter(None, (_texts(rule, source) for rule in parser.rules.get(name, ()))), ())
        if name == "permissions":
            values[name] = tuple(texts[:_MAX_ITEMS])
        elif texts:
            values[name] = texts[0][:_MAX_TEXT]
    return Listing(**values)


def _texts(rule: Rule, source: _Source) -> tuple[str, ...]:
    """What one rule finds, as texts without empty ones."""
    found = _READERS[next(name for name in _READERS if name in rule)](rule, source)
    return tuple(text for text in (_lines(item) for item in found) if text)


def _by_css(rule: Rule, source: _Source) -> Iterator[str]:
    nodes = source.page.css(rule["css"])[:_MAX_ITEMS] if source.page else []
    for node in nodes:
        attribute = rule.get("attr")
        yield (node.attributes.get(attribute) or "") if attribute else node.text(separator="\n", strip=True)
        if not rule.get("all"):
            return


def _by_label(rule: Rule, source: _Source) -> Iterator[str]:
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


def _by_query(rule: Rule, source: _Source) -> Iterator[str]:
    yield from parse_qs(urlsplit(source.url).query).get(rule["query"], [])[:1]


def _by_path(rule: Rule, source: _Source) -> Iterator[str]:
    found = re.search(rule["path"], source.url)
    if found:
        yield found[1]


def _by_json(rule: Rule, source: _Source) -> Iterator[str]:
    value = _at(source.value, rule["json"])
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, (str, int, float)) and not isinstance(item, bool):
            yield str(item)


def _by_text(rule: Rule, source: _Source) -> Iterator[str]:
    yield rule["text"]


_READERS = {
    "css": _by_css,
    "label": _by_label,
    "query": _by_query,
    "path": _by_path,
    "json": _by_json,
    "text": _by_text,
}


def _lines(text: str) -> str:
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))


def _json(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _at(value: object, path: str) -> object:
    """The part of a JSON value at a dotted path; ``None`` where the path leads nowhere."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _jsonld(page: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """All objects in the page's JSON-LD, those inside lists and ``@graph`` too."""
    waiting = [_json(node.text()) for node in page.css('script[type*="ld+json"]')[:_MAX_ITEMS]]
    while waiting:
        here = waiting.pop(0)
        if isinstance(here, list):
            waiting.extend(here)
        elif isinstance(here, dict):
            yield here
            waiting.append(here.get("@graph"))


def _is_a(item: Mapping[str, Any], types: Sequence[str]) -> bool:
    kind = item.get("@type")
    return any(name in types for name in (kind if isinstance(kind, list) else [kind]))
