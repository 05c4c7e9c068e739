"""APK files made here and read by a library that knows nothing of how they were made."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import FeedError
from crawler.extract.apk import MAX_SIGNATURE_BYTES, MOST_STRINGS, read_apk
from crawler.extract.apk_strings import OVERLAP, dex_strings, pool_strings, unpack
from crawler.feeds.read import read_inputs
from crawler.settings import CrawlSettings
from tests.apks import App, dex, make_apk, manifest, needs_apk_info, pool, resources, signer
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _reader() -> None:
    needs_apk_info()


APP = App(
    texts=("欢迎使用，出U加微信 demo_886", "Cancel", "https://pay.example/app?c=1"),
    code=(
        "Lcom/example/Main;",
        "T" + "9" * 33,
        "t.me/demo_example",
        "http://schemas.android.com/apk/res/android",
        "😀币圈",
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.apk"


def test_listing_of_an_apk(path: Path) -> None:
    path.write_bytes(make_apk(APP))
    document = read_apk(path, name="demo.apk")
    listing = document.listing
    assert listing is not None
    assert (listing.store, listing.package, listing.name, listing.version) == (
        "apk",
        "com.example.demo",
        "示例应用",
        "1.2.3",
    )
    assert listing.permissions == ("android.permission.CAMERA", "android.permission.INTERNET")
    assert listing.signing_fingerprint == hashlib.sha256(signer()[1]).hexdigest()
    assert document.metadata["certificate_md5"] == hashlib.md5(signer()[1]).hexdigest()
    assert document.metadata["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (document.source, document.surface, document.title) == ("app", "app_listing", "示例应用")


def test_strings_that_are_read_or_followed(path: Path) -> None:
    path.write_bytes(make_apk(APP))
    lines = "\n".join(block.text for block in read_apk(path, name="x").blocks[1:]).splitlines()
    assert lines == [
        "示例应用",
        "欢迎使用，出U加微信 demo_886",
        "https://pay.example/app?c=1",
        "T" + "9" * 33,
        "t.me/demo_example",
        "😀币圈",
    ]


def test_an_unsigned_apk_has_no_fingerprint(path: Path) -> None:
    path.write_bytes(make_apk(APP, signed=False))
    document = read_apk(path, name="x")
    assert document.listing is not None
    assert document.listing.signing_fingerprint == ""
    assert document.metadata["signature"] == "none"


def test_too_many_strings_are_told(path: Path) -> None:
    path.write_bytes(make_apk(App(texts=tuple(f"文字{number}" for number in range(MOST_STRINGS + 10)))))
    assert read_apk(path, name="x").metadata["strings"] == f"{MOST_STRINGS}, maybe more"


@pytest.mark.parametrize(
    "body",
    [b"", b"no zip", make_apk(APP)[:300], b"PK\x05\x06" + bytes(18)],
    ids=["nothing", "text", "cut off", "an empty zip"],
)
def test_what_is_no_apk_is_told(body: bytes, path: Path) -> None:
    path.write_bytes(body)
    with pytest.raises(FeedError) as caught:
        read_apk(path, name="x")
    assert caught.value.reason == "unreadable"


def test_a_bomb_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.extract.apk_strings.MAX_MEMBER_BYTES", 1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", bytes(8 << 20))
    # the directory lies about the size, as a bomb's does
    raw = path.read_bytes().replace(struct.pack("<I", 8 << 20), struct.pack("<I", 10))
    path.write_bytes(raw)
    with pytest.raises(FeedError) as caught:
        read_apk(path, name="x")
    assert caught.value.reason == "too-large"


def test_a_signature_that_is_a_bomb_is_refused(path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(make_apk(APP, signed=False))) as given:
        members = {name: given.read(name) for name in given.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**members, "META-INF/CERT.RSA": bytes(MAX_SIGNATURE_BYTES + 1)}.items():
            archive.writestr(name, data)
    with pytest.raises(FeedError) as caught:
        read_apk(path, name="demo.apk")
    assert caught.value.reason == "too-large"


def test_a_member_that_says_stored_is_unpacked_as_it_is() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"plain")
        (info,) = archive.infolist()
    assert unpack(buffer, info) == b"plain"


@pytest.mark.parametrize(
    "texts", [["a", "中" * 200, ""], ["x" * 127, "x" * 128, "x" * 16_000]], ids=["Han", "lengths"]
)
def test_tables_give_their_strings_again(texts: list[str]) -> None:
    assert list(dex_strings(dex(texts))) == texts
    assert list(pool_strings(resources(texts, package="com.example"))) == texts
    assert list(pool_strings(struct.pack("<HHI", 2, 12, 0) + bytes(4) + pool(texts) + bytes(40))) == texts


@given(place=st.integers(0), value=st.integers(0, 255), end=st.integers(0))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_tables_end_early(place: int, value: int, end: int) -> None:
    for table, read in ((dex(APP.code), dex_strings), (resources(APP.texts, package="a.b"), pool_strings)):
        damaged = bytearray(table)
        damaged[place % len(table)] = value
        assert all(isinstance(text, str) for text in read(bytes(damaged[: end % (len(table) + 1)])))
        assert all(isinstance(text, str) for text in read(bytes(damaged)))


@given(place=st.integers(0), value=st.integers(0, 255))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_manifest_is_read_or_told(place: int, value: int, path: Path) -> None:
    damaged = bytearray(manifest(APP))
    damaged[place % len(damaged)] = value
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("AndroidManifest.xml", bytes(damaged))
    (item,) = read_inputs([str(path)], settings=CrawlSettings())
    assert item.document is not None or item.reason == "unreadable"


def one_text(size: int) -> bytes:
    """A table of code whose many strings are all the same long one, which does not end."""
    first, body = 0x70, 0x70 + 4 * size
    head = struct.pack("<II", size, first).rjust(0x40, b"\0").ljust(first, b"\0")
    return b"dex\n035\0" + head[8:] + struct.pack("<I", body) * size + b"\x80" * (20 * size)


def one_resource(size: int) -> bytes:
    """The same in a table of resources, where the string says that it is long."""
    parts = (1, 28, 0, size, 0, 0, 28 + 4 * size, 0)
    head = struct.pack("<HHII", 2, 12, 0, 1) + struct.pack("<HHIIIIII", *parts)
    return head + bytes(4 * size) + b"\xff" * 4 + b"a\0" * (10 * size)


@pytest.mark.parametrize(
    ("table", "read"), [(one_text, dex_strings), (one_resource, pool_strings)], ids=["code", "resources"]
)
def test_strings_laid_over_each_other_take_time_in_proportion(
    table: Callable[[int], bytes], read: Callable[[bytes], Iterator[str]]
) -> None:
    def work(size: int) -> Callable[[], object]:
        data = table(size)
        return lambda: sum(map(len, read(data)))

    assert sum(map(len, read(table(1000)))) <= OVERLAP * len(table(1000))
    assert_linear(work, small=2_000)


def test_apks_are_inputs(path: Path) -> None:
    path.write_bytes(make_apk(APP))
    (path.parent / "broken.apk").write_bytes(b"PK")
    broken, item = read_inputs([str(path.parent)], settings=CrawlSettings())
    assert broken.reason == "unreadable"
    assert item.document is not None
    assert item.document.title == "示例应用"
