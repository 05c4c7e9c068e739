"""A time-stamping authority on loopback: real OpenSSL (``openssl ts``) behind a small HTTP server."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.servers import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class TestAuthority:
    """A running authority; ``reply`` may be replaced to answer otherwise, ``asked`` counts the questions."""

    __test__ = False
    url: str
    ca: Path
    folder: Path
    asked: list[bytes] = field(default_factory=list)
    answer: Any = None


def make_ca(folder: Path, name: str = "Test CA") -> tuple[ec.EllipticCurvePrivateKey, Path]:
    """A key and the PEM file of a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = folder / f"ca-{name.replace(' ', '-')}.pem"
    path.write_bytes(_certificate(name, key, issuer=name, signed_by=key, authority=True))
    return key, path


@contextmanager
def running_authority(folder: Path) -> Iterator[TestAuthority]:
    """An authority of its own CA in ``folder``. Skips, or fails under CI, where openssl cannot do it."""
    openssl = shutil.which("openssl")
    if (
        openssl is None
        or subprocess.run([openssl, "ts", "-help"], capture_output=True, check=False).returncode
    ):
        missing("no openssl with its ts command")
    ca = _set_up(folder)
    made = TestAuthority("", ca, folder)
    lock = threading.Lock()

    def reply(query: bytes) -> tuple[int, bytes]:
        with lock, tempfile.TemporaryDirectory() as scratch:
            asked, told = Path(scratch) / "q", Path(scratch) / "r"
            asked.write_bytes(query)
            command = [openssl, "ts", "-reply", "-queryfile", asked, "-config", "tsa.cnf", "-out", told]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            return 200, told.read_bytes()

    made.answer = reply

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append(query)
            status, body = made.answer(query)
            with suppress(OSError):  # who asked may have given up
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def _set_up(folder: Path) -> Path:
    """Key, certificate and configuration of the authority; answers its CA."""
    ca_key, ca = make_ca(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = _certificate("Test TSA", key, issuer="Test CA", signed_by=ca_key, authority=False)
    (folder / "tsa.pem").write_bytes(pem)
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    (folder / "tsa.key").write_bytes(private)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(_CONFIG)
    return ca


def _certificate(name: str, key: Any, *, issuer: str, signed_by: Any, authority: bool) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if not authority:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signed_by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
