"""What an index refused is tried again: proof first here too, and only what fails again is kept."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.settings import StoreSettings
from nlp.analysis import Score
from tests import servers
from tests.evidence.samples import TEXT, sealed_hit
from workers.dead_letters import FILE, captures_of_letters, keep_letters
from workers.save import index_hits, open_evidence, retry_refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.hit import Hit
    from workers.save import Evidence
    from workers.settings import Settings


@pytest.fixture
def evidence(settings: Settings) -> Iterator[Evidence]:
    with open_evidence(settings) as opened:
        yield opened


def kept(evidence: Evidence, hits: list[Hit]) -> None:
    keep_letters(hits, dict.fromkeys((hit.id for hit in hits), "busy"), evidence.settings.data)


def test_what_the_index_takes_now_is_gone_from_the_file(evidence: Evidence) -> None:
    hits = [sealed_hit(evidence.blobs, f"{number} {TEXT}") for number in range(3)]
    kept(evidence, hits)
    assert captures_of_letters(evidence.settings.data) == {hit.capture.id for hit in hits if hit.capture}
    assert retry_refused(evidence).indexed == 3
    assert list(evidence.store.get_many(hit.id for hit in hits)) == hits
    (lead,) = evidence.store.leads()
    assert set(lead.hit_ids) == {hit.id for hit in hits}
    assert not (evidence.settings.data / FILE).exists()
    assert retry_refused(evidence).indexed == 0


def test_what_fails_again_stays_with_its_reason(evidence: Evidence) -> None:
    good, undated = sealed_hit(evidence.blobs), sealed_hit(evidence.blobs, f"2 {TEXT}")
    undated = replace(undated, seen_at="yesterday")
    assert evidence.blobs.local is not None
    kept(evidence, [undated, good])
    outcome = retry_refused(evidence)
    assert outcome.indexed == 1
    ((name, reason),) = outcome.left
    assert name == undated.id
    assert "yesterday" in reason
    (line,) = (evidence.settings.data / FILE).read_text("utf-8").splitlines()
    assert json.loads(line)["reason"] == reason


def test_what_cannot_be_read_or_is_not_proven_is_never_indexed(evidence: Evidence) -> None:
    unproven, unscored = sealed_hit(evidence.blobs), sealed_hit(evidence.blobs, f"2 {TEXT}")
    assert unproven.capture is not None
    evidence.blobs.delete(unproven.capture.manifest)
    unscored = replace(unscored, analysis=replace(unscored.analysis, score=Score(float("nan"), 0.0)))
    kept(evidence, [unproven, unscored])
    outcome = retry_refused(evidence)
    assert outcome.indexed == 0
    assert "proof" in outcome.left[0][1]
    assert "readable" in outcome.left[1][1]
    assert len((evidence.settings.data / FILE).read_bytes().splitlines()) == 2
    assert evidence.store.stats()["hits"] == 0


def test_a_newer_hit_in_the_index_is_not_replaced(evidence: Evidence) -> None:
    old = sealed_hit(evidence.blobs)
    assert old.capture is not None
    newer = replace(old, capture=replace(old.capture, captured_at="2026-12-01T00:00:00Z"), job="newer")
    evidence.store.put([newer])
    kept(evidence, [old])
    assert retry_refused(evidence).left == ()
    assert evidence.store.get(old.id) == newer


@pytest.mark.elasticsearch
def test_an_index_that_refuses_writes_gets_them_later(settings: Settings) -> None:
    url, prefix = servers.elasticsearch_url(), "test-refusing"
    store = StoreSettings(url=url, index_prefix=prefix, blobs=settings.store.blobs)
    try:
        with open_evidence(settings.model_copy(update={"store": store})) as evidence:
            hits = [sealed_hit(evidence.blobs)]
            _set_read_only(url, prefix, on=True)
            refused = index_hits(hits, evidence.store)
            assert "block" in refused[hits[0].id]
            keep_letters(hits, refused, evidence.settings.data)
            assert [name for name, _ in retry_refused(evidence).left] == [hits[0].id]
            _set_read_only(url, prefix, on=False)
            assert retry_refused(evidence).indexed == 1
            assert evidence.store.get(hits[0].id) == hits[0]
    finally:
        servers.drop_indices(url, prefix)


def _set_read_only(url: str, prefix: str, *, on: bool) -> None:
    request = urllib.request.Request(
        f"{url}/{prefix}-hits/_settings",
        method="PUT",
        data=json.dumps({"index.blocks.write": on}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).close()
