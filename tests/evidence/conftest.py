"""Fixtures of this package's tests: a blob store and an index in a fresh folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.blobs import open_blobs
from evidence.settings import StoreSettings
from evidence.store.open import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.blobs import Blobs
    from evidence.store.protocol import EvidenceStore


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty local blob store."""
    return open_blobs(tmp_path / "blobs")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    """An empty embedded store."""
    opened = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    yield opened
    opened.close()
