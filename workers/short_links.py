"""Short links of hits: where each leads, found by requesting the chain and no page beyond it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crawler.fetch import follow_redirects
from crawler.settings import CrawlSettings

if TYPE_CHECKING:
    from workers.judge import Judged

SHORT = "short_link"
MOST = 5
"""Short links followed of one page."""
MOST_IN_ALL = 500
"""Short links followed in one run."""


@dataclass(slots=True)
class ShortLinks:
    """Resolves the short links of one run, each once.

    The chain is noted in the document's metadata, under ``short_link`` and the address as found.
    """

    settings: CrawlSettings
    _known: dict[str, str] = field(default_factory=dict)

    def resolve(self, judged: Judged) -> Judged:
        """The same verdict, with the ways of its short links where it is a hit."""
        document, analysis = judged.item.document, judged.analysis
        if not self.settings.resolve_short_links or document is None or analysis is None:
            return judged
        if not (analysis.lead or analysis.review):
            return judged
        short = dict.fromkeys(one.handle for one in analysis.contacts if one.platform == SHORT)
        ways = {f"{SHORT} {url}": way for url in list(short)[:MOST] if (way := self._way(url))}
        if not ways:
            return judged
        changed = replace(document, metadata={**document.metadata, **ways})
        return replace(judged, item=replace(judged.item, document=changed))

    def _way(self, url: str) -> str:
        """The addresses of the chain with their answers, and what stopped it; empty above the bound."""
        if url not in self._known:
            if len(self._known) >= MOST_IN_ALL:
                return ""
            chain = follow_redirects(url if "://" in url else f"https://{url}", settings=self.settings)
            way = " -> ".join(f"{hop.url} ({hop.status})" for hop in chain.hops)
            self._known[url] = f"{way}; {chain.reason}" if chain.reason else way
        return self._known[url]
