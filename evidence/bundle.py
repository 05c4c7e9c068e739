"""Verify a bundle on its own: no index, no blob store, no network.

A bundle holds a report, the captures it rests on, and ``bundle.json``: the list of every other file with both
digests, signed in ``bundle.sig``. Each capture lies in ``captures/<id>/`` with ``manifest.json`` and
``seal.json``, the capture as the index knew it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from evidence.capture import Capture, EvidenceFile
from evidence.errors import IntegrityError, MissingBlob
from evidence.manifest import canonical_json, describe
from evidence.signing import valid_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.container import Container

FORMAT = "xiansuo-bundle/1"
LIST_FILE = "bundle.json"
SIGNATURE_FILE = "bundle.sig"
SEAL_FILE = "seal.json"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Contents:
    """``bundle.json``: what a bundle holds. ``public_key`` signed it; empty: unsigned."""

    format: str
    report_id: str
    created_at: str
    public_key: str
    files: tuple[EvidenceFile, ...]


@dataclass(frozen=True, slots=True)
class BundleSignature:
    """``bundle.sig``: the Ed25519 signature (hex) over the bytes of ``bundle.json``."""

    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a bundle."""

    file: str
    reason: str


def strict(data: bytes, kind: type[_T], name: str) -> _T:
    """Decode canonical JSON of a type. Raises IntegrityError for anything else, be it one byte more."""
    try:
        value = msgspec.convert(json.loads(data), kind)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{name} cannot be read: {error}") from error
    if canonical_json(value) != data:
        raise IntegrityError(f"{name} is not in canonical form")
    return value


def check_contents(container: Container) -> Iterator[Fault]:
    """Compare all files with ``bundle.json``, and that with its signature."""
    try:
        listed = container.read(LIST_FILE)
        contents = strict(listed, Contents, LIST_FILE)
    except IntegrityError as error:
        yield Fault(LIST_FILE, _why(error))
        return
    if contents.format != FORMAT:
        yield Fault(LIST_FILE, f"is of another format: {contents.format[:40]!r}")
    yield from _check_signature(container, contents, listed)
    names = {entry.name for entry in contents.files}
    for extra in sorted({*container.names} - names - {LIST_FILE, SIGNATURE_FILE}):
        yield Fault(extra, "is not in the list: somebody added it")
    for entry in contents.files:
        try:
            found = describe(entry.name, container.read(entry.name))
        except IntegrityError as error:
            yield Fault(entry.name, _why(error))
            continue
        if found != entry:
            yield Fault(entry.name, "altered: differs from the list")


def signed_by(container: Container) -> str:
    """The public key that the list names, empty where it names none or cannot be read."""
    try:
        return strict(container.read(LIST_FILE), Contents, LIST_FILE).public_key
    except IntegrityError:
        return ""


def captures_in(container: Container) -> Iterator[tuple[str, Capture | Fault]]:
    """The folder of each capture, with the capture or why it cannot be read."""
    folders = sorted(
        {"/".join(name.split("/")[:2]) for name in container.names if name.startswith("captures/")}
    )
    for folder in folders:
        name = f"{folder}/{SEAL_FILE}"
        try:
            yield folder, strict(container.read(name), Capture, SEAL_FILE)
        except IntegrityError as error:
            yield folder, Fault(name, _why(error))


def _check_signature(container: Container, contents: Contents, listed: bytes) -> Iterator[Fault]:
    signed = SIGNATURE_FILE in container.names
    if not contents.public_key:
        if signed:
            yield Fault(SIGNATURE_FILE, "signs a list that names no key")
        return
    try:
        signature = strict(container.read(SIGNATURE_FILE), BundleSignature, SIGNATURE_FILE)
    except IntegrityError as error:
        yield Fault(SIGNATURE_FILE, _why(error))
        return
    if signature.public_key != contents.public_key:
        yield Fault(SIGNATURE_FILE, "names another key than the list")
    if not valid_signature(contents.public_key, signature.signature, listed):
        yield Fault(LIST_FILE, "its signature does not fit: the list or the signature was altered")


def _why(error: IntegrityError) -> str:
    return "missing" if isinstance(error, MissingBlob) else f"altered: {error}"
