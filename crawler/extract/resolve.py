"""Makes the addresses of one page absolute."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_NOT_ADDRESSES = ("javascript:", "data:", "about:", "blob:", "vbscript:", "#")
_LONGEST = 8_192
_ROOTED = re.compile(r"(?:/[\w-][\w.,~%@:-]*)+/?(?:[?#][\w.,~%@:/?=&+-]*)?\Z", re.A)
"""The usual path from the root, which needs no more than the origin in front."""

_BREAKS = str.maketrans("", "", "\t\r\n")


class Resolver:
    """Addresses relative to a page, or to its ``<base>``; remembers what it has joined."""

    def __init__(self, url: str, base: str = "") -> None:
        self.base = _join(url, base.strip()) or url
        scheme, host = _split(self.base)
        self._origin = f"{scheme}://{host}" if host else ""
        self._known: dict[str, str] = {}

    def absolute(self, href: str | None) -> str:
        """The absolute address; empty for scripts, inline data, places in the page, and no addresses."""
        if not href:
            return ""
        if href[0] == "/" and self._origin and _ROOTED.match(href) and len(href) <= _LONGEST:
            return self._origin + href
        known = self._known.get(href)
        if known is None:
            known = self._known[href] = self._resolve(href)
        return known

    def _resolve(self, href: str) -> str:
        href = href.strip().translate(_BREAKS)
        if len(href) > _LONGEST or href[:11].lower().startswith(_NOT_ADDRESSES):
            return ""
        return href if href.startswith(("https://", "http://")) else _join(self.base, href)


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
