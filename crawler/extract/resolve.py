"""Makes the addresses of one page absolute."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_NOT_ADDRESSES = ("javascript:", "data:", "about:", "blob:", "vbscript:", "#")
_LONGEST = 8_192
_BREAKS = str.maketrans("", "", "\t\r\n")


class Resolver:
    """Addresses relative to a page, or to its ``<base>``. A plain class, for it remembers what it has
    joined.
    """

    def __init__(self, url: str, parser: LexborHTMLParser | None = None) -> None:
        base = parser.css_first("base[href]") if parser else None
        href = (base.attributes.get("href") or "") if base else ""
        self.base = _join(url, href) or url
        parts = _split(self.base)
        self._origin = f"{parts[0]}://{parts[1]}" if parts[1] else ""
        self._scheme = parts[0]
        self._known: dict[str, str] = {}

    def absolute(self, href: str | None) -> str:
        """The absolute address; empty for scripts, inline data, in-page anchors and what cannot be an
        address.
        """
        if not href:
            return ""
        known = self._known.get(href)
        if known is None:
            known = self._known[href] = self._resolve(href)
        return known

    def _resolve(self, href: str) -> str:
        href = href.strip().translate(_BREAKS)
        if len(href) > _LONGEST or href[:11].lower().startswith(_NOT_ADDRESSES):
            return ""
        if href.startswith(("https://", "http://")):
            return href
        if self._origin and href.startswith("/") and not href.startswith("//") and "/." not in href:
            return self._origin + href
        return _join(self.base, href)


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href) if href else ""
    except ValueError:
        return ""


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
