"""What somebody with a hand on the files could try: records swapped, logs reordered, bundles signed anew."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.audit import HEAD
from evidence.blobs import open_blobs
from evidence.bundle import LIST_FILE, SIGNATURE_FILE, BundleSignature, Contents, strict
from evidence.container import open_container, write_container
from evidence.leads import update_leads
from evidence.manifest import canonical_json, describe
from evidence.report.build import build_report
from evidence.report.bundle import write_bundle
from evidence.review import Step, take
from evidence.settings import StoreSettings
from evidence.signing import Signer, load_signer
from evidence.store.open import open_store
from evidence.verify import verify_audit, verify_bundle, verify_capture_id, verify_chain, verify_lead
from tests.evidence.samples import TEXT, fixed_clock, sealed_hit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evidence.blobs import Blobs


@pytest.fixture
def kept(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs")


def _ids(blobs: Blobs, count: int) -> list[str]:
    hits = [sealed_hit(blobs, f"{TEXT} {n}", url=f"https://forum.example/t/{n}") for n in range(count)]
    return [hit.capture.id for hit in hits if hit.capture]


def test_a_record_under_another_captures_name_is_found(kept: Blobs) -> None:
    first, second, _ = _ids(kept, 3)
    names = (f"captures/{first}.json", f"captures/{second}.json")
    one, other = (kept.read_name(name) or b"" for name in names)
    kept.write_name(names[0], other)
    kept.write_name(names[1], one)
    assert {problem.file for problem in verify_chain(kept).problems} >= set(names)
    (problem,) = verify_capture_id(kept, first).problems
    assert "another capture" in problem.reason


NONSENSE = [b"", b"null", b"\xff\xfe", b'{"id":' + b"[" * 200_000, b'{"x":' + b"[" * 200_000, b"9" * 6000]


@pytest.mark.parametrize("data", NONSENSE, ids=lambda data: repr(data[:12]))
def test_a_record_of_nonsense_is_named(kept: Blobs, data: bytes) -> None:
    first, _ = _ids(kept, 2)
    kept.write_name(f"captures/{first}.json", data)
    assert f"captures/{first}.json" in {problem.file for problem in verify_chain(kept).problems}
    assert not verify_capture_id(kept, first).ok


LOGS: dict[str, tuple[str, str]] = {
    "two swapped": ("UPDATE audit SET sequence = 5 - sequence WHERE sequence IN (2, 3)", "audit entry"),
    "one removed": ("DELETE FROM audit WHERE sequence = 2", "audit entry"),
    "the first removed": ("DELETE FROM audit WHERE sequence = 1", "audit entry"),
    "the last removed": ("DELETE FROM audit WHERE sequence = 4", "audit log"),
    "all removed": ("DELETE FROM audit", "audit log"),
    "a word changed": (
        "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), '老王', '老张') AS BLOB)",
        "audit entry 1",
    ),
    "a state changed": (
        "UPDATE leads SET body = CAST(replace(CAST(body AS TEXT), 'submitted', 'new') AS BLOB)",
        "lead",
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_was_touched_is_found(kept: Blobs, tmp_path: Path, name: str) -> None:
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    hit = sealed_hit(kept)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    for action, actor in (("triage", "老王"), ("confirm", "老王"), ("approve", "老李"), ("submit", "老李")):
        take(store, kept, Step(lead.id, action, actor, "看过了", "回执"), clock=fixed_clock)
    assert verify_audit(store, kept).ok
    statement, named = LOGS[name]
    with sqlite3.connect(tmp_path / "index.sqlite") as other:
        if "5 - sequence" in statement:
            other.execute("UPDATE audit SET sequence = -sequence WHERE sequence IN (2, 3)")
            statement = "UPDATE audit SET sequence = 5 + sequence WHERE sequence < 0"
        other.execute(statement)
    other.close()
    problems = verify_audit(store, kept).problems
    assert any(problem.file.startswith(named) for problem in problems), problems
    store.close()


@pytest.mark.parametrize("data", [None, *NONSENSE], ids=lambda data: repr(data and data[:12]))
def test_a_head_that_is_gone_or_nonsense_is_a_problem(
    kept: Blobs, tmp_path: Path, data: bytes | None
) -> None:
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    hit = sealed_hit(kept)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    take(store, kept, Step(lead.id, "triage", "老王", "看过了"), clock=fixed_clock)
    if data is None:
        kept.delete_name(HEAD)
    else:
        kept.write_name(HEAD, data)
    assert [problem.file for problem in verify_audit(store, kept).problems] == [HEAD]
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes() + b" "),
        lambda path: (path.unlink(), path.symlink_to("/dev/null")),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["removed", "emptied", "longer", "linked", "folder"],
)
def test_a_blob_that_was_touched_is_named(
    kept: Blobs, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    hit = sealed_hit(kept)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    assert hit.capture is not None
    entry = hit.capture.file("verdict.json")
    assert entry is not None
    assert kept.local is not None
    change(next(kept.local.rglob(entry.sha256)))
    assert {problem.file for problem in verify_lead(store, kept, lead.id).problems} == {"verdict.json"}
    store.close()


@pytest.fixture
def bundle(kept: Blobs, tmp_path: Path) -> Path:
    """A signed bundle of one lead."""
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    hit = sealed_hit(kept)
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    path = tmp_path / "case.zip"
    write_bundle(build_report(store, kept, [lead.id], clock=fixed_clock), kept, path)
    store.close()
    return path


def forged(path: Path, signer: Signer, **changed: bytes) -> Path:
    """The bundle with files changed (``a_b`` for ``a.b``), listed and signed anew by whoever did it."""
    container = open_container(path)
    files = {name: container.read(name) for name in container.names}
    container.close()
    files |= {name.replace("_", "."): data for name, data in changed.items()}
    contents = strict(files.pop(LIST_FILE), Contents, LIST_FILE)
    files.pop(SIGNATURE_FILE)
    listed = tuple(describe(name, data) for name, data in sorted(files.items()))
    data = canonical_json(replace(contents, public_key=signer.public_key, files=listed))
    files[LIST_FILE] = data
    if signer.public_key:
        files[SIGNATURE_FILE] = canonical_json(BundleSignature(signer.public_key, signer.sign(data)))
    made = path.with_name("forged.zip")
    with made.open("wb") as out:
        write_container(out, sorted(files.items()))
    return made


@pytest.mark.parametrize("with_a_key", [True, False], ids=["signed by another", "unsigned"])
def test_a_report_written_anew_is_noted_and_refused_by_the_senders_key(
    bundle: Path, tmp_path: Path, with_a_key: bool
) -> None:
    (key,) = verify_bundle(bundle).keys
    assert verify_bundle(bundle, key=key).ok
    assert verify_bundle(bundle, key=key.upper()).ok
    assert verify_bundle(bundle).notes == ()
    thief = load_signer(tmp_path / "thief.pem") if with_a_key else Signer()
    made = forged(bundle, thief, report_html=b"<p>not what was found</p>")
    found = verify_bundle(made)
    assert len(found.notes) == 1
    assert set(found.keys) == {key, thief.public_key} - {""}
    assert [problem.file for problem in verify_bundle(made, key=key).problems] == [LIST_FILE]


def test_another_key_than_the_named_one_is_a_problem_of_each_capture(bundle: Path) -> None:
    files = {problem.file.split("/")[0] for problem in verify_bundle(bundle, key="0" * 64).problems}
    assert files == {LIST_FILE, "captures"}


@pytest.mark.parametrize("length", [1, 16, 63])
def test_the_beginning_of_a_key_is_no_key(bundle: Path, length: int) -> None:
    (key,) = verify_bundle(bundle).keys
    (problem,) = verify_bundle(bundle, key=key[:length]).problems
    assert "whole key" in problem.reason


def test_a_folder_larger_than_a_bundle_may_be_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    with (tmp_path / "big" / "report.json").open("wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    (problem,) = verify_bundle(tmp_path / "big").problems
    assert "larger" in problem.reason
