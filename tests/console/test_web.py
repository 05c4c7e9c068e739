"""The API and the pages, over the embedded store."""

from __future__ import annotations

import json
from shutil import copytree
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from console.api.app import make_app
from crawler.feeds import read_inputs
from nlp.lexicon import default_folder, load_lexicon
from nlp.live import LiveEngine
from nlp.settings import DetectionSettings
from workers.judge import judge_runs
from workers.pipeline import today
from workers.save import saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlp.analyse import Engine
    from workers.settings import Settings

PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"
HOSTILE = PROMO + "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def client(settings: Settings, engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """The console over an index of two hits, one of them hostile."""
    lines = [
        {"id": "a", "text": PROMO},
        {"id": "b", "text": HOSTILE, "title": "<b>标题</b>"},
        {"id": "c", "text": "天气好"},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    items = read_inputs([str(source)], settings=settings.crawl)
    list(saved(judge_runs(items, engine, today=today()), settings, job="test"))
    app = make_app(settings)
    app.state.console._live = engine
    with TestClient(app, base_url="http://127.0.0.1") as made:
        yield made


def _lead(client: TestClient) -> str:
    found: str = client.get("/v1/leads").json()[0]["id"]
    return found


def test_scan_answers_in_order_and_keeps_bad_items(client: TestClient) -> None:
    answer = client.post(
        "/v1/scan", json={"items": [{"id": "x", "text": PROMO}, {"id": "y"}, {"id": "z", "text": "你好"}]}
    )
    results = answer.json()["results"]
    assert [each["id"] for each in results] == ["x", "y", "z"]
    assert [each["lead"] for each in results] == [True, False, False]
    assert results[1]["error"]


def test_scan_takes_one_item_and_a_list(client: TestClient) -> None:
    assert client.post("/v1/scan", json={"id": "x", "text": PROMO}).json()["results"][0]["lead"]
    assert len(client.post("/v1/scan", json=[{"id": "x", "text": PROMO}]).json()["results"]) == 1


def test_search_finds_a_chinese_substring_with_facets(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "不冻卡"}).json()
    assert answer["total"] == 2
    assert answer["facets"]["stance"] == {"promo": 2}


def test_a_bad_query_and_a_bad_filter_say_so(client: TestClient) -> None:
    assert client.get("/v1/search", params={"q": "("}).status_code == 400
    assert client.get("/v1/search", params={"filter": "x=y"}).status_code == 400


def test_review_needs_the_rules(client: TestClient) -> None:
    url = f"/v1/leads/{_lead(client)}/review"
    assert (
        client.post(url, json={"action": "triage", "actor": "甲", "reason": "看过"}).json()["state"]
        == "triaged"
    )
    assert client.post(url, json={"action": "approve", "actor": "甲", "reason": "好"}).status_code == 409
    assert client.post(url, json={"action": "confirm", "actor": "甲", "reason": ""}).status_code == 409


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "docx", "html", "bundle"])
def test_reports_are_files(client: TestClient, form: str) -> None:
    answer = client.post("/v1/reports", json={"leads": [_lead(client)], "format": form})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content


def test_a_period_is_reported_with_its_cover(client: TestClient) -> None:
    _lead(client)
    made = client.post("/v1/reports", json={"since": "2020-01-01", "state": "new"}).json()
    assert made["cover"]["found"] == made["cover"]["leads"] == len(made["leads"]) > 0
    assert client.post("/v1/reports", json={"until": "2020-01-01"}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"leads": ["a"], "since": "2026-01-01"},
        {"since": "2026-02-01", "until": "2026-01-01"},
        {"leads": ["a"], "digest": True},
    ],
    ids=["nothing", "both", "backwards", "digest of json"],
)
def test_a_report_request_that_makes_no_sense_is_refused(
    client: TestClient, asked: dict[str, object]
) -> None:
    assert client.post("/v1/reports", json=asked).status_code == 422


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "docx", "html", "bundle"])
def test_of_a_dismissed_lead_only_a_draft_is_made(client: TestClient, form: str) -> None:
    lead = _lead(client)
    step = {"action": "dismiss", "actor": "甲", "reason": "误报"}
    assert client.post(f"/v1/leads/{lead}/review", json=step).status_code == 200
    asked = {"leads": [lead], "format": form}
    refused = client.post("/v1/reports", json=asked)
    assert refused.status_code == 409
    assert "only a draft" in refused.json()["error"]
    draft = client.post("/v1/reports", json=asked | {"draft": True})
    assert draft.status_code == 200
    assert form in ("xlsx", "docx") or "草稿，不得提交".encode() in draft.content  # a workbook is packed
    file = form.replace("bundle", "zip")
    page = client.get(f"/leads/{lead}/report.{file}")
    assert page.status_code == 409
    assert "只能生成草稿" in page.text
    assert client.get(f"/leads/{lead}/report.{file}?draft=1").status_code == 200
    assert f"report.{file}?draft=1" in client.get(f"/leads/{lead}").text


def test_the_beginning_of_an_id_leads_to_the_lead(client: TestClient) -> None:
    lead = _lead(client)
    for name in (lead[:8], f"XS-{lead[:12].upper()}"):
        answer = client.get(f"/leads/{name}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{lead}")
        assert client.get(f"/v1/leads/{name}").json()["lead"]["id"] == lead
    assert client.get("/leads/zz").status_code == 404


def test_an_ambiguous_beginning_lists_the_leads(client: TestClient) -> None:
    from evidence.lead import Lead, Subject
    from workers.save import open_evidence

    twins = ["ab" * 16, "ab" * 15 + "cd"]
    with open_evidence(client.app.state.console.settings) as evidence:  # type: ignore[attr-defined]
        for name in twins:
            evidence.store.save_lead(Lead(name, Subject("domain", name), (), (), 0.5, "", ""), expect=0)
    answer = client.get("/leads/abab")
    assert answer.status_code == 300
    assert "对应 2 条线索" in answer.text
    assert all(f'href="/leads/{name}"' in answer.text for name in twins)
    assert client.get("/v1/leads/abab").status_code == 409
    assert client.get(f"/leads/{twins[0]}").status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/?q=冻卡&filter=stance=promo", "/leads", "/leads?state=all"])
def test_pages_open_in_both_languages(client: TestClient, path: str, lang: str) -> None:
    answer = client.get(path, params={**dict(_params(path)), "lang": lang})
    assert answer.status_code == 200
    assert ("检索" if lang == "zh" else "Search") in answer.text


def _params(path: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    return parse_qsl(urlsplit(path).query)


def test_a_lead_page_marks_words_and_escapes_the_evidence(client: TestClient) -> None:
    text = client.get(f"/leads/{_lead(client)}").text
    assert "ulaoban_886</mark>" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text


def test_evidence_is_never_served_as_a_page(client: TestClient) -> None:
    hit = client.get("/v1/search", params={"q": "alert"}).json()["results"][0]["hit"]
    page = client.get(f"/hits/{hit}").text
    links = {part.split('"')[0] for part in page.split('href="/blobs/')[1:]}
    assert links
    for digest in links:
        answer = client.get(f"/blobs/{digest}")
        assert answer.headers["content-type"] in {"application/octet-stream", "image/png"}
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_comes_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/leads", "/docs"):
        text = client.get(path).text
        assert "https://" not in text.replace("https://forum.example", "")


def test_docs_work_without_a_cdn(client: TestClient) -> None:
    text = client.get("/docs").text
    for source in {part.split('"')[0] for part in text.split('src="')[1:]}:
        assert client.get(source).status_code == 200


def test_another_site_cannot_use_a_visitors_browser(client: TestClient) -> None:
    lead = _lead(client)
    form = {"action": "dismiss", "actor": "x", "reason": "y"}
    refused = client.post(f"/leads/{lead}/review", data=form, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_health_readiness_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz").json()
    assert ready["ready"] is True
    assert ready["lexicon"] == load_lexicon().version
    assert 'xiansuo_index_records{kind="hits"} 2.0' in client.get("/metrics").text


def test_an_edited_lexicon_is_in_use_without_a_restart(
    tmp_path: Path, settings: Settings, engine: Engine
) -> None:
    folder = tmp_path / "lexicons"
    copytree(default_folder(), folder)
    time = [0.0]
    settings = settings.model_copy(update={"detection": DetectionSettings(lexicons=folder)})
    app = make_app(settings)
    app.state.console._live = LiveEngine(
        settings.detection, clock=lambda: time[0], now=lambda: 0, engine=engine
    )

    def found(client: TestClient) -> set[str]:
        answer = client.post("/v1/scan", json={"items": [{"text": "蓝鹦鹉通道," + PROMO}]}).json()
        return {finding["rule"] for finding in answer["results"][0]["findings"]}

    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert "payment/蓝鹦鹉通道" not in found(client)
        entry = "- {term: 蓝鹦鹉通道, hit: 蓝鹦鹉通道开, miss: 蓝鹦鹉, source: survey}\n"
        with (folder / "payment.yaml").open("a", encoding="utf-8") as file:
            file.write(entry)
        time[0] += 60
        assert "payment/蓝鹦鹉通道" in found(client)
        assert client.get("/readyz").json()["lexicon"] == load_lexicon(folder).version


def test_large_bodies_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/scan", content=b"x" * 10, headers={"Content-Length": "999999999"})
    assert answer.status_code == 413


def test_with_a_token_strangers_stay_outside(settings: Settings) -> None:
    serve = settings.serve.model_validate({"token": "s3cret"})
    closed = make_app(settings.model_copy(update={"serve": serve}))
    with TestClient(closed, base_url="https://console.example", follow_redirects=False) as client:
        assert client.get("/v1/leads").status_code == 401
        assert client.get("/leads").headers["location"] == "/sign-in"
        assert client.get("/v1/leads", headers={"Authorization": "Bearer s3cret"}).status_code == 200
        assert client.post("/sign-in", data={"token": "wrong"}).status_code == 401
        assert client.post("/sign-in", data={"token": "s3cret"}).status_code == 303
        assert client.get("/leads").status_code == 200


def test_the_way_back_from_an_error_stays_in_the_console(client: TestClient) -> None:
    answer = client.get("http://127.0.0.1//elsewhere.example/review")
    assert answer.status_code == 404
    assert 'href="//' not in answer.text
