"""APK files: name, package, version, permissions, signing certificate, and the texts and links inside.

The manifest, the resources and the certificates are read by apk-info (``xiansuo[apk]``). The certificate is
told as the file carries it: whether the signature over the file holds is not checked here.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crawler.document import Block, Document, Listing, make_document
from crawler.errors import FeedError
from crawler.extract.apk_strings import dex_strings, pool_strings, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

STORE = "apk"
MAX_FILE_BYTES = 1 << 30
MAX_DEX = 20
MAX_SIGNATURE_BYTES = 4 << 20
MOST_STRINGS = 5_000
MOST_CHARACTERS = 400_000
LONGEST = 4_000
LONGEST_DESCRIPTION = 20_000
BLOCK_CHARACTERS = 2_000

_MANIFEST, _RESOURCES = "AndroidManifest.xml", "resources.arsc"
_DEX = re.compile(r"classes\d*\.dex")
_SIGNATURE = re.compile(r"META-INF/[^/]*\.(RSA|DSA|EC)", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]{2}")
_LINK = re.compile(r"\w{2,12}://|^[\w-]+(\.[\w-]+)+/|^www\.")
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_ADDRESS = re.compile(rf"0x[0-9a-fA-F]{{40}}|T{_BASE58}{{33}}|[13]{_BASE58}{{25,34}}|bc1[a-z0-9]{{25,60}}")
_OWN = re.compile(
    r"(https?://)?(schemas\.android\.com|www\.w3\.org|ns\.adobe\.com|xmlpull\.org)/|(content|android)\b"
)
"""Names of markup and of the system, which are written as links and lead nowhere."""


def read_apk(path: Path, *, name: str) -> Document:
    """The document of an APK file: its listing, its name as the title, and its strings.

    Strings are those that a reader would read or follow: with Han characters, links, and addresses of
    wallets. Raises FeedError: ``no-reader`` without apk-info, ``too-large``, ``unreadable``.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FeedError(f"file is larger than {MAX_FILE_BYTES} bytes", reason="too-large")
    members = _members(path)
    facts = _facts(path)
    found = list(_strings(members))
    listing = _listing(facts, found)
    blocks = [Block("title", listing.name, "listing.name"), *_blocks(found)]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    document = make_document(
        source="app",
        surface="app_listing",
        blocks=blocks,
        place=f"{name}#{digest}",
        metadata={"sha256": digest, **_certificate(facts), **_remark(found)},
    )
    return replace(document, listing=listing)


def _members(path: Path) -> dict[str, bytes]:
    """The members that are read, unpacked within bounds: apk-info unpacks them without any."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            infos = {info.filename: info for info in archive.infolist()}
            dex = sorted(name for name in infos if _DEX.fullmatch(name))[:MAX_DEX]
            for name in filter(_SIGNATURE.fullmatch, infos):
                unpack(file, infos[name], most=MAX_SIGNATURE_BYTES)
            wanted = [name for name in (_MANIFEST, _RESOURCES, *dex) if name in infos]
            return {name: unpack(file, infos[name]) for name in wanted}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FeedError(f"not an APK that can be read: {error}", reason="unreadable") from error


def _facts(path: Path) -> dict[str, Any]:
    try:
        import apk_info
    except ImportError as error:
        raise FeedError("APK files need apk-info: pip install 'xiansuo[apk]'", reason="no-reader") from error
    try:
        apk = apk_info.APK(path)
        certificates = [
            certificate
            for signature in apk.get_signatures()
            for certificate in getattr(signature, "certificates", ())
        ]
        return {
            "package": apk.get_package_name() or "",
            "name": apk.get_application_label() or "",
            "version": apk.get_version_name() or "",
            "permissions": tuple(sorted(apk.get_permissions())),
            "certificate": certificates[-1] if certificates else None,
        }
    except (apk_info.APKError, ValueError, OSError) as error:
        raise FeedError(f"not an APK that can be read: {error}", reason="unreadable") from error


def _listing(facts: Mapping[str, Any], strings: list[str]) -> Listing:
    """The listing. An APK describes itself by its strings: versions of it are told apart by them, too."""
    certificate = facts["certificate"]
    return Listing(
        store=STORE,
        app_id=facts["package"],
        name=facts["name"] or facts["package"],
        package=facts["package"],
        description="\n".join(strings)[:LONGEST_DESCRIPTION],
        version=facts["version"],
        signing_fingerprint=certificate.sha256_fingerprint.lower() if certificate else "",
        permissions=facts["permissions"],
    )


def _certificate(facts: Mapping[str, Any]) -> dict[str, str]:
    """The newest scheme's signing certificate in the forms that filings and other tools name it by."""
    certificate = facts["certificate"]
    if certificate is None:
        return {"signature": "none"}
    return {
        "signer": certificate.subject,
        "signed_from": certificate.valid_from,
        "certificate_md5": certificate.md5_fingerprint.lower(),
        "certificate_sha1": certificate.sha1_fingerprint.lower(),
    }


def _strings(members: Mapping[str, bytes]) -> Iterator[str]:
    """Strings that matter, those of the resources first, each once, within the limits."""
    seen: set[str] = set()
    characters = 0
    for name, data in members.items():
        if name == _MANIFEST:
            continue
        strings: Iterable[str] = pool_strings(data) if name == _RESOURCES else dex_strings(data)
        for raw in strings:
            text = raw.strip()[:LONGEST]
            if text in seen or not _matters(text):
                continue
            if len(seen) == MOST_STRINGS or characters + len(text) > MOST_CHARACTERS:
                return
            seen.add(text)
            characters += len(text)
            yield text


def _matters(text: str) -> bool:
    if _HAN.search(text) or _ADDRESS.fullmatch(text):
        return True
    return bool(_LINK.search(text)) and not _OWN.match(text)


def _blocks(strings: list[str]) -> Iterator[Block]:
    """The strings a line each, in blocks of neighbours: those of one screen stand together."""
    lines: list[str] = []
    size = 0
    for text in strings:
        if lines and size + len(text) > BLOCK_CHARACTERS:
            yield Block("body", "\n".join(lines), "strings")
            lines, size = [], 0
        lines.append(text)
        size += len(text)
    if lines:
        yield Block("body", "\n".join(lines), "strings")


def _remark(strings: list[str]) -> dict[str, str]:
    full = len(strings) == MOST_STRINGS or sum(map(len, strings)) + LONGEST > MOST_CHARACTERS
    return {"strings": f"{len(strings)}, maybe more" if full else str(len(strings))}
