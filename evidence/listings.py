"""Versions of app listings: what a store showed of an app, each time it showed something else.

A file an app under ``<data>/apps``, named by the digest of the app's key, a line a version, only appended to.
"""

from __future__ import annotations

import fcntl
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from crawler.document import Listing
from evidence.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = "apps"


@dataclass(frozen=True, slots=True)
class ListingVersion:
    """One version. ``digest`` is that of what a reader sees; ``manifest`` names the capture that proves it.

    ``seen_at`` is UTC in RFC 3339. ``lead`` and ``score`` are the verdict of then.
    """

    key: str
    digest: str
    seen_at: str
    listing: Listing
    capture: str = ""
    manifest: str = ""
    lead: bool = False
    score: float = 0.0


def app_key(listing: Listing) -> str:
    """What an app is kept under: package name or bundle id, else the store and its number."""
    return (listing.package or f"{listing.store}:{listing.app_id or listing.url}").casefold()


def listing_digest(listing: Listing) -> str:
    """SHA-256 in hex over all that the store shows; the address it was found at is left out."""
    return hashlib.sha256(msgspec.json.encode(replace(listing, url=""))).hexdigest()


def read_versions(data: Path, key: str) -> tuple[ListingVersion, ...]:
    """All versions of an app in all stores, in the order they were seen. A line torn by a kill is left out.

    Raises EvidenceError for a file that holds anything else than versions.
    """
    path = _path(data, key)
    if not path.exists():
        return ()
    lines = path.read_bytes().split(b"\n")[:-1]
    try:
        return tuple(msgspec.json.decode(line, type=ListingVersion) for line in lines if line)
    except msgspec.MsgspecError as error:
        raise EvidenceError(f"{path} is no list of versions: {error}") from error


def keep_version(
    data: Path, version: ListingVersion, *, prove: Callable[[ListingVersion], ListingVersion]
) -> tuple[bool, ListingVersion | None]:
    """Keep a version unless the newest of its store says the same; whether it is new, and the one before it.

    ``prove`` is asked only for a new one, and answers it with its capture.
    """
    path = _path(data, version.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another run may have seen the same app
        before = newest(read_versions(data, version.key), version.listing.store)
        if before is not None and before.digest == version.digest:
            return False, before
        whole = path.read_bytes().rfind(b"\n") + 1
        file.truncate(whole)
        file.write(msgspec.json.encode(prove(version)) + b"\n")
    return True, before


def newest(versions: tuple[ListingVersion, ...], store: str) -> ListingVersion | None:
    """The newest version in a store."""
    return next((one for one in reversed(versions) if one.listing.store == store), None)


def _path(data: Path, key: str) -> Path:
    name = hashlib.sha256(key.casefold().encode("utf-8", "replace")).hexdigest()[:32]
    return data / FOLDER / f"{name}.jsonl"
