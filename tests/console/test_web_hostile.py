"""What strangers send to the console, and what crawled text would do in a browser or a spreadsheet."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from console.api import health, routes
from console.api.app import make_app
from console.web import views
from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem
from tests.console.typed import ROOT
from workers.judge import judge_runs
from workers.pipeline import today
from workers.save import saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlp.analyse import Engine
    from workers.settings import Settings

PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"
SCRIPT = "<script>alert(1)</script>"
TEXTS = (
    f"{PROMO}{SCRIPT}<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    f'{PROMO}" autofocus onfocus="alert(1)" x=\'{{{{7*7}}}}{{% raw %}}',
    f"=cmd|'/C calc'!A0 {PROMO}",
    f"{PROMO}\u202e\u2028]]>--><!--{SCRIPT}</title></style></textarea></noscript>{SCRIPT}",
)
PLACES = (
    "javascript:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    'https://evil.example/"><script>alert(1)</script>',
    "https://evil.example/=1+1?a=%0d%0aSet-Cookie:x",
)
REFS = ("../../etc/passwd", '"><script>alert(1)</script>.html', "@SUM(1+1)*cmd", "\r\nSet-Cookie: x=1")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[TestClient]:
    """A console over hits whose words, places and names are attacks."""
    from tests.conftest import settings_in

    settings = settings_in(tmp_path_factory.mktemp("hostile"))
    items = [
        FeedItem(
            ref,
            make_document(
                source="web",
                url=place,
                place=place,
                blocks=(
                    Block("body", text),
                    Block("title", f"{SCRIPT}{ref}"),
                    Block("alt", text, where=SCRIPT),
                ),
                metadata={"lang": SCRIPT},
            ),
        )
        for text, place, ref in zip(TEXTS, PLACES, REFS, strict=True)
    ]
    list(saved(judge_runs(items, engine, today=today()), settings, job="test"))
    app = make_app(settings)
    app.state.console._engine = engine
    with TestClient(app, base_url="http://127.0.0.1") as made:
        yield made


class Dangers(html.parser.HTMLParser):
    """What in a page would run or lead away, other than the page's own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static"):
            self.found.append(f"script {given}")
        for name, value in attrs:
            leads_away = name in ("href", "src", "action", "formaction") and not (value or "").startswith(
                ("/", "?", "#", "data:image/")
            )
            if name.startswith("on") or leads_away or (value or "").startswith("//"):
                self.found.append(f"{tag} {name}={value}")


def dangers(page: str) -> list[str]:
    reader = Dangers()
    reader.feed(page)
    return reader.found


def _pages(console: TestClient) -> Iterator[tuple[str, str]]:
    paths = [
        "/",
        "/?q=冻卡",
        "/leads?state=all",
        f"/?q={SCRIPT}",
        f"/leads?state={SCRIPT}",
        f"/hits/{SCRIPT}",
    ]
    paths += [f"/leads/{lead['id']}" for lead in console.get("/v1/leads").json()]
    paths += [
        f"/hits/{one['hit']}" for one in console.get("/v1/search", params={"size": 50}).json()["results"]
    ]
    for path in paths:
        yield path, console.get(path).text


def test_no_page_runs_or_links_what_was_found(console: TestClient) -> None:
    pages = dict(_pages(console))
    assert len(pages) > 10
    assert {path: found for path, page in pages.items() if (found := dangers(page))} == {}
    assert not any("49" in page and "{{7*7}}" not in page for page in pages.values() if "autofocus" in page)


def test_the_report_runs_or_links_nothing_that_was_found(console: TestClient) -> None:
    for lead in console.get("/v1/leads").json():
        page = console.get(f"/leads/{lead['id']}/report.html").text
        assert "alert(1)" in page or "calc" in page
        assert dangers(page) == []


def test_no_cell_of_the_table_is_a_formula(console: TestClient) -> None:
    for lead in console.get("/v1/leads").json():
        rows = csv.reader(io.StringIO(console.get(f"/leads/{lead['id']}/report.csv").text))
        cells = [cell for row in rows for cell in row]
        assert len(cells) > 10
        assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "-"))] == []


def test_language_link_stays_here(console: TestClient) -> None:
    """A path with two slashes at its start would be another host in a link."""
    answer = console.get("http://127.0.0.1//evil.example/x")
    assert dangers(answer.text) == []


