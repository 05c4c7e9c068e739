"""Makes small real APK files: binary manifest, resource table, code with strings, signature scheme v2.

Nothing of the reader is used here: formats as Android's ResourceTypes.h, the DEX specification and the APK
Signature Scheme v2 page give them.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import struct
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence


ANDROID = "http://schemas.android.com/apk/res/android"
NAMES = {"name": 0x01010003, "label": 0x01010001, "versionCode": 0x0101021B, "versionName": 0x0101021C}
REFERENCE, STRING, NUMBER = 1, 3, 0x10
LABEL = 0x7F010000
RSA_SHA256 = 0x0103
V2 = 0x7109871A

Attribute = tuple[str, int, str | int]


def needs_apk_info() -> None:
    """Skip without the reader; on CI it has to be there, and the test fails instead."""
    if "CI" not in os.environ:
        pytest.importorskip("apk_info", reason="apk-info is not installed: pip install 'xiansuo[apk]'")


@dataclass(frozen=True, slots=True)
class App:
    """What to put into the file. ``texts`` go into the resources, ``code`` into the code's strings."""

    package: str = "com.example.demo"
    label: str = "示例应用"
    version: str = "1.2.3"
    permissions: tuple[str, ...] = ("android.permission.INTERNET", "android.permission.CAMERA")
    texts: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


@cache
def signer() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key and its self-signed certificate (DER)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Made Up")])
    begun = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begun)
        .not_valid_after(begun + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.DER)


