"""What a fetch produced: a page and the hops that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Renderer = Literal["http", "chromium"]


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a redirect chain, in the order they were made."""

    url: str
    status: int
    location: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page. Bodies and pictures are references into the blob store, never bytes.

    ``fetched_at`` is UTC in RFC 3339. ``body`` and ``screenshot`` are SHA-256 digests in hex, which are also
    the blob store's keys; an empty string says there is none. ``warc_records`` are WARC-Record-IDs.
    """

    url: str
    final_url: str
    fetched_at: str
    status: int
    hops: tuple[Hop, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    renderer: Renderer = "http"
    screenshot: str = ""
    dom: str = ""
    warc: str = ""
    warc_records: tuple[str, ...] = ()
    ip: str = ""
    robots: str = field(default="", metadata={"doc": "SHA-256 of the robots.txt that allowed the fetch"})
