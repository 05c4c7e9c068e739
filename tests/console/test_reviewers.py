"""Reviewers in the console, the API and the command line: known by a secret, or not let in."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.responses import Response

from console.api.app import make_app
from console.sessions import COOKIE, LASTS_S, MOST_STRANGERS, MOST_TRIES, PAUSE_S, Door, Sessions
from evidence.errors import IdentityError
from evidence.leads import update_leads
from evidence.names import LONGEST_NAME
from evidence.reviewers import Identity, secret_hash
from evidence.settings import EvidenceSettings, Reviewer
from tests.console.test_i18n import SECTIONS
from tests.console.typed import ROOT, xiansuo
from tests.evidence.samples import sealed_hit
from workers.save import open_evidence

if TYPE_CHECKING:
    from pathlib import Path

    from workers.settings import Settings

ANN = Reviewer(name="安", roles=("reviewer",), secret_hash=SecretStr(secret_hash("token of ann")))
BO = Reviewer(name="博", roles=("approver",), secret_hash=SecretStr(secret_hash("token of bo")))
FORM_MARK = re.compile(r'name="mark" value="([0-9a-f]{64})"')


@pytest.fixture
def lead(settings: Settings) -> str:
    """A lead with proof in the index of the test's settings."""
    with open_evidence(settings) as evidence:
        hit = sealed_hit(evidence.blobs)
        evidence.store.put([hit])
        return update_leads(evidence.store, [hit])[0].id


@pytest.fixture
def client(settings: Settings) -> TestClient:
    """A console with two configured reviewers."""
    people = EvidenceSettings(reviewers=(ANN, BO))
    app = make_app(settings.model_copy(update={"evidence": people}))
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


def sign_in(client: TestClient, name: str, token: str, lead: str = "") -> None:
    answer = client.post("/reviewer", data={"name": name, "token": token, "lead": lead})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == (f"/leads/{lead}" if lead else "/leads")


def mark_of(client: TestClient, lead: str) -> str:
    found = FORM_MARK.search(client.get(f"/leads/{lead}").text)
    assert found is not None
    return found[1]


def step(client: TestClient, lead: str, action: str, **fields: str) -> int:
    form = {"action": action, "reason": "查实", **fields}
    return client.post(f"/leads/{lead}/review", data=form).status_code


def test_who_is_not_signed_in_sees_no_form_and_takes_no_step(client: TestClient, lead: str) -> None:
    page = client.get(f"/leads/{lead}").text
    assert "审核须登录" in page
    assert 'name="action"' not in page
    assert step(client, lead, "triage", actor="安") == 403


def test_two_people_review_a_lead_in_their_own_names(client: TestClient, lead: str) -> None:
    sign_in(client, "安", "token of ann", lead)
    mark = mark_of(client, lead)
    assert step(client, lead, "triage", mark=mark) == 303
    assert step(client, lead, "confirm", mark=mark, actor="博") == 303  # a typed name changes nothing
    assert step(client, lead, "approve", mark=mark) == 403
    assert client.post("/reviewer/sign-out").status_code == 303
    assert step(client, lead, "approve", mark=mark) == 403
    sign_in(client, "博", "token of bo")
    assert step(client, lead, "approve", mark=mark) == 403  # the form of another session
    assert step(client, lead, "approve", mark=mark_of(client, lead)) == 303
    steps = client.get(f"/v1/leads/{lead}").json()["history"]
    assert [(one["actor"], one["identified"]) for one in steps] == [("安", True), ("安", True), ("博", True)]
    assert "身份未经验证" not in client.get(f"/leads/{lead}").text


def test_a_copied_cookie_ends_with_its_session(client: TestClient, lead: str) -> None:
    sign_in(client, "安", "token of ann", lead)
    mark, copied = mark_of(client, lead), dict(client.cookies)
    assert client.post("/reviewer/sign-out").status_code == 303
    client.cookies.update(copied)
    assert step(client, lead, "triage", mark=mark) == 403
    sign_in(client, "安", "token of ann", lead)
    assert step(client, lead, "triage", mark=mark_of(client, lead)) == 303


def test_wrong_secrets_and_forged_sessions_are_strangers(client: TestClient, lead: str) -> None:
    assert client.post("/reviewer", data={"name": "安", "token": "x"}).status_code == 401
    sign_in(client, "安", "token of ann")
    value = client.cookies[COOKIE]
    claim, _, mark = value.partition(".")
    for forged in (f"{claim[:-4]}AAAA.{mark}", claim, f".{mark}", "é", f"{claim}.{mark}x"):
        client.cookies.clear()
        page = client.get(f"/leads/{lead}", headers={"Cookie": f"{COOKIE}={forged}".encode()})
        assert "审核须登录" in page.text


def test_a_session_ends_with_its_time_and_its_console() -> None:
    from starlette.requests import Request

    now = [1000.0]
    sessions = Sessions(clock=lambda: now[0])
    response = Response()
    sessions.begin(response, Identity("安"), secure=True)
    cookie = response.headers["set-cookie"].partition(";")[0]
    assert "Secure" in response.headers["set-cookie"]
    request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})
    assert sessions.person(request, [ANN]) == Identity("安")
    assert sessions.person(request, [BO]) is None
    assert Sessions().person(request, [ANN]) is None
    now[0] += LASTS_S
    assert sessions.person(request, [ANN]) is None


