"""The one door to a store: its address says which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evidence.addresses import shown
from evidence.errors import StoreError

if TYPE_CHECKING:
    from evidence.settings import StoreSettings
    from evidence.store.protocol import EvidenceStore


def open_store(settings: StoreSettings) -> EvidenceStore:
    """Open the store that ``settings.url`` names, creating it where it is not there yet.

    Raises :class:`StoreError` on an address or file that cannot be used, and
    :class:`~evidence.errors.StoreUnavailable` where the index cannot be reached.
    """
    scheme, separator, rest = settings.url.partition("://")
    match scheme.lower():
        case "sqlite" if separator:
            from evidence.store.embedded import EmbeddedStore

            # sqlite:///data/x is relative, sqlite:////data/x absolute, as SQL toolkits have it.
            path = rest.removeprefix("/")
            if not path:
                raise StoreError(
                    f"the store address {shown(settings.url)!r} names no file: write sqlite:///PATH"
                )
            return EmbeddedStore(Path(path), timeout_s=settings.timeout_s, batch=settings.bulk)
        case "http" | "https":
            from evidence.store.elastic import open_elastic

            return open_elastic(settings)
        case _:
            raise StoreError(
                f"the store address {shown(settings.url)!r} is unknown: use sqlite:///PATH or http(s)://HOST:PORT"
            )
