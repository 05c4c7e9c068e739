"""What every evidence store does. A test class per store inherits it and supplies ``make_store``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.contracts.audit import AuditContract
from tests.contracts.hits import HitsContract
from tests.contracts.leads import LeadsContract
from tests.contracts.results import ResultsContract
from tests.contracts.search import SearchContract
from tests.contracts.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.store.protocol import EvidenceStore


class StoreContract(HitsContract, SearchContract, ResultsContract, LeadsContract, AuditContract):
    """Inherit, and supply ``make_store``, of class scope: opens the store of a name, empty the first time."""

    @pytest.fixture
    def name(self) -> str:
        return f"test-{uuid.uuid4().hex[:12]}"

    @pytest.fixture
    def store(self, make_store: Callable[[str], EvidenceStore], name: str) -> EvidenceStore:
        return make_store(name)

    @pytest.fixture
    def reopen(self, make_store: Callable[[str], EvidenceStore], name: str) -> Callable[[], EvidenceStore]:
        """Opens another store on the data of ``store``."""
        return lambda: make_store(name)

    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, make_store: Callable[[str], EvidenceStore]) -> EvidenceStore:
        """A store of three hits that tests only read."""
        world = make_store(f"test-{uuid.uuid4().hex[:12]}")
        world.put(WORLD)
        return world

    @pytest.fixture(scope="class")
    @classmethod
    def growing(cls, make_store: Callable[[str], EvidenceStore]) -> EvidenceStore:
        """A store that keeps what each example puts in."""
        return make_store(f"test-{uuid.uuid4().hex[:12]}")