HEADERS: list[dict[str, bytes]] = [
    {"Host": b"["},
    {"Host": b""},
    {"Host": b"\xff"},
    {"Host": b"127.0.0.1:99999"},
    {"Host": b"127.0.0.1@evil.example"},
    {"Origin": b"http://[::1"},
    {"Origin": b"null"},
    {"Origin": b"http://127.0.0.1:9"},
    {"Authorization": b"Bearer \xff"},
    {"Cookie": b"xiansuo_session=\xff; xiansuo_lang=\xff"},
    {"Content-Length": b"\xb2"},
    {"Content-Length": b"-1"},
    {"Content-Length": b"9" * 5000},
    {"Sec-Fetch-Site": b"cross-site"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: str(headers)[:50])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_odd_headers_are_answered(console: TestClient, method: str, headers: dict[str, bytes]) -> None:
    body = {"Content-Type": b"application/json", **headers} if method == "POST" else headers
    answer = console.request(method, "/v1/scan", headers=body, content=b'{"text": "x"}')  # type: ignore[arg-type]
    assert answer.status_code < 500


BODIES = [
    b'{"leads": ["\\ud800"]}',
    b'{"leads": ["\\ud800"], "\\ud800": 1}',
    b'{"leads": "\\ud800"}',
    b'{"leads": ["x"], "reporter": "\\ud800", "format": "\\ud800"}',
    b'{"action": "triage", "actor": "\\ud800", "reason": "\\ud800"}',
    b'{"action": "\\ud800", "actor": "a", "receipt": "\\ud800"}',
    b'{"id": "\\ud800", "text": "\\ud800", "url": "http://\\ud800/", "html": "\\ud800"}',
    b'{"items": [null, 1, "x", [], {}, {"text": 5}, {"id": NaN, "text": "x"}]}',
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5000 + b', "text": "x"}',
    b'{"id": "1", "text": "x", "published_at": 1e999}',
    b"\xff\xfe",
    b"null",
    b"",
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:40]))
@pytest.mark.parametrize("path", ["/v1/scan", "/v1/reports", "/v1/leads/x/review"])
def test_odd_bodies_are_answered(console: TestClient, path: str, body: bytes) -> None:
    answer = console.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500
    json.loads(answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/blobs/..%2f..%2fetc%2fpasswd",
        "/blobs/%2e%2e/%2e%2e/etc/passwd",
        "/blobs/%00",
        "/blobs/" + "A" * 64,
        "/static/..%2f..%2fauth.py",
        "/static/%2e%2e/%2e%2e/auth.py",
        "/static//etc/passwd",
        "/leads/..%2f..%2fx/report.json",
        "/hits/%ED%A0%80",
        "/v1/leads/%00",
    ],
)
def test_no_path_leads_out_of_the_evidence(console: TestClient, path: str) -> None:
    answer = console.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "import " not in answer.text


def test_every_door_is_closed_to_strangers_and_to_other_sites(settings: Settings) -> None:
    """All routes but those of signing in and of health; every change needs an origin that is ours."""
    closed = make_app(
        settings.model_copy(update={"serve": settings.serve.model_validate({"token": "s3cret"})})
    )
    with TestClient(closed, base_url="https://console.example", follow_redirects=False) as stranger:
        doors = [*routes.router.routes, *views.router.routes, *health.router.routes]
        paths = {route.path.replace("{form}", "json") for route in doors}  # type: ignore[attr-defined]
        assert len(paths) > 10
        for path in (paths | {"/docs", "/openapi.json"}) - {"/healthz", "/sign-in"}:
            answer = stranger.get(path)
            assert (answer.status_code, answer.headers.get("location", "")) in {
                (401, ""),
                (303, "/sign-in"),
            }, path
        foreign = {"Origin": "https://evil.example", "Authorization": "Bearer s3cret"}
        for path in ("/v1/scan", "/v1/reports", "/leads/x/review", "/v1/leads/x/review", "/sign-in"):
            assert stranger.post(path, headers=foreign, content=b"{}").status_code == 403, path
        for given in ("Bearer", "Bearer ", "bearer s3cre", "Basic s3cret", "s3cret", "Bearer s3cret,"):
            assert stranger.get("/v1/leads", headers={"Authorization": given}).status_code == 401, given


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [
        ("XIANSUO_STORE__URL", "http://user:s3cret@127.0.0.1:1", ["search", "x"]),
        ("XIANSUO_STORE__URL", "http://user:s3cret@127.0.0.1:1,http://user:s3cret@127.0.0.1:2", ["doctor"]),
        ("XIANSUO_STORE__URL", "ftp://user:s3cret@127.0.0.1:1", ["-v", "index", "stats"]),
        ("XIANSUO_STORE__URL", "http://user:s3c/s3cret@127.0.0.1:1", ["search", "x"]),
        ("XIANSUO_STORE__BLOBS", "nosuch://user:s3cret@bucket/x", ["doctor"]),
        ("XIANSUO_WORKER__BROKER_URL", "redis://:s3cret@127.0.0.1:1/0", ["worker"]),
        ("XIANSUO_WORKER__BROKER_URL", "redis://:s3cret@127.0.0.1:1/0", ["doctor"]),
        ("XIANSUO_SERVE__TOKEN", "s3cret", ["serve", "--port", "0", "--host", "nosuchhost.invalid"]),
    ],
)
def test_no_message_tells_a_secret(variable: str, value: str, command: list[str], tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", variable: value}
    done = subprocess.run(
        [sys.executable, "-m", "console.cli", *command],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout + done.stderr
    assert "s3cret" not in done.stdout + done.stderr
