"""Any flipped byte of a capture is found, and the file it lies in is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.blobs import open_blobs
from evidence.verify import verify_capture, verify_capture_id, verify_chain
from tests.evidence.samples import sealed_hit

if TYPE_CHECKING:
    from evidence.blobs import Blobs
    from evidence.capture import Capture


def capture_in(blobs: Blobs) -> Capture:
    capture = sealed_hit(blobs).capture
    assert capture is not None
    return capture


def test_an_untouched_capture_is_true(blobs: Blobs) -> None:
    capture = capture_in(blobs)
    outcome = verify_capture(capture, blobs)
    assert outcome.ok, outcome
    assert outcome.checked == len(capture.files) + 1
    assert outcome.timestamps == ("self",)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Blobs, Capture]:
    """A capture that every flip starts from and returns to."""
    blobs = open_blobs(tmp_path_factory.mktemp("standing"))
    return blobs, capture_in(blobs)


@settings(max_examples=80, deadline=None)
@given(which=st.integers(0, 99), share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_byte_is_found_and_named(
    standing: tuple[Blobs, Capture], which: int, share: float, bit: int
) -> None:
    blobs, capture = standing
    assert blobs.local is not None
    digests = {entry.name: entry.sha256 for entry in capture.files} | {"manifest.json": capture.manifest}
    name = sorted(digests)[which % len(digests)]
    path = next(blobs.local.rglob(digests[name]))
    intact = path.read_bytes()
    at = int(share * len(intact))
    path.write_bytes(intact[:at] + bytes([intact[at] ^ (1 << bit)]) + intact[at + 1 :])
    try:
        outcome = verify_capture(capture, blobs)
    finally:
        path.write_bytes(intact)
    assert [problem.file for problem in outcome.problems] == [name]


def test_a_capture_verifies_by_its_id_without_an_index(blobs: Blobs) -> None:
    capture = capture_in(blobs)
    assert verify_capture_id(blobs, capture.id).ok
    blobs.write_name(f"captures/{capture.id}.json", b"{}")
    assert not verify_capture_id(blobs, capture.id).ok


@pytest.mark.parametrize("capture_id", ["f" * 32, "../../x", ""])
def test_an_unknown_capture_is_said(blobs: Blobs, capture_id: str) -> None:
    (problem,) = verify_capture_id(blobs, capture_id).problems
    assert problem.reason == "there is no such capture"


def test_a_missing_file_is_named(blobs: Blobs) -> None:
    capture = capture_in(blobs)
    entry = capture.file("text.txt")
    assert entry is not None
    blobs.delete(entry.sha256)
    problems = verify_capture(capture, blobs).problems
    assert [(problem.file, problem.reason) for problem in problems] == [("text.txt", "missing")]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://other.example/"},
        {"captured_at": "2020-01-01T00:00:00Z"},
        {"files": ()},
        {"timestamp": "tsa"},
        {"id": "0" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_index_that_tells_another_story_is_found(blobs: Blobs, change: dict[str, object]) -> None:
    capture = replace(capture_in(blobs), **change)  # type: ignore[arg-type]
    assert not verify_capture(capture, blobs).ok


@pytest.mark.parametrize("name", ["signature", "public_key", "operator", "previous"])
def test_a_changed_record_in_the_index_is_found(blobs: Blobs, name: str) -> None:
    capture = capture_in(blobs)
    changed = replace(capture, record=capture.record | {name: "ab"})
    assert not verify_capture(changed, blobs).ok


def test_a_broken_link_back_is_noted_and_no_fault_of_the_capture(blobs: Blobs) -> None:
    first, second = capture_in(blobs), capture_in(blobs)
    blobs.delete(first.manifest)
    outcome = verify_capture(second, blobs)
    assert outcome.ok
    assert first.manifest[:16] in outcome.notes[0]


def test_an_untouched_chain_is_true(blobs: Blobs) -> None:
    assert verify_chain(blobs).ok
    captures = [capture_in(blobs) for _ in range(3)]
    outcome = verify_chain(blobs)
    assert outcome.ok
    assert outcome.checked == sum(len(capture.files) + 1 for capture in captures)


@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_capture_taken_out_of_the_chain_is_found(blobs: Blobs, number: int) -> None:
    captures = [capture_in(blobs) for _ in range(3)]
    assert blobs.local is not None
    (blobs.local / "named" / "captures" / f"{captures[number].id}.json").unlink()
    assert {problem.file for problem in verify_chain(blobs).problems} == {"chain"}


def test_a_damaged_record_of_a_capture_is_named(blobs: Blobs) -> None:
    capture = capture_in(blobs)
    blobs.write_name(f"captures/{capture.id}.json", b"{")
    assert f"captures/{capture.id}.json" in {problem.file for problem in verify_chain(blobs).problems}