def test_after_wrong_tries_on_a_name_the_door_waits() -> None:
    now = [0.0]
    door = Door(clock=lambda: now[0])
    for _ in range(MOST_TRIES):
        with pytest.raises(IdentityError) as caught:
            door.enter([ANN, BO], "安", "guess")
        assert caught.value.rule == "token"
    with pytest.raises(IdentityError) as caught:
        door.enter([ANN, BO], "安", "token of ann")
    assert caught.value.rule == "pause"
    assert door.enter([ANN, BO], "博", "token of bo") == Identity("博")
    now[0] += PAUSE_S
    assert door.enter([ANN, BO], "安", "token of ann") == Identity("安")


def test_the_door_does_not_tell_which_names_are_configured() -> None:
    door = Door(clock=lambda: 0.0)

    def told(name: str) -> list[str]:
        rules = []
        for _ in range(MOST_TRIES + 1):
            with pytest.raises(IdentityError) as caught:
                door.enter([ANN], name, "guess")
            rules.append(caught.value.rule)
        return rules

    assert told("某人") == told("安") == told("别人") == [*["token"] * MOST_TRIES, "pause"]


def test_names_of_strangers_fill_no_memory() -> None:
    door = Door()
    for number in range(MOST_STRANGERS):
        door._strangers[str(number)] = []
    with pytest.raises(IdentityError):
        door.enter([ANN], "x" * 10_000, "guess")
    assert len(door._strangers) == MOST_STRANGERS
    assert max(map(len, door._strangers)) <= LONGEST_NAME


def test_a_password_in_chinese_opens_the_api(settings: Settings, lead: str) -> None:
    person = Reviewer(name="安", roles=("reviewer",), secret_hash=SecretStr(secret_hash("密码很长很长")))
    people = EvidenceSettings(reviewers=(person,))
    client = TestClient(
        make_app(settings.model_copy(update={"evidence": people})), base_url="http://127.0.0.1"
    )
    asked = {"action": "triage", "actor": "安", "reason": "查实"}
    headers = {b"X-Reviewer-Token": "密码很长很长".encode()}
    assert client.post(f"/v1/leads/{lead}/review", json=asked, headers=headers).status_code == 200


def test_programs_show_the_token_of_the_actor(client: TestClient, lead: str) -> None:
    asked = {"action": "triage", "actor": "安", "reason": "查实"}
    url = f"/v1/leads/{lead}/review"
    for token in ("", "token of bo"):
        assert client.post(url, json=asked, headers={"X-Reviewer-Token": token}).status_code == 403
    answer = client.post(url, json=asked, headers={"X-Reviewer-Token": "token of ann"})
    assert answer.json()["state"] == "triaged"
    assert client.get(f"/v1/leads/{lead}").json()["history"][0]["identified"] is True


def test_without_reviewers_any_name_will_do_and_everything_says_so(settings: Settings, lead: str) -> None:
    client = TestClient(make_app(settings), base_url="http://127.0.0.1", follow_redirects=False)
    assert step(client, lead, "triage", actor="某人") == 303
    assert "身份未经验证" in client.get(f"/leads/{lead}").text
    history = client.get(f"/v1/leads/{lead}").json()["history"]
    assert history[0]["identified"] is False
    for form in ("html", "csv"):
        assert "身份未经验证" in client.get(f"/leads/{lead}/report.{form}").text
    report = client.get(f"/leads/{lead}/report.json").json()
    assert report["leads"][0]["review"]["steps"][0]["identified"] is False


def test_the_command_line_makes_reviewers_and_asks_for_their_tokens(tmp_path: Path) -> None:
    stdin = json.dumps({"id": "1", "text": "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"})
    assert xiansuo("scan", "-", "--save", cwd=tmp_path, stdin=stdin).returncode == 0
    lead = json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)[0]["id"]
    added = xiansuo("reviewer", "add", "安", "--role", "reviewer", cwd=tmp_path, XIANSUO_LANG="en")
    (entry,) = tomllib.loads(added.stdout)["evidence"]["reviewers"]
    assert (entry["name"], entry["roles"]) == ("安", ["reviewer"])
    token = added.stderr.rpartition(": ")[2].strip()
    assert token not in added.stdout
    (tmp_path / "xiansuo.toml").write_text(added.stdout, "utf-8")
    assert xiansuo("reviewer", "add", " 安 ", cwd=tmp_path).returncode == 2
    assert xiansuo("reviewer", "add", "安" * (LONGEST_NAME + 1), cwd=tmp_path).returncode == 2

    def review(name: str, **environment: str) -> int:
        arguments = ("leads", "review", lead, "triage", "--as", name, "--reason", "查实")
        return xiansuo(*arguments, cwd=tmp_path, **environment).returncode

    assert review("安") == 2
    assert review("安", XIANSUO_REVIEWER_TOKEN="x") == 3
    assert review("某人", XIANSUO_REVIEWER_TOKEN=token) == 3
    assert review("安", XIANSUO_REVIEWER_TOKEN=token) == 0
    undo = ("leads", "undo", lead, "--as", "安", "--reason", "看错了")
    assert xiansuo(*undo, cwd=tmp_path, XIANSUO_REVIEWER_TOKEN=token).returncode == 0
    assert json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)[0]["state"] == "new"
    assert "身份已验证" in xiansuo("leads", "show", lead, cwd=tmp_path, XIANSUO_LANG="zh").stdout


def test_every_refusal_has_its_words() -> None:
    used: set[str] = set()
    for folder in ("evidence", "console"):
        for path in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r'rule="([a-z-]+)"', path.read_text("utf-8")))
    assert used == set(SECTIONS["refusal"])
