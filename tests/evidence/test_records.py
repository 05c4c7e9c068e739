"""A capture names its WARC records: page.warc.gz has to hold exactly those, whole and of the right place."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from crawler.warc import Answer, Sent, WarcWriter
from evidence import seal as sealing_module
from evidence.check import verify_capture, verify_chain
from evidence.errors import IntegrityError
from evidence.records import WARC_FILE, record_faults
from evidence.seal import Sealing, seal
from evidence.signing import signer_for

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.blobs import Blobs

PAGE, START = "https://shop.example/a?b=1", "https://s.example/x"
BODY = b"<p>words</p>"


@dataclass(frozen=True)
class Claimed:
    """What a capture says of itself."""

    url: str = START
    final_url: str = PAGE
    warc_records: tuple[str, ...] = ()
    record: dict[str, str] = field(default_factory=lambda: {"http_status": "200"})


HOPS = f"{START} (302) -> {PAGE} (200)"


def exchange(
    folder: Path, url: str, *, body: bytes = BODY, status: int = 200
) -> tuple[bytes, tuple[str, ...]]:
    """The WARC of one request and answer, without its first record, and the ids."""
    path = folder / "one.warc.gz"
    path.unlink(missing_ok=True)
    writer = WarcWriter(path)
    begun = path.stat().st_size
    ids = writer.exchange(url, Sent("GET /", [("Host", "x")]), Answer(status, [], body))
    writer.close()
    return path.read_bytes()[begun:], ids


@pytest.fixture
def redirected(tmp_path: Path) -> tuple[bytes, Claimed]:
    """A page behind a redirect: two exchanges and the claim that fits them."""
    first, ids = exchange(tmp_path, START, status=302)
    second, more = exchange(tmp_path, PAGE)
    claim = Claimed(warc_records=(*ids, *more), record={"http_status": "200", "hops": HOPS})
    return first + second, claim


def test_a_whole_exchange_has_no_fault(redirected: tuple[bytes, Claimed]) -> None:
    warc, claim = redirected
    assert list(record_faults(claim, warc)) == []


@pytest.mark.parametrize("warc", [b"", gzip.compress(b"")], ids=["no bytes", "nothing packed"])
def test_an_empty_warc_names_every_missing_record(redirected: tuple[bytes, Claimed], warc: bytes) -> None:
    _, claim = redirected
    faults = list(record_faults(claim, warc))
    assert all(f"record {name} is missing from it" in faults for name in claim.warc_records)


def test_a_missing_file_is_said(redirected: tuple[bytes, Claimed]) -> None:
    assert list(record_faults(redirected[1], None)) == ["missing, and the capture names 4 records in it"]


def test_a_page_by_http_names_its_records(redirected: tuple[bytes, Claimed]) -> None:
    claim = replace(redirected[1], warc_records=())
    assert "the page came by HTTP and the capture names no record of it" in list(record_faults(claim, None))


def test_one_record_too_few_and_too_many_are_named(redirected: tuple[bytes, Claimed], tmp_path: Path) -> None:
    warc, claim = redirected
    more, ids = exchange(tmp_path, PAGE)
    fewer = replace(claim, warc_records=(*claim.warc_records[:-1], "<urn:uuid:gone>"))
    assert set(record_faults(fewer, warc)) == {
        "record <urn:uuid:gone> is missing from it",
        f"holds record {claim.warc_records[-1]}, which the capture does not name",
    }
    assert set(record_faults(claim, warc + more)) == {
        f"holds record {name}, which the capture does not name" for name in ids
    }
    assert any("twice" in fault for fault in record_faults(claim, warc + warc))


def test_a_record_of_another_place_is_named(redirected: tuple[bytes, Claimed], tmp_path: Path) -> None:
    warc, claim = redirected
    other, ids = exchange(tmp_path, "https://elsewhere.example/")
    faults = list(record_faults(replace(claim, warc_records=(*claim.warc_records, *ids)), warc + other))
    assert len(faults) == 2
    assert all("https://elsewhere.example/, where the capture never was" in fault for fault in faults)


def test_without_the_final_answer_nothing_is_proven(tmp_path: Path) -> None:
    warc, ids = exchange(tmp_path, START, status=302)
    claim = Claimed(warc_records=ids, record={"http_status": "200", "hops": HOPS})
    assert list(record_faults(claim, warc)) == [f"holds no response from {PAGE}"]


def test_hops_of_adverts_are_known_from_the_document(tmp_path: Path) -> None:
    warc, ids = exchange(tmp_path, PAGE)
    click, clicked = exchange(tmp_path, "https://ad.example/click")
    claim = Claimed(url=PAGE, warc_records=(*clicked, *ids))
    document = b'{"ad_slots": [{"hops": [{"url": "https://ad.example/click", "status": 302}]}]}'
    assert list(record_faults(claim, click + warc, document)) == []
    assert len(list(record_faults(claim, click + warc))) == 2


def test_a_browser_spells_addresses_its_own_way(tmp_path: Path) -> None:
    warc, ids = exchange(tmp_path, "https://shop.example/a%7Cb")
    claim = Claimed(url=PAGE, final_url="https://shop.example/a|b#!/shown", warc_records=ids)
    rendered = replace(claim, record={"http_status": "200", "renderer": "chromium"})
    assert list(record_faults(rendered, warc)) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda warc: warc[:-9], "holds no whole record from byte", id="torn"),
        pytest.param(lambda warc: warc + b"more", "holds no whole record from byte", id="tail"),
        pytest.param(lambda warc: warc + gzip.compress(b"hello"), "not a WARC record", id="no record"),
        pytest.param(
            lambda warc: gzip.compress(gzip.decompress(warc)), "breaks off", id="two records in a member"
        ),
    ],
)
def test_what_is_not_a_record_is_said(redirected: tuple[bytes, Claimed], change, reason: str) -> None:  # type: ignore[no-untyped-def]
    warc, claim = redirected
    assert any(reason in fault for fault in record_faults(claim, change(warc)))


def test_a_changed_body_does_not_match_its_digest(tmp_path: Path) -> None:
    warc, ids = exchange(tmp_path, PAGE)
    claim = Claimed(url=PAGE, warc_records=ids)
    plain = gzip.decompress(warc).replace(BODY, BODY.replace(b"words", b"WORDS"))
    at = plain.index(b"WARC/1.1", 1)
    changed = gzip.compress(plain[:at]) + gzip.compress(plain[at:])
    assert f"record {ids[1]} does not match its digest" in list(record_faults(claim, changed))


def test_what_was_read_from_a_feed_needs_no_exchange() -> None:
    assert list(record_faults(Claimed(record={}), None)) == []


def sealing_of(warc: bytes, claim: Claimed) -> Sealing:
    files = {WARC_FILE: warc, "text.txt": b"words"}
    return Sealing(
        files, claim.url, claim.final_url, "2026-11-24T04:00:00Z", claim.record, claim.warc_records
    )


@pytest.mark.parametrize("kept", [0, 1], ids=["empty", "half"])
def test_a_page_without_its_records_is_not_sealed(
    redirected: tuple[bytes, Claimed], blobs: Blobs, kept: int
) -> None:
    warc, claim = redirected
    with pytest.raises(
        IntegrityError, match=r"is not sealed: page\.warc\.gz: .*(missing from it|no whole record)"
    ):
        seal([sealing_of(warc[: len(warc) * kept // 2], claim)], blobs=blobs)
    assert list(blobs.keys()) == []


def test_an_old_capture_with_an_empty_warc_is_found(redirected: tuple[bytes, Claimed], blobs: Blobs) -> None:
    """Captures that earlier versions sealed were not held to this."""
    warc, claim = redirected
    good = seal([sealing_of(warc, claim)], blobs=blobs)[0]
    (bad,) = sealing_module._seal([sealing_of(b"", claim)], blobs=blobs, signer=signer_for(blobs))
    assert verify_capture(good, blobs).ok
    outcome = verify_capture(bad, blobs)
    assert {problem.file for problem in outcome.problems} == {WARC_FILE}
    assert not verify_chain(blobs).ok
