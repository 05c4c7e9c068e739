"""Short links of hits are followed to their end, and no further."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem
from nlp.analyse import analyse
from nlp.analysis import Contact, Span
from tests.sites.server import page, redirect, serve
from workers.judge import Judged
from workers.short_links import ShortLinks

if TYPE_CHECKING:
    from nlp.analyse import Engine
    from workers.settings import Settings


def found(engine: Engine, *links: str, lead: bool = True) -> Judged:
    document = make_document(source="web", blocks=(Block("body", "x"),), url="http://page/")
    contacts = tuple(Contact("short_link", link, Span(0, 0, 1), "x") for link in links)
    analysis = replace(analyse(document, engine), lead=lead, review=False, contacts=contacts)
    return Judged(FeedItem("1", document), analysis)


def ways(judged: Judged) -> dict[str, str]:
    assert judged.item.document is not None
    return judged.item.document.metadata


def a_site() -> dict[str, object]:
    return {
        "/s": redirect("/t"),
        "/t": redirect("/end"),
        "/end": page("<a href=/beyond>x</a><img src=/picture>"),
        "/loop": redirect("/loop"),
        "/inside": redirect("http://169.254.169.254/"),
    }


def test_the_chain_is_noted_and_nothing_beyond_is_asked_for(settings: Settings, engine: Engine) -> None:
    with serve(a_site()) as site:  # type: ignore[arg-type]
        links = ShortLinks(settings.crawl)
        short = site.url("/s")
        first = links.resolve(found(engine, short))
        again = links.resolve(found(engine, short))
        assert site.paths() == ["/s", "/t", "/end"]
    way = f"{site.url('/s')} (302) -> {site.url('/t')} (302) -> {site.url('/end')} (200)"
    assert ways(first) == ways(again) == {f"short_link {short}": way}


@pytest.mark.parametrize(
    ("path", "reason"), [("/loop", "redirect-loop"), ("/inside", "private-address")], ids=["loop", "inside"]
)
def test_a_chain_that_breaks_says_why(settings: Settings, engine: Engine, path: str, reason: str) -> None:
    with serve(a_site()) as site:  # type: ignore[arg-type]
        done = ShortLinks(settings.crawl).resolve(found(engine, site.url(path)))
    assert ways(done)[f"short_link {site.url(path)}"].endswith(f"; {reason}")


def test_only_hits_are_followed_and_only_where_wanted(settings: Settings, engine: Engine) -> None:
    off = settings.crawl.model_copy(update={"resolve_short_links": False})
    with serve(a_site()) as site:  # type: ignore[arg-type]
        ShortLinks(settings.crawl).resolve(found(engine, site.url("/s"), lead=False))
        ShortLinks(off).resolve(found(engine, site.url("/s")))
        assert site.paths() == []
