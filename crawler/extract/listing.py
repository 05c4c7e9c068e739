"""App listings from store pages and store answers, by parsers that are data: one YAML file a store in
``listings/``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crawler.document import Listing
from crawler.extract.listing_rules import (
    MAX_ITEMS,
    Rule,
    Source,
    find_app,
    read_json,
    read_json_after,
    rule_texts,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_TEXT = 20_000
_FIELDS = tuple(field.name for field in fields(Listing))
APP_TYPES = ("SoftwareApplication", "MobileApplication", "VideoGame", "WebApplication")


@dataclass(frozen=True, slots=True)
class Parser:
    """One store's parser as its file gives it. ``name`` is that of the file, and of its golden folder.

    ``page`` is the address of an app's page with ``{}`` for its id, where the store has such addresses.
    """

    name: str
    store: str
    url: str
    content: str
    format: str
    root: str
    data: Mapping[str, str]
    optional: frozenset[str]
    page: str
    rules: Mapping[str, tuple[Rule, ...]]

    def matches(self, url: str, markup: str) -> bool:
        """Whether the address is this store's, or, where it tells nothing, the body is in this store's
        form.
        """
        if self.url and re.search(self.url, url):
            return True
        return bool(self.content) and self.content in markup


@lru_cache(maxsize=1)
def load_parsers() -> tuple[Parser, ...]:
    """All parsers, in the order of their file names."""
    import yaml

    folder = files("crawler.extract") / "listings"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(
        _parser(name.removesuffix(".yaml"), yaml.safe_load((folder / name).read_text("utf-8")))
        for name in names
    )


def _parser(name: str, data: Mapping[str, Any]) -> Parser:
    match = data["match"]
    rules = {
        field: tuple(rule) if isinstance(rule, list) else (rule,) for field, rule in data["fields"].items()
    }
    return Parser(
        name=name,
        store=data["store"],
        url=match.get("url", ""),
        content=match.get("content", ""),
        format=data["format"],
        root=data.get("root", ""),
        data=data.get("data", {}),
        optional=frozenset(data.get("optional", ())),
        page=data.get("page", ""),
        rules=rules,
    )


def find_listing(markup: str, *, url: str, lines: Sequence[str] = ()) -> Listing | None:
    """The listing on a page or in a store's answer; ``None`` where no parser finds a name.

    ``lines`` are the page's visible lines of text, in which labels such as ``版本：`` are looked up.
    """
    for parser in load_parsers():
        if parser.matches(url, markup):
            listing = parse_listing(parser, markup, url=url, lines=lines)
            if listing and listing.name:
                return listing
    return None


def parse_listing(parser: Parser, markup: str, *, url: str, lines: Sequence[str]) -> Listing | None:
    """What one parser reads, maybe without a name; ``None`` where the body is not in its form."""
    source = _source(parser, markup, url, tuple(lines))
    return _listing(parser, source) if source else None


def _source(parser: Parser, markup: str, url: str, lines: tuple[str, ...]) -> Source | None:
    if parser.format == "json":
        value = next(walk(read_json(markup), parser.root), None)
        return Source(url, value=value) if isinstance(value, dict) else None
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(markup)
    app = find_app(page, APP_TYPES)
    if parser.format == "jsonld":
        return Source(url, page, lines, ld=app) if app else None
    value = None
    if css := parser.data.get("css"):
        node = page.css_first(css)
        value = read_json(node.text()) if node else None
    elif after := parser.data.get("after"):
        value = read_json_after(after, markup)
    return Source(url, page, lines, value=next(walk(value, parser.root), None), ld=app)


def _listing(parser: Parser, source: Source) -> Listing:
    values: dict[str, Any] = {"store": parser.store, "app_id": "", "name": "", "url": source.url}
    for name in _FIELDS:
        texts = next(filter(None, (rule_texts(rule, source) for rule in parser.rules.get(name, ()))), ())
        if name == "permissions":
            values[name] = tuple(texts[:MAX_ITEMS])
        elif texts:
            values[name] = texts[0][:_MAX_TEXT]
    return Listing(**values)
