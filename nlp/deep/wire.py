"""One POST to a fixed address over a connection of our own: no redirect, no proxy, a time limit."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from nlp.errors import DeepError

MOST_BYTES = 1_000_000
PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go, and the key they carry."""

    host: str
    port: int
    path: str
    secure: bool
    key: str = field(default="", repr=False)


def address_of(url: str, *, key: str = "") -> Address:
    """The address of an API's base URL. Raises DeepError for one that cannot be used."""
    if not url:
        raise DeepError("detection.deep.url names no endpoint")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DeepError(f"detection.deep.url is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise DeepError("detection.deep.url must begin with http:// or https:// and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise DeepError("detection.deep.url takes no login, query or fragment; the key is detection.deep.key")
    secure = parts.scheme == "https"
    if key and not secure and not _is_loopback(parts.hostname):
        raise DeepError("a key is not sent over plain http:// to another machine; use https://")
    if not key.isascii() or any(char.isspace() for char in key):
        raise DeepError("detection.deep.key holds characters that no header can")
    path = parts.path.rstrip("/") + PATH
    return Address(parts.hostname, port or (443 if secure else 80), path, secure, key)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(address: Address, body: bytes, *, timeout_s: float) -> bytes:
    """The body of a 200 answer. Raises DeepError for anything else, at the latest after ``timeout_s``."""
    if address.secure:
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            address.host, address.port, timeout=timeout_s, context=context
        )
    else:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
    late = threading.Event()

    def end() -> None:
        late.set()
        if (sock := connection.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    watchdog = threading.Timer(timeout_s, end)
    watchdog.daemon = True
    watchdog.start()
    try:
        with closing(connection):
            connection.connect()
            if late.is_set():  # while there was no socket to shut down yet
                raise TimeoutError
            return _exchange(connection, address, body)
    except (OSError, http.client.HTTPException) as error:
        slow = late.is_set() or isinstance(error, TimeoutError)
        reason = f"no answer within {timeout_s:g} s" if slow else f"{type(error).__name__}: {error}"
        raise DeepError(f"{address.host}:{address.port}: {reason}") from error
    finally:
        watchdog.cancel()


def _exchange(connection: http.client.HTTPConnection, address: Address, body: bytes) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if address.key:
        headers["Authorization"] = f"Bearer {address.key}"
    connection.request("POST", address.path, body, headers)
    answer = connection.getresponse()
    place = f"{address.host}:{address.port}"
    if 300 <= answer.status < 400:
        raise DeepError(f"{place} sends elsewhere ({answer.status}), which is not followed")
    if answer.status != http.client.OK:
        raise DeepError(f"{place} answers {answer.status}")
    data = answer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise DeepError(f"{place} answers with more than {MOST_BYTES} bytes")
    return data
