"""Our own signature: an Ed25519 key made at the first run. It says who sealed and, by our own clock, when.

It proves that nothing was changed since by anybody without the key; it is no third party's word on the time.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.clock import Clock, utc_now
from evidence.errors import EvidenceError

if TYPE_CHECKING:
    from evidence.blobs import Blobs

KEY_FILE = Path("keys") / "seal.pem"


def _unsigned(data: bytes) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs manifests; ``sign`` answers hex. Without a key it only tells the time: ``timestamp: none``."""

    public_key: str = ""
    sign: Callable[[bytes], str] = _unsigned
    clock: Clock = utc_now


def signer_for(blobs: Blobs, *, clock: Clock = utc_now) -> Signer:
    """The signer whose key lies in a local blob store, made at first use; elsewhere it has no key."""
    if blobs.local is None:
        return Signer(clock=clock)
    return load_signer(blobs.local / KEY_FILE, clock=clock)


def load_signer(path: Path, *, clock: Clock = utc_now) -> Signer:
    """The signer of a PEM file (Ed25519, unencrypted, mode 0600); the file is made where there is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.exists():
        _make_key(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise EvidenceError(f"cannot read the signing key {path}: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise EvidenceError(f"the signing key {path} is not an Ed25519 key")
    public_key = key.public_key().public_bytes_raw().hex()
    return Signer(public_key, lambda data: key.sign(data).hex(), clock)


def valid_signature(public_key: str, signature: str, data: bytes) -> bool:
    """Whether a signature over ``data``, in lower-case hex as :class:`Signer` writes it, is that key's."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = bytes.fromhex(signature)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(raw, data)
    except (ValueError, InvalidSignature):
        return False
    # capitals and blanks read as the same bytes; a seal has one spelling, so that any change of it shows
    return raw.hex() == signature


def _make_key(path: Path) -> None:
    """Write a new key; where two processes come at once, the first one's key stays."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.parent / f".tmp-{uuid.uuid4().hex}"
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(pem)
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(scratch, path)
        except FileExistsError:
            return
    finally:
        scratch.unlink(missing_ok=True)
