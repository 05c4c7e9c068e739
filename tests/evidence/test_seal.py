"""A seal writes proof before it answers, chains it, signs it, and always says who vouches for the time."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from evidence.blobs import Blobs, open_blobs
from evidence.capture import Capture
from evidence.check import verify_chain
from evidence.errors import IntegrityError
from evidence.manifest import canonical_json, read_manifest
from evidence.seal import EXPECTED_FIELDS, Sealing, seal
from evidence.signing import Signer, load_signer, valid_signature
from tests.evidence.samples import fixed_clock


def sealed(blobs: Blobs, body: bytes = b"x", *, signer: Signer | None = None) -> Capture:
    one = Sealing(
        {"text.txt": body},
        url="https://a.example/",
        final_url="https://b.example/",
        captured_at="2026-11-24T04:00:00Z",
        record={"operator": "desk 1"},
    )
    return seal([one], blobs=blobs, signer=signer)[0]


def test_every_file_carries_both_digests(blobs: Blobs) -> None:
    entry = sealed(blobs, b"abc").file("text.txt")
    assert entry is not None
    assert entry.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert entry.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_record_says_what_is_not_known(blobs: Blobs) -> None:
    entry = sealed(blobs).file("capture.json")
    assert entry is not None
    record = json.loads(blobs.get(entry.sha256))
    assert record["operator"] == "desk 1"
    assert record["captured_at_beijing"] == "2026-11-24T12:00:00+08:00"
    assert {name: record[name] for name in EXPECTED_FIELDS if name != "operator"} == dict.fromkeys(
        (name for name in EXPECTED_FIELDS if name != "operator"), "not recorded"
    )


def test_captures_form_a_chain(blobs: Blobs) -> None:
    first, second = sealed(blobs, b"1"), sealed(blobs, b"2")
    assert first.record["previous"] == ""
    assert second.record["previous"] == first.manifest


def test_a_batch_is_sealed_in_order_and_linked_to_what_came_before(blobs: Blobs) -> None:
    first = sealed(blobs, b"0")
    many = [Sealing({"text.txt": b"%d" % n}, "u", "u", "2026-11-24T04:00:00Z", {}) for n in range(1, 5)]
    captures = (first, *seal(many, blobs=blobs))
    assert [capture.record["previous"] for capture in captures[1:]] == [c.manifest for c in captures[:-1]]
    assert verify_chain(blobs).ok
    assert seal([], blobs=blobs) == ()


def test_a_batch_with_a_bad_name_seals_nothing(blobs: Blobs) -> None:
    good, bad = (Sealing({name: b"x"}, "u", "u", "", {}) for name in ("text.txt", "../x"))
    with pytest.raises(IntegrityError):
        seal([good, bad], blobs=blobs)
    assert list(blobs.keys()) == []


def test_a_signature_has_one_spelling() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw().hex(), key.sign(b"x").hex()
    assert valid_signature(public, signature, b"x")
    assert not valid_signature(public, signature.upper(), b"x")
    assert not valid_signature(public, f"{signature[:2]} {signature[2:]}", b"x")


def test_parallel_seals_form_one_line(blobs: Blobs) -> None:
    with ThreadPoolExecutor(4) as pool:
        captures = list(pool.map(lambda n: sealed(blobs, str(n).encode()), range(20)))
    assert len({capture.record["previous"] for capture in captures}) == 20


def test_the_manifest_is_canonical_and_named_by_its_digest(blobs: Blobs) -> None:
    capture = sealed(blobs)
    data = blobs.get(capture.manifest)
    assert canonical_json(read_manifest(data)) == data
    assert capture.id == capture.manifest[:32]


def test_the_key_is_made_once_and_kept_private(blobs: Blobs) -> None:
    first, second = sealed(blobs, b"1"), sealed(blobs, b"2")
    assert first.record["public_key"] == second.record["public_key"] != ""
    assert first.timestamp == "self"
    assert blobs.local is not None
    assert stat.S_IMODE((blobs.local / "keys" / "seal.pem").stat().st_mode) == 0o600


def test_without_a_key_the_capture_says_so(blobs: Blobs) -> None:
    capture = sealed(blobs, signer=Signer(clock=fixed_clock))
    assert capture.timestamp == "none"
    assert capture.record["signature"] == ""


def test_a_remote_store_is_unsigned_unless_a_key_is_given(blobs: Blobs) -> None:
    remote = open_blobs("memory://remote-seal")
    assert sealed(remote).timestamp == "none"
    assert blobs.local is not None
    assert sealed(remote, signer=load_signer(blobs.local / "team.pem")).timestamp == "self"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a\\b", "", "capture.json", "a/../../b"])
def test_unsafe_or_reserved_names_are_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(IntegrityError):
        seal([Sealing({name: b""}, "u", "u", "", {})], blobs=blobs)


def test_the_capture_can_be_read_from_the_blob_store_alone(blobs: Blobs) -> None:
    import msgspec

    capture = sealed(blobs)
    data = blobs.read_name(f"captures/{capture.id}.json")
    assert data is not None
    assert msgspec.json.decode(data, type=Capture) == capture


def test_lone_surrogates_are_kept_as_escapes() -> None:
    data = canonical_json({"text": "\ud800中"})
    assert json.loads(data) == {"text": "\ud800中"}
    assert data == b'{"text":"\\ud800' + "中".encode() + b'"}'
