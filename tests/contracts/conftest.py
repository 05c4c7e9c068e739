"""The parts of the contract are no test modules, but their assertions explain themselves all the same."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"tests.contracts.{part}" for part in ("audit", "hits", "leads", "results", "search", "world"))
)
