"""The store contract on a real Elasticsearch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.settings import StoreSettings
from evidence.store.open import open_store
from tests.contracts.grouping_contract import GroupingContract
from tests.contracts.store_contract import StoreContract
from tests.servers import drop_indices, elasticsearch_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evidence.store.protocol import EvidenceStore


@pytest.fixture(scope="class")
def url() -> str:
    return elasticsearch_url()


@pytest.mark.elasticsearch
class TestElastic(GroupingContract, StoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def make_store(cls, url: str) -> Iterator[Callable[[str], EvidenceStore]]:
        opened: dict[str, list[EvidenceStore]] = {}

        def make(name: str) -> EvidenceStore:
            store = open_store(StoreSettings(url=url, index_prefix=name))
            opened.setdefault(name, []).append(store)
            return store

        yield make
        for name, stores in opened.items():
            for store in stores:
                store.close()
            drop_indices(url, name)
