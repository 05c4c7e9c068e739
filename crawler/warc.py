"""WARC 1.1: write request, response and resource records, read them back, repair a torn tail.

Each record is one gzip member that is appended by a single write, so a killed process leaves at most one torn
member at the end; :func:`repair` cuts it off. Format: ISO 28500:2017.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.connection import MEDIA_TYPE, Connection, connection_json
from crawler.errors import WarcError
from crawler.members import members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Twisted and http.client hand over bodies already freed of these, so a reader must not free them again.
_UNDONE = frozenset({"transfer-encoding"})
_UNDONE_LINE = re.compile(rb"(?im)^(transfer-encoding)(?=[ \t]*:)")


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record as read: WARC headers (names in lower case), the HTTP head if any, and the payload."""

    id: str
    type: str
    url: str
    date: str
    headers: Mapping[str, str]
    status: int
    http_headers: tuple[tuple[str, str], ...]
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on the wire: method and target in one line, headers, body.

    ``head`` is the head byte for byte where that is known; it stands for line and headers then.
    """

    line: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response on the wire: ``body`` is before content decoding.

    ``truncated`` says why it is not whole (``length``, ``disconnect``), in the words of the standard.
    ``head`` is as of :class:`Sent`. ``connection`` becomes a metadata record beside the response.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    truncated: str = ""
    head: bytes = b""
    connection: Connection | None = None

    @property
    def first_line(self) -> str:
        """The status line, with the usual phrase."""
        return f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, '')}".rstrip()


def instant() -> str:
    """The present instant, RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_head(first_line: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """The head of an HTTP message, with line breaks inside values made harmless."""
    lines = [first_line]
    for name, value in headers:
        shown = f"X-Archive-Orig-{name}" if name.lower() in _UNDONE else name
        lines.append(f"{shown}: {value}".replace("\r", " ").replace("\n", " "))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _head(raw: bytes, first_line: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """The head as it came where a reader takes it for one, else written anew."""
    lines = raw[:-4].split(b"\r\n")
    plain = raw.endswith(b"\r\n\r\n") and not any(b"\r" in line or b"\n" in line for line in lines)
    if not plain or b"" in lines:
        return http_head(first_line, headers)
    return _UNDONE_LINE.sub(rb"X-Archive-Orig-\1", raw)


class WarcWriter:
    """Appends records to a ``.warc.gz``. Not for several threads at once."""

    def __init__(self, path: Path, *, software: str = "xiansuo") -> None:
        self._path = path
        fresh = not path.exists() or path.stat().st_size == 0
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if fresh:
            info = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
            about = {"WARC-Date": instant(), "WARC-Filename": path.name}
            self._record("warcinfo", info, about | {"Content-Type": "application/warc-fields"})

    def exchange(
        self, url: str, sent: Sent, answer: Answer, *, ip: str = "", date: str = ""
    ) -> tuple[str, ...]:
        """Write a request, its response and what is known of the connection; return the record ids."""
        about = _about(url, date or instant()) | ({"WARC-IP-Address": ip} if ip else {})
        answered = self._record(
            "response",
            _head(answer.head, answer.first_line, answer.headers) + answer.body,
            about
            | ({"WARC-Truncated": answer.truncated} if answer.truncated else {})
            | {"Content-Type": "application/http; msgtype=response"},
            payload=answer.body,
        )
        asked = self._record(
            "request",
            _head(sent.head, f"{sent.line} HTTP/1.1", sent.headers) + sent.body,
            about | {"WARC-Concurrent-To": answered, "Content-Type": "application/http; msgtype=request"},
        )
        if answer.connection is None:
            return asked, answered
        beside = about | {"WARC-Concurrent-To": answered, "Content-Type": MEDIA_TYPE}
        return asked, answered, self._record("metadata", connection_json(answer.connection), beside)

    def resource(
        self, url: str, content_type: str, body: bytes, *, date: str = "", refers_to: str = ""
    ) -> str:
        """Write something made from a page (final DOM, screenshot); return the record id."""
        about = _about(url, date or instant()) | ({"WARC-Refers-To": refers_to} if refers_to else {})
        return self._record("resource", body, about | {"Content-Type": content_type}, payload=body)

    def _record(
        self, kind: str, block: bytes, headers: Mapping[str, str], *, payload: bytes | None = None
    ) -> str:
        """Append a record with these headers and those that follow from the block; return its id."""
        record_id = f"<urn:uuid:{uuid.uuid4()}>"
        digests = {"WARC-Block-Digest": _digest(block)}
        if payload is not None:
            digests["WARC-Payload-Digest"] = _digest(payload)
        fields = {
            "WARC-Type": kind,
            "WARC-Record-ID": record_id,
            **headers,
            **digests,
            "Content-Length": str(len(block)),
        }
        head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        member = packer.compress(head.encode() + block + b"\r\n\r\n") + packer.flush()
        _write_all(self._fd, member)
        return record_id

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _about(url: str, date: str) -> dict[str, str]:
    """The headers that place a record: when and of which address, which may not break the line."""
    return {"WARC-Date": date, "WARC-Target-URI": url.replace("\r", "").replace("\n", "")}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def repair(path: Path) -> int:
    """Cut a WARC back to its last whole gzip member; return the number of bytes removed."""
    if not path.exists():
        return 0
    size, good = path.stat().st_size, 0
    with path.open("rb") as file:
        for member in members(file):
            good = member.end
    if good < size:
        os.truncate(path, good)
    return size - good


def read_records(path: Path, *, verify: bool = True) -> Iterator[WarcRecord]:
    """Yield the records of a WARC, compressed or not.

    Raises WarcError where a block does not match its digest (with ``verify``) or the file breaks off.
    """
    from fastwarc.warc import ArchiveIterator

    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                yield _as_record(record, verify=verify)
    except (OSError, ValueError, EOFError) as error:
        raise WarcError(f"{path.name}: {error}") from error


def record_of(content: bytes) -> WarcRecord:
    """The record that a gzip member of ours unpacks to.

    Raises WarcError where it is none, breaks off, or does not match its digest.
    """
    head, _, rest = content.partition(b"\r\n\r\n")
    version, *lines = head.decode("utf-8", "replace").split("\r\n")
    if not version.startswith("WARC/"):
        raise WarcError("not a WARC record")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    block = rest.removesuffix(b"\r\n\r\n")
    if headers.get("content-length") != str(len(block)) or len(rest) != len(block) + 4:
        raise WarcError(f"record {headers.get('warc-record-id', '')} breaks off", reason="truncated-warc")
    return _record(headers, block, verify=True)


def _as_record(record, *, verify: bool) -> WarcRecord:  # type: ignore[no-untyped-def]
    headers = {str(name).lower(): str(value) for name, value in record.headers.items()}
    block = record.reader.read()
    if len(block) != int(headers.get("content-length", len(block))):
        raise WarcError(f"record {record.record_id} breaks off", reason="truncated-warc")
    return _record(headers, block, verify=verify)


def _record(headers: Mapping[str, str], block: bytes, *, verify: bool) -> WarcRecord:
    record_id, expected = headers.get("warc-record-id", ""), headers.get("warc-block-digest", "")
    if verify and expected.startswith("sha256:") and expected[7:] != hashlib.sha256(block).hexdigest():
        raise WarcError(f"record {record_id} does not match its digest")
    status, payload = 0, block
    http_headers: tuple[tuple[str, str], ...] = ()
    if headers.get("content-type", "").startswith("application/http"):
        status, http_headers, payload = _parse_http(block)
    return WarcRecord(
        id=record_id,
        type=headers.get("warc-type", ""),
        url=headers.get("warc-target-uri", "").strip("<>"),
        date=headers.get("warc-date", ""),
        headers=headers,
        status=status,
        http_headers=http_headers,
        payload=payload,
    )


def _parse_http(block: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    head, _, payload = block.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    words = first.split(" ", 2)
    status = int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else 0
    pairs = (line.partition(":") for line in lines if ":" in line)
    return status, tuple((name.strip(), value.strip()) for name, _, value in pairs), payload
