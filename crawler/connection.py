"""What a connection showed of itself: the name's addresses, the one taken, TLS and its certificates."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from typing import Any

import msgspec

MEDIA_TYPE = "application/json"
MOST_CERTIFICATES = 16


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection: ``addresses`` are those of the name that the guard let through, ``refused`` the others.

    ``resolved_at`` is when the name was resolved (UTC, RFC 3339). ``tls`` is version and cipher, ``chain``
    the peer's certificates as it sent them, its own first (DER); both are empty for plain HTTP.
    """

    host: str = ""
    ip: str = ""
    addresses: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    resolved_at: str = ""
    tls: tuple[str, ...] = ()
    chain: tuple[bytes, ...] = ()


class Certificate(msgspec.Struct, frozen=True):
    """A certificate as a WARC holds it: SHA-256 of its DER form, and PEM."""

    sha256: str
    pem: str


class ConnectionRecord(msgspec.Struct, frozen=True):
    """The metadata record beside a response. Where the host was an address, nothing was resolved."""

    host: str
    ip: str
    dns_addresses: tuple[str, ...] = ()
    dns_refused: tuple[str, ...] = ()
    dns_resolved_at: str = ""
    tls: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()


def connection_json(connection: Connection) -> bytes:
    """The body of a connection's metadata record."""
    record = ConnectionRecord(
        host=connection.host,
        ip=connection.ip,
        dns_addresses=connection.addresses,
        dns_refused=connection.refused,
        dns_resolved_at=connection.resolved_at,
        tls=connection.tls,
        certificates=tuple(
            Certificate(hashlib.sha256(der).hexdigest(), ssl.DER_cert_to_PEM_cert(der))
            for der in connection.chain[:MOST_CERTIFICATES]
        ),
    )
    return msgspec.json.encode(record)


def read_connection(body: bytes) -> ConnectionRecord | None:
    """A metadata record's body, None where it is of something else."""
    try:
        return msgspec.json.decode(body, type=ConnectionRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def socket_chain(wire: Any) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
    """TLS version and cipher of a socket of the standard library, and its peer's certificates (DER)."""
    if not isinstance(wire, ssl.SSLSocket):
        return (), ()
    cipher = wire.cipher()
    told = tuple(filter(None, (wire.version() or "", cipher[0] if cipher else "")))
    # public from Python 3.13 on; before it the same thing under the socket's inner object
    inner: Any = wire if hasattr(wire, "get_unverified_chain") else getattr(wire, "_sslobj", None)
    chain = inner.get_unverified_chain() if hasattr(inner, "get_unverified_chain") else None
    if chain is None:
        own = wire.getpeercert(binary_form=True)
        return told, (own,) if own else ()
    return told, tuple(one if isinstance(one, bytes) else _der(one) for one in chain)


def _der(certificate: Any) -> bytes:
    import _ssl

    der: bytes = certificate.public_bytes(_ssl.ENCODING_DER)
    return der
