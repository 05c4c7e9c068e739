"""A bundle of a fetched, rendered-like and stamped page: a change in any member, anywhere, is found."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.demo.server import serve_site
from crawler.feeds.read import read_inputs
from evidence.container import write_container
from evidence.report.build import build_report
from evidence.report.bundle import write_bundle
from evidence.verify import verify_bundle
from tests.authority import running_authority
from tests.conftest import settings_in
from workers.capture import PageFiles, capture_page
from workers.judge import judge
from workers.pipeline import today
from workers.save import open_evidence, save_batch

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.seal import Sealing
    from nlp.analyse import Engine
    from workers.judge import Judged

SEALED = {
    "capture.json", "document.json", "dom.html", "manifest.json", "page.warc.gz", "screenshot.png",
    "seal.json", "settings.json", "stamped.json", "text.txt", "timestamp-ca.pem", "timestamp.tsr",
    "verdict.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """A bundle whose capture has every kind of file."""
    folder = tmp_path_factory.mktemp("flipped")
    with running_authority(tmp_path_factory.mktemp("tsa")) as tsa, serve_site() as site:
        plain = settings_in(folder)
        named = plain.evidence.model_copy(update={"tsa_url": tsa.url, "tsa_ca": tsa.ca, "tsa_timeout_s": 60})
        settings = plain.model_copy(update={"evidence": named})

        def prove(one: Judged) -> Sealing:
            assert one.item.page is not None
            shown = PageFiles(one.item.page, one.item.warc, b"\x89PNG\r\n\x1a\n", b"<p>dom</p>")
            return capture_page(one, shown, settings)

        items = list(read_inputs([f"{site}post/otc.html"], settings=settings.crawl))
        (judged,) = judge(items, engine, today=today())
        with open_evidence(settings) as evidence:
            (saved,) = save_batch([judged], evidence, job="scan", prove=prove)
            assert saved.item.document is not None, saved.item.error
            leads = evidence.store.leads_of_hit(saved.item.document.id)
            report = build_report(evidence.store, evidence.blobs, [lead.id for lead in leads])
            path = folder / "case.zip"
            write_bundle(report, evidence.blobs, path)
    return path


@pytest.fixture(scope="module")
def contents(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of_capture(contents: dict[str, bytes], name: str) -> bytes:
    return next(data for path, data in contents.items() if path.endswith(f"/{name}"))


def test_it_holds_every_kind_of_proof(bundle: Path, contents: dict[str, bytes]) -> None:
    found = verify_bundle(bundle)
    assert found.ok, found
    assert found.timestamps == ("tsa",)
    assert {name.rpartition("/")[2] for name in contents if name.startswith("captures/")} == SEALED


def test_the_record_says_by_what_and_how(contents: dict[str, bytes]) -> None:
    record = json.loads(of_capture(contents, "capture.json"))
    verdict = json.loads(of_capture(contents, "verdict.json"))
    assert {name: record[f"{name}_version"] for name in verdict["versions"]} == verdict["versions"]
    for name in (
        "captured_at_utc",
        "captured_at_beijing",
        "clock_offset",
        "software",
        "region",
        "steps",
        "tsa",
    ):
        assert record[name] not in ("", "not recorded"), name
    assert set(json.loads(of_capture(contents, "settings.json"))) == {"crawl", "detection"}


@hypothesis_settings(max_examples=200)
@given(data=st.data())
def test_a_change_of_any_member_is_found_in_that_member(
    bundle: Path, contents: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(contents)))
    at = data.draw(st.integers(0, len(contents[name]) - 1))
    body = bytearray(contents[name])
    body[at] ^= 1 << data.draw(st.integers(0, 7))
    _refused(bundle, contents | {name: bytes(body)}, name)


def test_a_member_cut_lengthened_emptied_or_gone_is_found(bundle: Path, contents: dict[str, bytes]) -> None:
    for name, body in contents.items():
        for changed in (body[:-1], body + b"\n", b""):
            _refused(bundle, contents | {name: changed}, name)
        _refused(bundle, {other: data for other, data in contents.items() if other != name}, name)


def _refused(bundle: Path, files: dict[str, bytes], name: str) -> None:
    """The bundle packed anew, so that only the member's content can give it away."""
    path = bundle.with_name("changed.zip")
    with path.open("wb") as out:
        write_container(out, sorted(files.items()))
    found = verify_bundle(path)
    assert not found.ok, name
    # a signature that was altered shows on what it signs
    named = {problem.file for problem in found.problems}
    assert named & {name, "bundle.json"} or any(problem.startswith(name) for problem in named), (name, found)
