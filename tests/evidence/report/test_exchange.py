"""STIX and MISP are read by their own libraries, say what the report says, and are the same each time."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import stix2
from pymisp import MISPEvent
from stix2validator import ValidationOptions, validate_instance

from evidence.errors import ReportError
from evidence.report.misp import render_misp
from evidence.report.model import Reporter, SeenContact
from evidence.report.observables import Observable, ascii_url, lead_observables, subject_observable
from evidence.report.stix import pattern, render_stix
from evidence.report.texts import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.report.model import Lang, Report

TRON = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
HOSTILE = "' OR url:value = 'http://evil.example/\\ \u202e<script>"
CONTACTS = (
    SeenContact("telegram", "usdt_desk", "@usdt_desk"),
    SeenContact("telegram", HOSTILE, HOSTILE),
    SeenContact("wallet:tron", TRON, TRON),
    SeenContact("wallet:btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", ""),
    SeenContact("email", "desk@evil.example", ""),
    SeenContact("phone", "+8613800000000", ""),
    SeenContact("url", "https://evil.example/a b?<c>", ""),
    SeenContact("referral", "javascript:alert(1)", ""),
    SeenContact("package", "com.evil.app", ""),
    SeenContact("invite_code", "DAY500", ""),
)


@pytest.fixture
def full(report: Report) -> Report:
    """The report with contacts of every kind, hostile ones among them."""
    lead = report.leads[0]
    exhibits = tuple(replace(one, contacts=CONTACTS) for one in lead.conduct.exhibits)
    places = tuple(replace(one, final_url="not a url \ud800") for one in lead.place.places)
    changed = replace(
        lead,
        conduct=replace(lead.conduct, contacts=CONTACTS, exhibits=exhibits),
        place=replace(lead.place, places=places),
    )
    return replace(report, leads=(changed,), reporter=Reporter("某某平台"))


def stix_of(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render_stix(report))
    return told


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("draft", [False, True], ids=["final", "draft"])
def test_the_bundle_keeps_the_standard(full: Report, lang: Lang, draft: bool) -> None:
    made = stix_of(replace(full, lang=lang, draft=sentence("draft") if draft else None))
    found = validate_instance(made, ValidationOptions(version="2.1"))
    assert found.is_valid, [str(error) for error in found.errors]
    stix2.parse(made, allow_custom=False)
    known = {one["id"] for one in made["objects"]}
    assert len(known) == len(made["objects"])
    refs = {ref for one in made["objects"] for ref in one.get("object_refs", [])}
    assert refs <= known


def test_the_bundle_says_what_the_report_says(full: Report) -> None:
    objects = stix_of(full)["objects"]
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in objects:
        kinds.setdefault(one["type"], []).append(one)
    (report,) = kinds["report"]
    lead = full.leads[0]
    assert lead.case.id in report["name"]
    assert "涉嫌" in report["description"]
    assert "未发现" in report["description"]
    assert len(kinds["observed-data"]) == len(lead.conduct.exhibits)
    assert len(kinds["indicator"]) == len(lead_observables(lead)) == len(CONTACTS)
    wallets = {one["user_id"]: one["account_type"] for one in kinds["user-account"]}
    assert wallets[TRON] == "cryptocurrency-wallet-tron"
    assert lead.evidence.captures[0].manifest_sha256 in {one["hashes"]["SHA-256"] for one in kinds["file"]}
    assert [one["name"] for one in kinds["identity"]] == ["某某平台"]


@pytest.mark.parametrize("made", [render_stix, render_misp], ids=["stix", "misp"])
def test_the_same_report_gives_the_same_bytes(full: Report, made: Callable[[Report], bytes]) -> None:
    assert made(full) == made(full)


def test_a_later_export_is_of_the_same_objects_and_a_draft_is_not(full: Report) -> None:
    later = replace(full, created=replace(full.created, utc="2026-12-24T04:00:00Z"))
    draft = replace(full, draft=sentence("draft"))
    ids = [
        {one["id"] for one in stix_of(one)["objects"] if one["type"] in ("report", "indicator")}
        for one in (full, later, draft)
    ]
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]
    events = [json.loads(render_misp(one))["Event"]["uuid"] for one in (full, later, draft)]
    assert events[0] == events[1] != events[2]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_object_of_a_draft_bundle_is_marked(full: Report, lang: Lang) -> None:
    mark = sentence("draft")
    objects = stix_of(replace(full, draft=mark, lang=lang))["objects"]
    (marking,) = (one for one in objects if one["type"] == "marking-definition")
    said = mark.zh if lang == "zh" else mark.en
    assert marking["definition"]["statement"].startswith(said)
    told = [one for one in objects if one["type"] in ("report", "indicator", "observed-data")]
    assert all(one["object_marking_refs"] == [marking["id"]] and "draft" in one["labels"] for one in told)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_event_reads_back(full: Report, lang: Lang) -> None:
    mark = sentence("draft")
    event = MISPEvent()
    event.load(json.loads(render_misp(replace(full, draft=mark, lang=lang))))
    said = mark.zh if lang == "zh" else mark.en
    assert event.info.startswith(said)
    assert int(event.distribution) == 0
    assert not event.published
    assert {"xiansuo:draft", "xiansuo:suspected", "tlp:amber"} == {tag.name for tag in event.tags}
    values = {attribute.value: attribute for attribute in event.attributes}
    assert values[TRON].to_ids
    assert values["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"].type == "btc"
    assert not values["https://forum.example/t/1"].to_ids
    proof = full.leads[0].evidence.captures[0]
    assert values[proof.manifest_sha256].category == "External analysis"
    (about,) = event.objects
    assert full.leads[0].case.id in about.get_attributes_by_relation("title")[0].value
    summary = about.get_attributes_by_relation("summary")[0].value
    assert {"zh": "涉嫌", "en": "suspected"}[lang] in summary
    assert {"zh": "未发现", "en": "not found"}[lang] in summary
    known = {attribute.uuid for attribute in event.attributes}
    assert {reference.referenced_uuid for reference in about.ObjectReference} <= known


def test_a_pattern_holds_one_value_and_no_more() -> None:
    import stix2patterns.validator

    told = pattern(Observable("account", "telegram", HOSTILE))
    assert stix2patterns.validator.validate(told, stix_version="2.1")
    assert "\\' OR url:value = \\'http" in told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://a.example/x y?<b>", "https://a.example/x%20y?%3Cb%3E"),
        ("javascript:alert(1)", ""),
        ("https://例子.example/", "https://xn--fsqu00a.example/"),
        ("", ""),
        ("not found", ""),
    ],
    ids=["blanks", "script", "idn", "empty", "words"],
)
def test_addresses_are_ascii_or_left_out(url: str, told: str) -> None:
    assert ascii_url(url) == told


def test_a_single_text_has_no_subject_to_look_for(report: Report) -> None:
    lead = report.leads[0]
    assert subject_observable(lead) == Observable("account", "telegram", "usdt_desk")
    text = replace(lead, subject=replace(lead.subject, kind="text", value="0" * 64))
    assert subject_observable(text) is None


@pytest.mark.parametrize(
    ("made", "package"), [(render_stix, "stix2"), (render_misp, "pymisp")], ids=["stix", "misp"]
)
def test_without_the_extra_one_sentence_says_so(
    report: Report, made: Callable[[Report], bytes], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return really(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ReportError, match=rf"needs {package}: pip install 'xiansuo\[reports\]'"):
        made(report)
