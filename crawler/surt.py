"""The sort-friendly form of an address by which archive indexes are searched (SURT)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_KEPT = "%/:?#[]@!$&'()*+,;=~"
_SLASHES = re.compile("/+")
_WWW = re.compile(r"^www\d*\.")
_PORTS = {"http": 80, "https": 443}


def surt(url: str) -> str:
    """``https://www.b.example:8080/P?b=1&a=2`` → ``example,b:8080)/p?a=2&b=1``; else in small letters."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.replace(" ", "%20").lower()
    if parts.scheme not in _PORTS or not host:
        return url.replace(" ", "%20").lower()
    host = _WWW.sub("", host)
    named = host if ":" in host else ",".join(reversed(host.split(".")))
    shown = f":{port}" if port and port != _PORTS[parts.scheme] else ""
    path = _SLASHES.sub("/", parts.path).rstrip("/") or "/"
    query = f"?{'&'.join(sorted(parts.query.lower().split('&')))}" if parts.query else ""
    return f"{named}{shown}){quote(path + query, safe=_KEPT).lower()}"