def make_apk(app: App = App(), *, signed: bool = True) -> bytes:
    """An APK file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", manifest(app))
        archive.writestr("classes.dex", dex(app.code))
        archive.writestr("resources.arsc", resources([app.label, *app.texts], package=app.package))
    return sign(buffer.getvalue()) if signed else buffer.getvalue()


def chunk(kind: int, head: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<HHI", kind, 8 + len(head), 8 + len(head) + len(body)) + head + body


def pool(strings: Sequence[str]) -> bytes:
    data, offsets = b"", []
    for text in strings:
        offsets.append(len(data))
        raw = text.encode()
        data += length(len(text)) + length(len(raw)) + raw + b"\0"
    data += b"\0" * (-len(data) % 4)
    start = 28 + 4 * len(offsets)
    head = struct.pack("<IIIII", len(strings), 0, 0x100, start, 0)
    return chunk(0x0001, head, struct.pack(f"<{len(offsets)}I", *offsets) + data)


def length(size: int) -> bytes:
    return bytes([size]) if size < 0x80 else bytes([0x80 | size >> 8, size & 0xFF])


def manifest(app: App) -> bytes:
    tags: list[tuple[str, list[Attribute]]] = [
        ("manifest", [("versionCode", NUMBER, 7), ("versionName", STRING, app.version)]),
        *[("uses-permission", [("name", STRING, name)]) for name in app.permissions],
        ("application", [("label", REFERENCE, LABEL)]),
    ]
    words = [*NAMES, ANDROID, "android", "package", app.package, *[name for name, _ in tags]]
    words += [
        value for _, ones in tags for _, kind, value in ones if isinstance(value, str) and kind == STRING
    ]
    strings = list(dict.fromkeys(words))
    at = strings.index
    body = pool(strings) + chunk(0x0180, b"", struct.pack(f"<{len(NAMES)}I", *NAMES.values()))
    space = struct.pack("<ii", at("android"), at(ANDROID))
    body += node(0x0100, space)
    for tag, (name, attributes) in enumerate(tags):
        packed = [attribute(at(ANDROID), at(word), kind, value, at) for word, kind, value in attributes]
        if tag == 0:
            packed.append(
                struct.pack("<iiiHBBi", -1, at("package"), at(app.package), 8, 0, STRING, at(app.package))
            )
        element = struct.pack("<iiHHHHHH", -1, at(name), 20, 20, len(packed), 0, 0, 0)
        body += node(0x0102, element + b"".join(packed))
        if tag:
            body += node(0x0103, struct.pack("<ii", -1, at(name)))
    body += node(0x0103, struct.pack("<ii", -1, at("manifest"))) + node(0x0101, space)
    return chunk(0x0003, b"", body)


def attribute(space: int, name: int, kind: int, value: str | int, at) -> bytes:  # type: ignore[no-untyped-def]
    data = at(value) if isinstance(value, str) else value
    raw = data if kind == STRING else -1
    return struct.pack("<iiiHBBi", space, name, raw, 8, 0, kind, data)


def node(kind: int, rest: bytes) -> bytes:
    return chunk(kind, struct.pack("<ii", 1, -1), rest)


def resources(strings: Sequence[str], *, package: str) -> bytes:
    keys = [f"text{number}" for number in range(len(strings))]
    types, names = pool(["string"]), pool(keys)
    spec = chunk(0x0202, struct.pack("<BBHI", 1, 0, 0, len(keys)), bytes(4 * len(keys)))
    config = struct.pack("<I", 64) + bytes(60)
    entries = b"".join(struct.pack("<HHIHBBI", 8, 0, n, 8, 0, STRING, n) for n in range(len(keys)))
    offsets = struct.pack(f"<{len(keys)}I", *[16 * n for n in range(len(keys))])
    start = 20 + len(config) + len(offsets)
    table = chunk(0x0201, struct.pack("<BBHII", 1, 0, 0, len(keys), start) + config, offsets + entries)
    name = package.encode("utf-16-le")[:254].ljust(256, b"\0")
    head = struct.pack("<I", 0x7F) + name + struct.pack("<IIIII", 288, 1, 288 + len(types), len(keys), 0)
    return chunk(
        0x0002, struct.pack("<I", 1), pool(strings) + chunk(0x0200, head, types + names + spec + table)
    )


def dex(strings: Sequence[str]) -> bytes:
    ids, data, start = b"", b"", 0x70 + 4 * len(strings)
    for text in strings:
        ids += struct.pack("<I", start + len(data))
        size = len(text.encode("utf-16-le")) // 2
        data += (
            (bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])) + text.encode() + b"\0"
        )
    head = b"dex\n035\0" + bytes(24) + struct.pack("<III", start + len(data), 0x70, 0x12345678)
    head = head.ljust(0x38, b"\0") + struct.pack("<II", len(strings), 0x70)
    return head.ljust(0x70, b"\0") + ids + data


def sign(archive: bytes) -> bytes:
    key, certificate = signer()
    end = archive.rindex(b"PK\x05\x06")
    (directory,) = struct.unpack_from("<I", archive, end + 16)
    sections = archive[:directory], archive[directory:end], archive[end:]
    digest = content_digest(sections)
    signed = prefixed(prefixed(struct.pack("<I", RSA_SHA256) + prefixed(digest)))
    signed += prefixed(prefixed(certificate)) + prefixed(b"")
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    one = prefixed(signed) + prefixed(prefixed(struct.pack("<I", RSA_SHA256) + prefixed(signature)))
    value = prefixed(prefixed(one + prefixed(public)))
    pair = struct.pack("<QI", 4 + len(value), V2) + value
    size = struct.pack("<Q", len(pair) + 24)
    block = size + pair + size + b"APK Sig Block 42"
    moved = sections[2][:16] + struct.pack("<I", directory + len(block)) + sections[2][20:]
    return sections[0] + block + sections[1] + moved


def content_digest(sections: Sequence[bytes]) -> bytes:
    """Over chunks of a megabyte; the end record counts as if the signing block were not there."""
    chunks = [part[at : at + (1 << 20)] for part in sections for at in range(0, len(part), 1 << 20)]
    digests = [hashlib.sha256(b"\xa5" + struct.pack("<I", len(one)) + one).digest() for one in chunks]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(digests)) + b"".join(digests)).digest()


def prefixed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
