"""The blob store keeps bytes whole, finds altered ones, and stays inside its folder."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.blobs import Blobs, open_blobs
from evidence.errors import EvidenceError, IntegrityError, MissingBlob

if TYPE_CHECKING:
    from pathlib import Path


def blob_file(blobs: Blobs, key: str) -> Path:
    assert blobs.local is not None
    return next(blobs.local.rglob(key))


@given(data=st.binary(max_size=200))
def test_what_was_put_is_read_back(data: bytes) -> None:
    blobs = open_blobs("memory://round-trip")
    key = blobs.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert blobs.get(key) == data
    assert blobs.exists(key)


def test_a_file_is_kept_under_its_digest(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "page.html"
    source.write_bytes(b"<p>x</p>")
    assert blobs.get(blobs.put_file(source)) == b"<p>x</p>"


def test_an_altered_blob_is_refused(blobs: Blobs) -> None:
    key = blobs.put(b"proof")
    blob_file(blobs, key).write_bytes(b"prooF")
    with pytest.raises(IntegrityError, match="does not match"):
        blobs.get(key)


def test_a_torn_blob_is_written_again(blobs: Blobs) -> None:
    key = blobs.put(b"proof")
    blob_file(blobs, key).write_bytes(b"pro")
    blobs.put(b"proof")
    assert blobs.get(key) == b"proof"


def test_a_missing_blob_has_its_own_error(blobs: Blobs) -> None:
    with pytest.raises(MissingBlob):
        blobs.get("0" * 64)


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "A" * 64, "0" * 63], ids=["empty", "path", "upper", "short"]
)
def test_only_digests_are_keys(blobs: Blobs, key: str) -> None:
    with pytest.raises(IntegrityError):
        blobs.get(key)


@pytest.mark.parametrize("name", ["../x", "/x", "a/../b", "a//b", ".hidden"])
def test_record_names_stay_inside(blobs: Blobs, name: str) -> None:
    with pytest.raises(EvidenceError):
        blobs.write_name(name, b"")


def test_named_records_are_replaced_and_listed(blobs: Blobs) -> None:
    assert blobs.read_name("captures/a.json") is None
    blobs.write_name("captures/b.json", b"1")
    blobs.write_name("captures/a.json", b"1")
    blobs.write_name("captures/a.json", b"2")
    assert blobs.read_name("captures/a.json") == b"2"
    assert list(blobs.names("captures")) == ["captures/a.json", "captures/b.json"]


def test_no_scratch_file_is_left_nor_listed(blobs: Blobs) -> None:
    key = blobs.put(b"x")
    assert blobs.local is not None
    assert list(blobs.keys()) == [key]
    assert not list(blobs.local.rglob(".tmp-*"))


def test_a_deleted_blob_is_gone_and_deleting_twice_is_no_error(blobs: Blobs) -> None:
    key = blobs.put(b"x")
    blobs.delete(key)
    blobs.delete(key)
    assert not blobs.exists(key)


def test_an_unknown_scheme_says_so() -> None:
    with pytest.raises(EvidenceError, match="cannot open"):
        open_blobs("nosuchscheme://x")


def test_gathered_writes_are_seen_together_on_leaving(blobs: Blobs) -> None:
    blobs.write_name("chain/head", b"old")
    with blobs.gathered() as gathered:
        key = gathered.put(b"proof")
        gathered.write_name("chain/head", b"new")
        gathered.write_name("chain/head", b"newest")
        assert gathered.get(key) == b"proof"
        assert gathered.read_name("chain/head") == b"newest"
        assert not blobs.exists(key)
        assert blobs.read_name("chain/head") == b"old"
    assert blobs.get(key) == b"proof"
    assert blobs.read_name("chain/head") == b"newest"
    assert blobs.local is not None
    assert not list(blobs.local.rglob(".tmp-*"))


def test_an_exception_while_gathering_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    def fail_midway() -> None:
        with blobs.gathered() as gathered:
            gathered.put(b"proof")
            gathered.put_file(tmp_path / "missing")

    with pytest.raises(FileNotFoundError):
        fail_midway()
    assert list(blobs.keys()) == []
    assert blobs.local is not None
    assert not list(blobs.local.rglob(".tmp-*"))


def test_a_remote_store_gathers_by_writing_at_once() -> None:
    remote = open_blobs("memory://gathering")
    with remote.gathered() as gathered:
        key = gathered.put(b"proof")
        assert remote.get(key) == b"proof"
