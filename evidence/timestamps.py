"""Check a timestamp (RFC 3161) offline: what it stamps, its signature, and whose certificates it leads to.

What is stamped is the manifest before it is linked into the chain and before it lists the stamp itself:
``stamped.json``, whose form follows from the manifest. Anybody can check it with other tools too:
``openssl ts -verify -data stamped.json -in timestamp.tsr -CAfile timestamp-ca.pem``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from evidence.errors import IntegrityError, TimestampError
from evidence.manifest import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from evidence.manifest import Manifest

STAMPED_FILE = "stamped.json"
TOKEN_FILE = "timestamp.tsr"
CA_FILE = "timestamp-ca.pem"
STAMP_FILES = frozenset({STAMPED_FILE, TOKEN_FILE, CA_FILE})
_APART = timedelta(minutes=2)
"""Between asking and being stamped; where the clocks are further apart, the reader is told."""

Trust = Literal["named", "carried", "unproven"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp that holds. ``authority`` is the name in the certificate that signed.

    ``trust`` says what its certificate leads to: certificates that the reader ``named``, those that were
    ``carried`` along with the capture (``ca``: SHA-256 of each), or nothing known (``unproven``).
    """

    at: datetime
    authority: str
    trust: Trust
    ca: tuple[str, ...] = ()


def stamped_bytes(manifest: Manifest) -> bytes:
    """What a timestamp of this manifest stamps."""
    files = tuple(entry for entry in manifest.files if entry.name not in STAMP_FILES)
    return canonical_json(replace(manifest, timestamp="tsa", previous="", files=files))


def check_stamp(manifest: Manifest, read: Callable[[str], bytes], *, ca: bytes = b"") -> Stamp | None:
    """Check the timestamp of a manifest, None where it has none and says so.

    ``read`` gives a sealed file by its name; ``ca`` are the certificates (PEM) that the reader trusts. Raises
    IntegrityError for a stamp that does not hold or does not lead to these.
    """
    held = STAMP_FILES & {entry.name for entry in manifest.files}
    if manifest.timestamp != "tsa":
        if held:
            raise IntegrityError(f"is there, and the manifest says timestamp {manifest.timestamp}")
        return None
    if not {STAMPED_FILE, TOKEN_FILE} <= held:
        raise IntegrityError("is missing, and the manifest says timestamp tsa")
    stamped = read(STAMPED_FILE)
    if stamped != stamped_bytes(manifest):
        raise IntegrityError("stamps other facts than the manifest's")
    carried = read(CA_FILE) if CA_FILE in held else b""
    try:
        reply = checked_reply(read(TOKEN_FILE), stamped, ca=ca or carried)
        roots = certificates(ca or carried)
    except TimestampError as error:
        # from whom it comes is the reader's question only where he named somebody
        raise IntegrityError(f"does not hold: {error}") from error
    trust: Trust = "named" if ca else "carried" if carried else "unproven"
    return Stamp(reply.tst_info.gen_time, _signer(reply), trust, tuple(map(_fingerprint, roots)))


def checked_reply(der: bytes, data: bytes, *, ca: bytes, nonce: int | None = None) -> TimeStampResponse:
    """An authority's reply, if it stamps ``data`` (and repeats the nonce), signed by a chain to ``ca`` (PEM).

    Without ``ca`` only what it stamps is checked, not who signed. Raises TimestampError.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    roots = certificates(ca)
    try:
        reply = decode_timestamp_response(der)
        if not roots:
            _check_imprint(reply, data, nonce)
            return reply
        verifier = VerifierBuilder(roots=roots, nonce=nonce).build()
        verifier.verify_message(reply, data)
    except TimestampError:
        raise
    except VerificationError as error:
        raise TimestampError(_short(error)) from error
    except Exception as error:  # a hostile reply can break any part of the parsers: it is no timestamp then
        raise TimestampError(f"the reply is no timestamp: {_short(error)}") from error
    return reply


def certificates(pem: bytes) -> list[Certificate]:
    """The certificates of a PEM file, none of an empty one. Raises TimestampError."""
    from cryptography.x509 import load_pem_x509_certificates

    if not pem:
        return []
    try:
        return load_pem_x509_certificates(pem)
    except BaseException as error:  # the parser panics on hostile bytes, outside of Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise TimestampError(f"the authority's certificates cannot be read: {_short(error)}") from error


def describe_stamp(stamp: Stamp, manifest: Manifest) -> str:
    """One sentence on who vouches for which time, and how far that is proven."""
    said = {
        "named": "its certificate leads to the authority you named",
        "carried": "its certificate leads to one that came with the capture "
        f"({', '.join(print[:16] + '…' for print in stamp.ca)}): compare it with the authority's own",
        "unproven": "UNTRUSTED: no certificate to check its signature against came with it",
    }[stamp.trust]
    at = stamp.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    apart = _apart(stamp.at, manifest.sealed_at)
    return f"time {at} stamped by {stamp.authority[:120]}; {said}{apart}"


def _apart(at: datetime, sealed_at: str) -> str:
    try:
        ours = datetime.fromisoformat(sealed_at)
    except ValueError:
        return ""
    off = abs(at - ours) > _APART
    return f"; the sealing machine's clock said {sealed_at}" if off else ""


def _check_imprint(reply: TimeStampResponse, data: bytes, nonce: int | None) -> None:
    if reply.status != 0:
        raise TimestampError(f"the authority refused: {'; '.join(reply.status_string)[:200] or reply.status}")
    imprint = reply.tst_info.message_imprint
    if imprint.message != hashlib.sha256(data).digest():
        raise TimestampError("it stamps other bytes")
    if nonce is not None and reply.tst_info.nonce != nonce:
        raise TimestampError("it answers another question")


def _signer(reply: TimeStampResponse) -> str:
    from cryptography.x509 import load_der_x509_certificate

    try:
        signers = {signer.serial_number for signer in reply.signed_data.signer_infos}
        found = map(load_der_x509_certificate, reply.signed_data.certificates)
        return next(one.subject.rfc4514_string() for one in found if one.serial_number in signers)
    except (ValueError, StopIteration):
        return "an authority that does not name itself"


def _fingerprint(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex()


def _short(error: BaseException) -> str:
    """The readable part of an error of a library: what stands in quotes behind “Verify error” if it does."""
    text = str(error)
    _, found, rest = text.partition("Verify error: ")
    return rest.partition('"')[0] if found else text[:200]
