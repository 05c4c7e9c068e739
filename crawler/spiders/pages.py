"""From an exchange or a browser's visit to a Page, with what proves it put into the job's folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import RenderError
from crawler.job import WARC, PageOutcome
from crawler.page import Hop, Page
from crawler.policy import Ticket
from crawler.spiders.record import header_pairs
from crawler.warc import Answer, Sent, instant

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from crawler.render import Rendered
    from crawler.spiders.spool import Spool

# The browser hands the body over already freed of these.
_DECODED = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Trail:
    """How a page was come to: its ticket, the hops so far, the WARC records made, and the page as served."""

    ticket: Ticket
    hops: tuple[Hop, ...] = ()
    records: list[str] = field(default_factory=list)
    plain: PageOutcome | None = None

    def then(self, hop: Hop) -> Trail:
        """The trail one hop further."""
        return replace(self, hops=(*self.hops, hop))


def page_of(request: Request, trail: Trail, spool: Spool, response: Response | None = None) -> Page:
    """The page an exchange made; without a response, what is known of a chain that broke."""
    return Page(
        url=trail.ticket.url,
        final_url=response.url if response else request.url,
        fetched_at=instant(),
        status=response.status if response else 0,
        hops=trail.hops,
        headers=header_pairs(response.headers) if response else (),
        body=spool.keep(response.body) if response else "",
        warc=WARC,
        warc_records=tuple(trail.records),
        ip=trail.hops[-1].ip,
        robots=request.meta.get("robots", ""),
    )


def failure(ticket: Ticket, page: Page | None, reason: str, error: str) -> PageOutcome:
    """The outcome of a ticket that no document came of."""
    return PageOutcome(url=ticket.url, page=page, reason=reason, error=error[:500], depth=ticket.depth)


def rendered_page(plain: Page, rendered: Rendered, spool: Spool) -> tuple[Page, bytes]:
    """The page as the browser showed it, and its DOM in UTF-8.

    Raises RenderError where the browser ended on an error page of its own or of the server.
    """
    if urlsplit(rendered.final_url).scheme not in ("http", "https") or not rendered.hops:
        raise RenderError(f"the browser ended on {rendered.final_url[:200]}")
    if rendered.status >= 400:
        raise RenderError(f"the browser was answered {rendered.status}", reason=f"http-{rendered.status}")
    html = rendered.html.encode("utf-8", "replace")
    records = _record(rendered, html, spool)
    page = replace(
        plain,
        final_url=rendered.final_url,
        fetched_at=rendered.captured_at,
        status=rendered.status,
        hops=(*plain.hops[:-1], *rendered.hops),
        headers=rendered.headers,
        body=spool.keep(rendered.body) or plain.body,
        renderer="chromium",
        screenshot=spool.keep(rendered.screenshot),
        dom=spool.keep(html),
        warc_records=(*plain.warc_records, *records),
        ip=rendered.ip,
    )
    return page, html


def _record(rendered: Rendered, html: bytes, spool: Spool) -> tuple[str, ...]:
    """Write the browser's main document, its DOM and picture to the WARC; return the record ids."""
    served = rendered.hops[-1].url
    parts = urlsplit(served)
    headers = tuple(
        (f"X-Archive-Orig-{name}" if name.lower() in _DECODED else name, value)
        for name, value in rendered.headers
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked, answered, *beside = spool.warc.exchange(
        served,
        Sent(f"GET {target}", rendered.request_headers),
        Answer(rendered.status, headers, rendered.body, connection=rendered.connection),
        ip=rendered.ip,
        date=rendered.captured_at,
    )
    kept = {"date": rendered.captured_at, "refers_to": answered}
    dom = spool.warc.resource(f"urn:dom:{served}", "text/html; charset=utf-8", html, **kept)
    picture = spool.warc.resource(f"urn:screenshot:{served}", "image/png", rendered.screenshot, **kept)
    return asked, answered, *beside, dom, picture
