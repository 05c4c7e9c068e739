"""Versions of listings: kept once each, in order, whatever killed the writer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crawler.document import Listing
from evidence.errors import EvidenceError
from evidence.listings import (
    FOLDER,
    ListingVersion,
    app_key,
    keep_version,
    listing_digest,
    newest,
    read_versions,
)

if TYPE_CHECKING:
    from pathlib import Path

LISTING = Listing(
    "xiaomi", "com.example.a", "示例", package="com.example.A", description="一", url="https://x.example/1"
)


def version(listing: Listing, at: str = "2026-03-01T00:00:00Z") -> ListingVersion:
    return ListingVersion(app_key(listing), listing_digest(listing), at, listing)


def keep(
    data: Path, listing: Listing, at: str = "2026-03-01T00:00:00Z"
) -> tuple[bool, ListingVersion | None]:
    return keep_version(data, version(listing, at), prove=lambda one: replace(one, manifest="m"))


def test_what_says_the_same_is_one_version(tmp_path: Path) -> None:
    assert keep(tmp_path, LISTING) == (True, None)
    new, before = keep(tmp_path, replace(LISTING, url="https://x.example/2"), "2026-03-02T00:00:00Z")
    assert not new
    assert before is not None
    (kept,) = read_versions(tmp_path, "COM.example.a")
    assert kept.manifest == "m"


def test_each_change_is_a_version_also_one_back(tmp_path: Path) -> None:
    for text in ("一", "二", "一"):
        assert keep(tmp_path, replace(LISTING, description=text))[0]
    assert [one.listing.description for one in read_versions(tmp_path, "com.example.a")] == ["一", "二", "一"]


def test_stores_are_compared_with_themselves(tmp_path: Path) -> None:
    keep(tmp_path, LISTING)
    other = replace(LISTING, store="vivo", description="别的")
    assert keep(tmp_path, other) == (True, None)
    assert not keep(tmp_path, LISTING)[0]
    kept = read_versions(tmp_path, "com.example.a")
    assert newest(kept, "xiaomi") == replace(version(LISTING), manifest="m")
    assert newest(kept, "oppo") is None


def test_proof_is_made_for_new_versions_only(tmp_path: Path) -> None:
    keep(tmp_path, LISTING)

    def prove(one: ListingVersion) -> ListingVersion:
        raise AssertionError(one)

    assert not keep_version(tmp_path, version(LISTING), prove=prove)[0]


def test_a_torn_line_is_cut_off(tmp_path: Path) -> None:
    keep(tmp_path, LISTING)
    (path,) = (tmp_path / FOLDER).iterdir()
    with path.open("ab") as file:
        file.write(b'{"key": "com.ex')
    assert len(read_versions(tmp_path, "com.example.a")) == 1
    keep(tmp_path, replace(LISTING, description="二"))
    assert len(read_versions(tmp_path, "com.example.a")) == 2


def test_a_file_of_something_else_is_told(tmp_path: Path) -> None:
    keep(tmp_path, LISTING)
    (path,) = (tmp_path / FOLDER).iterdir()
    path.write_bytes(b"nonsense\n")
    with pytest.raises(EvidenceError):
        read_versions(tmp_path, "com.example.a")


@pytest.mark.parametrize(
    ("listing", "key"),
    [
        (LISTING, "com.example.a"),
        (replace(LISTING, package=""), "xiaomi:com.example.a"),
        (replace(LISTING, package="", app_id=""), "xiaomi:https://x.example/1"),
    ],
    ids=["package", "number", "address"],
)
def test_keys(listing: Listing, key: str) -> None:
    assert app_key(listing) == key
