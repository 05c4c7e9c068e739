"""The store contract on the embedded store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.settings import StoreSettings
from evidence.store.open import open_store
from tests.contracts.grouping_contract import GroupingContract
from tests.contracts.store_contract import StoreContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evidence.store.protocol import EvidenceStore


class TestEmbedded(GroupingContract, StoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def make_store(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], EvidenceStore]]:
        folder = tmp_path_factory.mktemp("stores")
        opened: list[EvidenceStore] = []

        def make(name: str) -> EvidenceStore:
            opened.append(open_store(StoreSettings(url=f"sqlite:///{folder}/{name}.sqlite")))
            return opened[-1]

        yield make
        for store in opened:
            store.close()
