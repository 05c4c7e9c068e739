"""Tells which listing parsers have drifted: each over its golden page, and over live pages that are named."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from crawler.document import Listing
from crawler.errors import CrawlerError, ExtractError
from crawler.extract.listing import load_parsers, parse_listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.extract.listing import Parser
    from crawler.settings import CrawlSettings

GOLDEN = "golden"
UNCHECKED = frozenset({"store", "url"})
"""Fields that do not come from the page."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A made-up page in a store's structure, and the listing that must come out of it."""

    body: bytes
    url: str
    follows: str
    made_up: bool
    listing: Listing


@dataclass(frozen=True, slots=True)
class Reading:
    """What a parser made of one page. ``place`` is ``golden`` or an address.

    ``missing`` are fields that should be there and are not, ``changed`` those with another value than the
    golden one. ``reason`` says why the page could not be had at all.
    """

    parser: str
    place: str
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def drifted(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.missing or self.changed or self.reason)


def load_golden(name: str) -> Golden:
    """The golden page of a parser. Raises ExtractError (``no-golden``) where it has none."""
    folder = files("crawler.extract") / "listings" / GOLDEN / name
    page = next(
        (folder / f"page.{end}" for end in ("html", "json") if (folder / f"page.{end}").is_file()), None
    )
    if page is None:
        raise ExtractError(f"the parser {name} has no golden page", reason="no-golden")
    expected = msgspec.json.decode((folder / "expected.json").read_bytes())
    return Golden(
        page.read_bytes(),
        expected["url"],
        expected["follows"],
        expected["made_up"],
        msgspec.convert(expected["listing"], Listing),
    )


def read_canaries(pages: Mapping[str, Sequence[str]], *, settings: CrawlSettings) -> Iterator[Reading]:
    """A reading of every parser over its golden page, then of the addresses of ``pages`` (by parser).

    Addresses are fetched as any page is. A name that is no parser's is a reading with a reason.
    """
    parsers = {parser.name: parser for parser in load_parsers()}
    for parser in parsers.values():
        yield read_golden(parser)
    for name, urls in pages.items():
        for url in urls:
            known = parsers.get(name)
            yield _read_live(known, url, settings) if known else Reading(name, url, reason="no-parser")


def read_golden(parser: Parser, golden: Golden | None = None) -> Reading:
    """The reading over a golden page, that of the parser by default: every field must be as it says."""
    try:
        golden = golden or load_golden(parser.name)
        got = _listing(parser, golden.body, golden.url)
    except CrawlerError as error:
        return Reading(parser.name, GOLDEN, reason=error.reason)
    wanted = golden.listing
    missing = tuple(name for name in _filled(wanted) if not getattr(got, name))
    fields = [name for name in Listing.__dataclass_fields__ if name not in missing]
    changed = tuple(name for name in fields if getattr(got, name) != getattr(wanted, name))
    return Reading(parser.name, GOLDEN, missing, changed)


def _read_live(parser: Parser, url: str, settings: CrawlSettings) -> Reading:
    from crawler.collect import check_status
    from crawler.fetch import fetch

    try:
        fetched = fetch(url, settings=settings)
        check_status(fetched.page)
        got = _listing(parser, fetched.body, fetched.page.final_url, fetched.content_type)
        wanted = set(_filled(load_golden(parser.name).listing)) - parser.optional
    except CrawlerError as error:
        return Reading(parser.name, url, reason=error.reason)
    return Reading(parser.name, url, tuple(name for name in _in_order(wanted) if not getattr(got, name)))


def _listing(parser: Parser, body: bytes, url: str, content_type: str = "") -> Listing:
    """What this parser alone reads; an empty listing where the body is not even in its form."""
    from crawler.apps import open_body

    opened = open_body(body, url, content_type=content_type)
    got = parse_listing(parser, opened.markup, url=url, lines=opened.lines)
    return got or Listing(store=parser.store, app_id="", name="", url=url)


def _filled(listing: Listing) -> tuple[str, ...]:
    return _in_order({name for name in Listing.__dataclass_fields__ if getattr(listing, name)})


def _in_order(names: set[str]) -> tuple[str, ...]:
    """Names of fields in the order of :class:`Listing`, without those that are no part of a page."""
    return tuple(name for name in Listing.__dataclass_fields__ if name in names and name not in UNCHECKED)
