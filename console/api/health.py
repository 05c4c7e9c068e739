"""Health for machines: alive, ready, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import generate_latest

from console.api.state import ConsoleState, OpenEvidence
from evidence.errors import EvidenceError
from workers.save import open_evidence

router = APIRouter(tags=["health"])


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """The process answers."""
    return "ok\n"


@router.get("/readyz")
def readyz(console: ConsoleState) -> JSONResponse:
    """The index answers and the model is loaded, with their versions; 503 with the reason where not."""
    try:
        with open_evidence(console.settings) as evidence:
            evidence.store.stats()
    except EvidenceError as error:
        return JSONResponse({"ready": False, "reason": str(error)}, 503)
    versions = console.engine().versions
    return JSONResponse({"ready": True, "lexicon": versions.lexicon, "model": versions.model})


@router.get("/metrics")
def metrics(console: ConsoleState, evidence: OpenEvidence) -> Response:
    """Counters in the Prometheus text format."""
    for kind, count in evidence.store.stats().items():
        console.indexed.labels(kind).set(count)
    return Response(generate_latest(console.registry), media_type="text/plain; version=0.0.4; charset=utf-8")
