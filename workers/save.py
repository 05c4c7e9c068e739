"""Keep hits: proof first, then the index, then the leads; what the index refuses is kept as a dead letter."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.blobs import Blobs, open_blobs
from evidence.capture import Capture
from evidence.errors import IntegrityError
from evidence.hit import Hit
from evidence.leads import update_leads
from evidence.seal import seal
from evidence.store.open import open_store
from evidence.store.protocol import EvidenceStore
from evidence.tsa import authority_of
from workers.capture import capture_item
from workers.dead_letters import Retried, keep_letters, retry_letters
from workers.judge import Judged, failed
from workers.pipeline import now
from workers.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from evidence.seal import Sealing
    from evidence.tsa import Authority


@dataclass(frozen=True, slots=True)
class Evidence:
    """The open index and blob store of a run."""

    store: EvidenceStore
    blobs: Blobs
    settings: Settings


@contextmanager
def open_evidence(settings: Settings) -> Iterator[Evidence]:
    """The index and the blob store that the settings name; closed on leaving."""
    store = open_store(settings.store)
    try:
        yield Evidence(store, open_blobs(settings.store.blobs), settings)
    finally:
        store.close()


def saved(
    stream: Iterable[tuple[Judged, ...]], settings: Settings, *, job: str
) -> Iterator[tuple[Judged, ...]]:
    """The runs of ``stream``, gathered, each given on only after its hits are proven and indexed.

    An empty run (the input has nothing more for the moment) brings what there is. Raises StoreUnavailable
    where the index cannot be reached; what was given on until then is kept.
    """
    with open_evidence(settings) as evidence:

        def prove(judged: Judged) -> Sealing:
            return capture_item(judged, settings)

        batch: list[Judged] = []
        for run in stream:
            batch += run
            if batch and (not run or len(batch) >= settings.store.bulk):
                yield save_batch(batch, evidence, job=job, prove=prove)
                batch = []
            if not run:
                yield ()
        if batch:
            yield save_batch(batch, evidence, job=job, prove=prove)


def save_batch(
    batch: Sequence[Judged], evidence: Evidence, *, job: str, prove: Callable[[Judged], Sealing]
) -> tuple[Judged, ...]:
    """Prove and index the hits among ``batch``; one that cannot be proven or indexed comes back as failed."""
    found = [judged for judged in batch if is_hit(judged)]
    if not found:
        return tuple(batch)
    proofs = _sealed([prove(one) for one in found], evidence, authority_of(evidence.settings.evidence))
    made = dict(zip(map(id, found), proofs, strict=True))
    hits = [_hit(one, proof, job=job) for one in found if isinstance(proof := made[id(one)], Capture)]
    refused = index_hits(hits, evidence.store)
    if refused:
        keep_letters([hit for hit in hits if hit.id in refused], refused, evidence.settings.data)
    return tuple(_outcome(judged, made.get(id(judged)), refused) for judged in batch)


def _sealed(
    sealings: Sequence[Sealing], evidence: Evidence, authority: Authority | None
) -> list[Capture | str]:
    """The capture of each, or why there is none: one without proof does not keep the others from theirs."""
    try:
        return [*seal(sealings, blobs=evidence.blobs, authority=authority)]
    except IntegrityError as error:
        if len(sealings) == 1:
            return [str(error)]
    return [made for sealing in sealings for made in _sealed([sealing], evidence, authority)]


def index_hits(hits: Sequence[Hit], store: EvidenceStore) -> dict[str, str]:
    """Index proven hits and put them into their leads; answers the refused ids with the reasons."""
    refused = dict(store.put(hits).failed)
    update_leads(store, [hit for hit in hits if hit.id not in refused and hit.analysis.lead])
    return refused


def retry_refused(evidence: Evidence) -> Retried:
    """Try the dead letters again; see :mod:`workers.dead_letters`.

    A hit that came in later on its own stays as it is: its verdict and proof are newer.
    """

    def index(hits: Sequence[Hit]) -> dict[str, str]:
        known = {hit.id: _captured(hit) for hit in evidence.store.get_many(hit.id for hit in hits)}
        missing = [hit for hit in hits if known.get(hit.id, "") <= _captured(hit)]
        return index_hits(missing, evidence.store) if missing else {}

    folder, batch = evidence.settings.data, evidence.settings.store.bulk
    return retry_letters(folder, evidence.blobs, index=index, batch=batch)


def _captured(hit: Hit) -> str:
    return hit.capture.captured_at if hit.capture else ""


def is_hit(judged: Judged) -> bool:
    """Whether an item goes into the index: leads, and what lies in the review band."""
    analysis = judged.analysis
    return analysis is not None and judged.item.document is not None and (analysis.lead or analysis.review)


def _hit(judged: Judged, capture: Capture, *, job: str) -> Hit:
    document, page, analysis = judged.item.document, judged.item.page, judged.analysis
    assert document is not None  # see is_hit
    assert analysis is not None
    return Hit(
        id=document.id,
        document=document,
        analysis=analysis,
        seen_at=now(),
        capture=capture,
        basis=judged.basis,
        job=job,
        ref=judged.item.ref,
        fetched_url=page.url if page else document.metadata.get("fetched_url", ""),
    )


def _outcome(judged: Judged, proof: Capture | str | None, refused: dict[str, str]) -> Judged:
    """An item's outcome: failed where ``proof`` says why there is none, or where the index refused it."""
    if isinstance(proof, str):
        return failed(judged.item, proof, "unproven")
    if judged.item.document is None or judged.item.document.id not in refused:
        return judged
    why = refused[judged.item.document.id]
    return failed(judged.item, f"not indexed: {why}", "index-refused")
