"""A bundle verifies on its own; any flipped byte is found in its file; built to harm, it is refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.blobs import open_blobs
from evidence.container import write_container
from evidence.errors import ReportError
from evidence.leads import update_leads
from evidence.report.build import ReportOptions, build_report
from evidence.report.bundle import write_bundle
from evidence.report.model import Text
from evidence.settings import StoreSettings
from evidence.signing import Signer
from evidence.store.open import open_store
from evidence.verify import verify_bundle
from tests.evidence.samples import fixed_clock, make_hit, sealed_hit

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.blobs import Blobs
    from evidence.report.model import Report
    from evidence.store.protocol import EvidenceStore


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One bundle that the flips start from."""
    folder = tmp_path_factory.mktemp("bundle")
    blobs = open_blobs(folder / "blobs")
    store = open_store(StoreSettings(url=f"sqlite:///{folder / 'index.sqlite'}"))
    hit = sealed_hit(blobs)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    path = folder / "case.zip"
    write_bundle(build_report(store, blobs, [lead.id], clock=fixed_clock), blobs, path)
    store.close()
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_untouched_bundle_is_true(standing: Path) -> None:
    outcome = verify_bundle(standing)
    assert outcome.ok, outcome
    assert outcome.checked == len(members(standing))
    assert outcome.timestamps == ("self",)
    assert len(outcome.keys) == 1


def test_it_holds_what_it_says(standing: Path) -> None:
    names = set(members(standing))
    assert {"README.txt", "report.json", "report.html", "report.csv", "bundle.json", "bundle.sig"} <= names
    kinds = {name.split("/", 2)[2] for name in names if name.startswith("captures/")}
    assert kinds == {
        "manifest.json", "seal.json", "capture.json", "item.json", "text.txt", "verdict.json"
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_byte_of_the_file_is_found(standing: Path, share: float, bit: int) -> None:
    data = bytearray(standing.read_bytes())
    data[int(share * len(data))] ^= 1 << bit
    flipped = standing.with_name("flipped.zip")
    flipped.write_bytes(data)
    assert not verify_bundle(flipped).ok


@settings(max_examples=100, deadline=None)
@given(which=st.integers(0, 99), share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_byte_is_found_in_its_file_though_the_zip_was_made_anew(
    standing: Path, which: int, share: float, bit: int
) -> None:
    files = members(standing)
    name = sorted(files)[which % len(files)]
    body = bytearray(files[name])
    body[int(share * len(body))] ^= 1 << bit
    flipped = standing.with_name("flipped.zip")
    with flipped.open("wb") as out:
        write_container(out, sorted((files | {name: bytes(body)}).items()))
    named = {problem.file for problem in verify_bundle(flipped).problems}
    # whether the list or its signature was touched cannot be told apart
    expected = {"bundle.json", "bundle.sig"} if name.startswith("bundle.") else {name}
    assert named & expected


@pytest.mark.parametrize("kept", ["report.json", "README.txt", "bundle.sig", "bundle.json"])
def test_a_missing_file_is_named(standing: Path, kept: str) -> None:
    files = {name: data for name, data in members(standing).items() if name != kept}
    path = standing.with_name("missing.zip")
    with path.open("wb") as out:
        write_container(out, sorted(files.items()))
    assert kept in {problem.file for problem in verify_bundle(path).problems}


def test_an_added_file_is_named(standing: Path) -> None:
    path = standing.with_name("added.zip")
    with path.open("wb") as out:
        write_container(out, sorted((members(standing) | {"extra.txt": b"x"}).items()))
    assert [problem.file for problem in verify_bundle(path).problems] == ["extra.txt"]


def test_the_unpacked_folder_verifies_too(standing: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(standing) as archive:
        archive.extractall(tmp_path / "case")
    assert verify_bundle(tmp_path / "case").ok
    (tmp_path / "case" / "report.csv").write_bytes(b"x")
    assert [problem.file for problem in verify_bundle(tmp_path / "case").problems] == ["report.csv"]


def zip_of(*names: str, data: bytes = b"x", method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zip_of("../../etc/cron.d/x"), "unsafe"),
        (zip_of("/etc/passwd"), "unsafe"),
        (zip_of("a\\..\\b"), "unsafe"),
        (zip_of(".ssh/authorized_keys"), "unsafe"),
        (zip_of("bomb.bin", data=bytes(10_000_000), method=zipfile.ZIP_DEFLATED), "compressed"),
        (b"", "not a readable bundle"),
        (b"PK\x05\x06" + b"\0" * 10, "not a readable bundle"),
        (b"<html>", "not a readable bundle"),
    ],
    ids=["slip", "absolute", "backslash", "hidden", "bomb", "empty", "torn", "html"],
)
def test_what_is_built_to_harm_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(data)
    (problem,) = verify_bundle(path).problems
    assert reason in problem.reason


def test_links_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert "is a link" in verify_bundle(tmp_path).problems[0].reason


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert not verify_bundle(tmp_path / "none.zip").ok


def test_without_proof_no_bundle_is_made(store: EvidenceStore, blobs: Blobs, tmp_path: Path) -> None:
    store.put([make_hit()])
    (lead,) = update_leads(store, [make_hit()])
    path = tmp_path / "case.zip"
    with pytest.raises(ReportError, match="has no capture"):
        write_bundle(build_report(store, blobs, [lead.id], options=ReportOptions(draft=True)), blobs, path)
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*.part")) == []


def test_a_bundle_of_a_draft_says_that_it_is_one(report: Report, blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    write_bundle(replace(report, draft=Text("草稿，不得提交", "DRAFT")), blobs, path)
    found = verify_bundle(path)
    assert found.ok
    assert any("草稿，不得提交" in note for note in found.notes)


def test_unsigned_bundles_say_so(report: Report, blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    write_bundle(report, blobs, path, signer=Signer())
    assert verify_bundle(path).ok
    assert "bundle.sig" not in members(path)
