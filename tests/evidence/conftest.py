"""Fixtures of this package's tests: a blob store in a fresh folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.blobs import open_blobs

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty local blob store."""
    return open_blobs(tmp_path / "blobs")
