"""What the Elasticsearch store says and does when the server refuses, held against a scripted server."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from pydantic import SecretStr

from evidence.errors import StoreError, StoreUnavailable
from evidence.settings import StoreSettings
from evidence.store.elastic_client import connect
from evidence.store.elastic_hits import BulkWriter
from evidence.store.index_document import index_documents
from evidence.store.open import open_store
from tests.factories import make_hit

if TYPE_CHECKING:
    from collections.abc import Iterator

HITS = [make_hit(f"承兑 {number}") for number in range(3)]


@dataclass
class Script:
    """Answers by path, the first of each list first, the last for ever; requests are kept."""

    answers: dict[str, deque[tuple[int, Any]]]
    product: str = "Elasticsearch"
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, Any]:
        for prefix, answers in self.answers.items():
            if path.startswith(prefix):
                return answers.popleft() if len(answers) > 1 else answers[0]
        return 404, {"error": {"type": "no_such_path", "reason": path}, "status": 404}


def script(product: str = "Elasticsearch", **answers: list[tuple[int, Any]]) -> Script:
    paths = {
        "health": "/_cluster/health",
        "nodes": "/_nodes",
        "bulk": "/t-hits/_bulk",
        "mget": "/t-hits/_mget",
    }
    known: dict[str, list[tuple[int, Any]]] = {
        "health": [(200, {"status": "green"})],
        "nodes": [(200, {"nodes": {"a": {"version": "8.19.21"}}})],
    }
    return Script({paths[name]: deque(listed) for name, listed in (known | answers).items()}, product)


@contextmanager
def served(scripted: Script) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            scripted.requests.append(
                (self.path, body, {name.lower(): value for name, value in self.headers.items()})
            )
            status, answer = scripted.answer(self.path)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Elastic-Product", scripted.product)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_HEAD = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(status: int, kind: str = "x", reason: str = "because") -> tuple[int, Any]:
    cause = {"type": kind, "reason": reason}
    return status, {"error": {**cause, "root_cause": [cause]}, "status": status}


def items(*outcomes: tuple[str, int]) -> tuple[int, Any]:
    """A bulk answer; an outcome is the operation and its status."""
    return 200, {
        "errors": True,
        "items": [
            {kind: {"status": status} | ({"error": {"type": "t", "reason": "r"}} if status > 299 else {})}
            for kind, status in outcomes
        ],
    }


def test_a_refused_connection_is_one_clear_sentence() -> None:
    with pytest.raises(StoreUnavailable, match=r"no Elasticsearch can be reached at http://127\.0\.0\.1:1"):
        open_store(StoreSettings(url="http://127.0.0.1:1", timeout_s=2))


@pytest.mark.parametrize(
    ("scripted", "says"),
    [
        pytest.param(script(health=[refusal(401)]), "refused the credentials", id="credentials"),
        pytest.param(script(health=[refusal(403)]), "allows this user too little", id="rights"),
        pytest.param(script(health=[refusal(503)]), "busy or not ready", id="not ready"),
        pytest.param(script(product="Other"), "is not Elasticsearch", id="another product"),
        pytest.param(
            script(nodes=[(200, {"nodes": {"a": {"version": "7.17.0"}}})]), "is version 7.17.0", id="version"
        ),
    ],
)
def test_a_server_that_cannot_be_used_is_one_clear_sentence(scripted: Script, says: str) -> None:
    with served(scripted) as url, pytest.raises(StoreUnavailable, match=says) as raised:
        connect(StoreSettings(url=url))
    assert "\n" not in str(raised.value)


def test_an_unknown_version_is_no_obstacle() -> None:
    with served(script(nodes=[refusal(403)])) as url:
        connect(StoreSettings(url=url)).close()


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"api_key": SecretStr("c2VjcmV0")}, "ApiKey c2VjcmV0"),
        ({"username": "a", "password": SecretStr("b")}, "Basic YTpi"),
    ],
    ids=["api key", "password"],
)
def test_credentials_are_sent_and_never_shown(options: dict[str, Any], header: str) -> None:
    scripted = script()
    with served(scripted) as url:
        settings = StoreSettings(url=url, **options)
        connect(settings).close()
    assert scripted.requests[0][2]["authorization"] == header
    assert "c2VjcmV0" not in repr(settings)


def test_a_missing_certificate_file_is_named(tmp_path: Any) -> None:
    with pytest.raises(StoreError, match=r"ca\.crt is no file"):
        connect(StoreSettings(url="https://127.0.0.1:1", ca_certs=tmp_path / "ca.crt"))


def test_an_address_without_port_gets_the_usual_one() -> None:
    with pytest.raises(StoreUnavailable):
        connect(StoreSettings(url="https://127.0.0.1, https://[::1]", timeout_s=2))


@contextmanager
def writer(scripted: Script) -> Iterator[tuple[BulkWriter, list[float]]]:
    pauses: list[float] = []
    with served(scripted) as url, Elasticsearch(url, max_retries=0) as client:
        yield BulkWriter(client, "t-hits", batch=500, pause=pauses.append), pauses


def test_items_the_server_is_too_busy_for_are_sent_again() -> None:
    documents, _ = index_documents(HITS)
    busy = script(
        bulk=[items(("create", 201), ("create", 429), ("create", 429)), items(*[("create", 201)] * 2)]
    )
    with writer(busy) as (bulk, pauses):
        written = bulk.write(documents)
    assert written.indexed == set(documents)
    assert not written.failed
    assert len(pauses) == 1
    first, second = (body.count('"create"') for path, body, _ in busy.requests if "_bulk" in path)
    assert (first, second) == (3, 2)


def test_a_server_that_stays_too_busy_fails_the_items_with_the_reason() -> None:
    documents, _ = index_documents(HITS[:1])
    with writer(script(bulk=[items(("create", 429))])) as (bulk, pauses):
        written = bulk.write(documents)
    assert written.failed == {HITS[0].id: "t: r"}
    assert pauses == sorted(pauses)
    assert len(pauses) >= 5


def test_one_bad_item_does_not_hold_up_the_others() -> None:
    documents, _ = index_documents(HITS)
    with writer(script(bulk=[items(("create", 201), ("create", 400), ("create", 201))])) as (bulk, _):
        written = bulk.write(documents)
    assert written.indexed == {HITS[0].id, HITS[2].id}
    assert written.failed == {HITS[1].id: "t: r"}


def test_a_hit_whose_answer_was_lost_counts_as_indexed() -> None:
    documents, _ = index_documents(HITS[:1])
    lost = script(bulk=[items(("create", 409))], mget=[(200, {"docs": []})])
    with writer(lost) as (bulk, _):

        class Echo(deque[tuple[int, Any]]):
            """Answers with the writer's own token, as the server would that had kept the first request."""

            def __getitem__(self, _: object) -> tuple[int, Any]:
                sent = next(body for path, body, _ in lost.requests if "_bulk" in path)
                source = json.loads(sent.splitlines()[1])
                kept = {key: source[key] for key in ("seen", "seen_at", "writer")}
                found = {"_id": HITS[0].id, "found": True, "_seq_no": 1, "_primary_term": 1, "_source": kept}
                return 200, {"docs": [found]}

        lost.answers["/t-hits/_mget"] = Echo([(200, None)])
        written = bulk.write(documents)
    assert written.indexed == {HITS[0].id}
    assert not written.known


def test_an_index_that_is_gone_is_said_at_once() -> None:
    documents, _ = index_documents(HITS[:1])
    with (
        writer(script(bulk=[items(("create", 404))])) as (bulk, _),
        pytest.raises(StoreUnavailable, match="open the store again"),
    ):
        bulk.write(documents)
