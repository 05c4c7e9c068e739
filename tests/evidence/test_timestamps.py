"""Stamps of a real authority (OpenSSL): sealed in, checked offline, and never in the way of sealing."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from evidence.blobs import Blobs, open_blobs
from evidence.check import verify_capture
from evidence.errors import IntegrityError, MissingBlob, TimestampError
from evidence.leads import update_leads
from evidence.report.build import build_report
from evidence.report.bundle import write_bundle
from evidence.seal import Sealing, seal
from evidence.settings import EvidenceSettings, StoreSettings
from evidence.signing import Signer
from evidence.store.open import open_store
from evidence.timestamps import CA_FILE, STAMPED_FILE, TOKEN_FILE, certificates
from evidence.tsa import Authority, authority_of
from evidence.verify import verify_bundle
from tests.authority import TestAuthority, make_ca, running_authority
from tests.console.typed import xiansuo
from tests.evidence.samples import fixed_clock, sealed_hit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.capture import Capture


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestAuthority]:
    with running_authority(tmp_path_factory.mktemp("tsa")) as made:
        yield made


@pytest.fixture
def tsa(running: TestAuthority) -> Iterator[TestAuthority]:
    usual = running.answer
    running.asked.clear()
    yield running
    running.answer = usual


def stamped(blobs: Blobs, authority: Authority | None, *, signer: Signer | None = None) -> Capture:
    one = Sealing({"text.txt": b"x"}, "https://a.example/", "https://a.example/", "2026-11-24T04:00:00Z", {})
    return seal([one], blobs=blobs, authority=authority, signer=signer)[0]


def contents(capture: Capture, blobs: Blobs, name: str) -> bytes:
    entry = capture.file(name)
    assert entry is not None
    return blobs.get(entry.sha256)


def authority(tsa: TestAuthority) -> Authority:
    return Authority(tsa.url, tsa.ca.read_bytes(), 60.0)


def test_a_capture_is_stamped_and_the_stamp_holds_offline(blobs: Blobs, tsa: TestAuthority) -> None:
    capture = stamped(blobs, authority(tsa))
    tsa.answer = None  # nobody is asked from here on
    assert capture.timestamp == "tsa"
    assert {STAMPED_FILE, TOKEN_FILE, CA_FILE} <= {entry.name for entry in capture.files}
    found = verify_capture(capture, blobs)
    assert found.ok, found
    assert found.timestamps == ("tsa",)
    assert "CN=Test TSA" in found.notes[0]
    assert "came with the capture" in found.notes[0]
    named = verify_capture(capture, blobs, tsa_ca=tsa.ca.read_bytes())
    assert named.ok
    assert "leads to the authority you named" in named.notes[0]
    assert len(tsa.asked) == 1


def test_openssl_itself_agrees(blobs: Blobs, tsa: TestAuthority, tmp_path: Path) -> None:
    capture = stamped(blobs, authority(tsa))
    for name in (STAMPED_FILE, TOKEN_FILE, CA_FILE):
        (tmp_path / name).write_bytes(contents(capture, blobs, name))
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", STAMPED_FILE, "-in", TOKEN_FILE, "-CAfile", CA_FILE],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout, done


def test_another_authority_than_the_reader_trusts_is_a_problem(
    blobs: Blobs, tsa: TestAuthority, tmp_path: Path
) -> None:
    capture = stamped(blobs, authority(tsa))
    _, other = make_ca(tmp_path)  # of the very same name
    (problem,) = verify_capture(capture, blobs, tsa_ca=other.read_bytes()).problems
    assert problem.file == TOKEN_FILE
    assert "certificate" in problem.reason


def test_without_certificates_the_stamp_is_called_untrusted(blobs: Blobs, tsa: TestAuthority) -> None:
    capture = stamped(blobs, Authority(tsa.url, timeout_s=60))
    assert capture.timestamp == "tsa"
    found = verify_capture(capture, blobs)
    assert found.ok
    assert "UNTRUSTED" in found.notes[0]
    assert verify_capture(capture, blobs, tsa_ca=tsa.ca.read_bytes()).ok


def test_a_stamp_needs_no_key_of_ours(blobs: Blobs, tsa: TestAuthority) -> None:
    capture = stamped(blobs, authority(tsa), signer=Signer(clock=fixed_clock))
    found = verify_capture(capture, blobs)
    assert found.ok, found
    assert "the sealing machine's clock said 2026-11-24T04:00:00" in found.notes[0]


FAILURES = {
    "refused": (lambda q: (500, b"busy"), "HTTP 500"),
    "no timestamp": (lambda q: (200, b"<html>"), "no timestamp"),
    "empty": (lambda q: (200, b""), "no timestamp"),
    "endless": (lambda q: (200, bytes(1 << 19)), "longer"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_authority_that_fails_never_blocks(blobs: Blobs, tsa: TestAuthority, name: str) -> None:
    tsa.answer, reason = FAILURES[name]
    capture = stamped(blobs, authority(tsa))
    assert capture.timestamp == "self"
    assert (
        json.loads(contents(capture, blobs, "capture.json"))["tsa_failure"] == capture.record["tsa_failure"]
    )
    assert reason in capture.record["tsa_failure"]
    assert capture.file(TOKEN_FILE) is None
    assert verify_capture(capture, blobs).ok


def test_an_authority_that_is_not_there_never_blocks(blobs: Blobs) -> None:
    capture = stamped(blobs, Authority("http://127.0.0.1:9/tsr", timeout_s=60))
    assert capture.timestamp == "self"
    assert "cannot be reached" in capture.record["tsa_failure"]


def test_an_authority_that_hangs_is_given_up_once_for_a_batch(blobs: Blobs, tsa: TestAuthority) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang(query: bytes) -> tuple[int, bytes]:
        asked.set()
        release.wait(60)
        return 500, b""

    tsa.answer = hang
    many = [Sealing({"text.txt": b"%d" % n}, "u", "u", "2026-11-24T04:00:00Z", {}) for n in range(3)]
    captures = seal(many, blobs=blobs, authority=Authority(tsa.url, timeout_s=0.5))
    assert asked.wait(60)
    release.set()
    assert [capture.timestamp for capture in captures] == ["self"] * 3
    assert all("no answer within 0.5 s" in capture.record["tsa_failure"] for capture in captures)
    assert len(tsa.asked) == 1


def test_the_reply_to_another_question_is_no_stamp(blobs: Blobs, tsa: TestAuthority) -> None:
    usual, replies = tsa.answer, []

    def replay(query: bytes) -> tuple[int, bytes]:
        replies.append(usual(query))
        return replies[0]  # type: ignore[no-any-return]

    tsa.answer = replay
    assert stamped(blobs, authority(tsa)).timestamp == "tsa"
    for one in (authority(tsa), Authority(tsa.url, timeout_s=60)):
        assert stamped(blobs, one).timestamp == "self"


@pytest.mark.parametrize("name", [STAMPED_FILE, TOKEN_FILE, CA_FILE])
def test_a_stamp_is_the_seals_own(blobs: Blobs, name: str) -> None:
    with pytest.raises(IntegrityError, match="written by the seal itself"):
        seal([Sealing({name: b""}, "u", "u", "", {})], blobs=blobs)


def test_a_lost_token_is_named(blobs: Blobs, tsa: TestAuthority) -> None:
    capture = stamped(blobs, authority(tsa))
    entry = capture.file(TOKEN_FILE)
    assert entry is not None
    assert blobs.local is not None
    next(blobs.local.rglob(f"*{entry.sha256}")).unlink()
    with pytest.raises(MissingBlob):
        blobs.get(entry.sha256)
    assert TOKEN_FILE in {problem.file for problem in verify_capture(capture, blobs).problems}


def test_settings_name_the_authority(tsa: TestAuthority) -> None:
    assert authority_of(EvidenceSettings()) is None
    made = authority_of(EvidenceSettings(tsa_url=tsa.url, tsa_ca=tsa.ca, tsa_timeout_s=3))
    assert made == Authority(tsa.url, tsa.ca.read_bytes(), 3)
    with pytest.raises(ValueError, match="tsa_url"):
        EvidenceSettings(tsa_url="ftp://a.example/")


@pytest.fixture
def bundle(tmp_path: Path, tsa: TestAuthority) -> Path:
    """A bundle whose capture is stamped."""
    blobs = open_blobs(tmp_path / "blobs")
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path / 'index.sqlite'}"))
    hit = sealed_hit(blobs, authority=authority(tsa))
    store.put([hit])
    (lead,) = update_leads(store, [hit])
    path = tmp_path / "case.zip"
    write_bundle(build_report(store, blobs, [lead.id], clock=fixed_clock), blobs, path)
    store.close()
    return path


def test_a_bundle_carries_its_stamps(bundle: Path, tsa: TestAuthority, tmp_path: Path) -> None:
    found = verify_bundle(bundle)
    assert found.ok, found
    assert found.timestamps == ("tsa",)
    assert any("CN=Test TSA" in note for note in found.notes)
    _, other = make_ca(tmp_path, "Other CA")
    assert verify_bundle(bundle, tsa_ca=tsa.ca.read_bytes()).ok
    assert not verify_bundle(bundle, tsa_ca=other.read_bytes()).ok


def test_the_command_says_who_stamped(bundle: Path, tsa: TestAuthority, tmp_path: Path) -> None:
    good = xiansuo("verify", str(bundle), "--tsa-ca", str(tsa.ca), cwd=tmp_path, XIANSUO_LANG="en")
    assert good.returncode == 0, good.stderr
    assert "timestamp: tsa" in good.stdout
    assert "Test TSA" in good.stdout
    _, other = make_ca(tmp_path, "Other CA")
    bad = xiansuo("verify", str(bundle), "--tsa-ca", str(other), cwd=tmp_path, XIANSUO_LANG="en")
    assert bad.returncode == 3
    assert TOKEN_FILE in bad.stdout


def test_certificates_that_break_their_parser_are_a_timestamp_error(tsa: TestAuthority) -> None:
    pem = tsa.ca.read_bytes()
    for place in range(40, len(pem), 97):
        hostile = pem[:place] + bytes([pem[place] ^ 1]) + pem[place + 1 :]
        with suppress(TimestampError):
            certificates(hostile)
