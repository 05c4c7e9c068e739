"""Paging through an Elasticsearch index from one point in time, so that pages stay still while it changes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from elasticsearch import NotFoundError

from evidence.store.elastic_client import clear_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from evidence.store.elastic_query import Clause

_KEEP = "5m"
_SCAN_PAGE = 500


class Pages:
    """Reads one alias."""

    def __init__(self, client: Elasticsearch, alias: str, *, url: str) -> None:
        self._client = client
        self._alias = alias
        self._url = url

    def page(self, request: dict[str, Any], *, after: list[Any] | None, point: str) -> tuple[Any, str]:
        """One page at a point in time, and that point; one that ran out is replaced by the present."""
        if point:
            with suppress(NotFoundError):
                return self._at(request, after, point)
        opened = self._client.open_point_in_time(index=self._alias, keep_alive=_KEEP)["id"]
        return self._at(request, after, opened)

    def every(self, wanted: Clause, order: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        """Every document found, in order, without a cap."""
        request = {
            "query": wanted,
            "sort": order,
            "size": _SCAN_PAGE,
            "source_includes": ["body"],
            "track_scores": True,
            "track_total_hits": False,
        }
        with self._point() as point:
            after: list[Any] | None = None
            while True:
                with clear_errors(self._url):
                    answer, point = self._at(request, after, point)
                found = answer["hits"]["hits"]
                yield from found
                if len(found) < _SCAN_PAGE:
                    return
                after = found[-1]["sort"]

    def forget(self, point: str) -> None:
        """Close a point in time; one that is gone already needs no closing."""
        with suppress(NotFoundError):
            self._client.close_point_in_time(id=point)

    def refresh(self) -> None:
        """Let searches see everything written up to now."""
        self._client.indices.refresh(index=self._alias)

    def _at(self, request: dict[str, Any], after: list[Any] | None, point: str) -> tuple[Any, str]:
        answer = self._client.search(**request, search_after=after, pit={"id": point, "keep_alive": _KEEP})
        return answer, answer.get("pit_id", point)

    @contextmanager
    def _point(self) -> Iterator[str]:
        with clear_errors(self._url):
            point = self._client.open_point_in_time(index=self._alias, keep_alive=_KEEP)["id"]
        try:
            yield point
        finally:
            with clear_errors(self._url):
                self.forget(point)
