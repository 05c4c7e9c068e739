"""The browser's only way out: a forward proxy on loopback with the guard inside.

Chromium resolves nothing itself and reaches nothing past this proxy, so every request of a page is judged
after its name was resolved: subresources, redirects, frames, workers and web sockets alike. It asks for a
password, so that no other program on the machine can use it.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.connection import Connection
from crawler.errors import CrawlerError, FetchError
from crawler.sentences import sentence
from crawler.urls import literal_address
from crawler.warc import instant

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from crawler.guard import Guard

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

USER = "browser"
_CHUNK = 65_536
_HEAD_BYTES = 262_144
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "proxy-authorization"})
_CHALLENGE = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=guard\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class GuardProxy:
    """Start it in the event loop that shall serve it; ``server`` and ``password`` are what a client needs.

    ``addresses`` tells which address a host and port led to last, ``resolved`` what its name resolved to,
    ``failures`` why a host was not reached.
    """

    def __init__(self, guard: Guard, *, timeout_s: float, most_bytes: int) -> None:
        self._guard, self._timeout_s, self._most_bytes = guard, timeout_s, most_bytes
        self.password = secrets.token_urlsafe(24)
        self.addresses: dict[tuple[str, int], str] = {}
        self.failures: dict[str, tuple[str, str]] = {}
        self.resolved: dict[str, Connection] = {}
        self._expected = b"Basic " + base64.b64encode(f"{USER}:{self.password}".encode())
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free loopback port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_BYTES)

    @property
    def server(self) -> str:
        """The proxy's address for a browser."""
        if self._server is None:
            raise FetchError("the guarded proxy is not running")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and drop what is under way."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._handle(reader, writer)
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), self._timeout_s)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the browser sees a closed connection, ``failures`` says why where it was ours to say
        finally:
            writer.transport.abort()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), self._timeout_s)
        first, *lines = head[:-4].split(b"\r\n")
        method, target, version = first.decode("latin-1").split(" ", 2)
        if not any(self._is_ours(line) for line in lines):
            writer.write(_CHALLENGE)
            await writer.drain()
            return
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = str(url.hostname or ""), url.port or (443 if method == "CONNECT" else 80)
        upstream = await self._open(host, port)
        if upstream is None:
            return
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await _until_first(self._pipe(upstream[0], writer), self._pipe(reader, upstream[1]))
            else:
                path = (url.path or "/") + (f"?{url.query}" if url.query else "")
                await self._forward(
                    f"{method} {path} {version}".encode("latin-1"), lines, (reader, writer), upstream
                )
        finally:
            upstream[1].transport.abort()

    def _is_ours(self, line: bytes) -> bool:
        name, _, value = line.partition(b":")
        return name.strip().lower() == b"proxy-authorization" and secrets.compare_digest(
            value.strip(), self._expected
        )

    async def _open(self, host: str, port: int) -> Streams | None:
        """A connection to a permitted address of the host; None, with the reason noted, without one."""
        try:
            for address in await self._resolve(host, port):
                with suppress(OSError, TimeoutError):
                    connecting = asyncio.open_connection(address, port, limit=_HEAD_BYTES)
                    pair = await asyncio.wait_for(connecting, self._timeout_s)
                    self.addresses[host, port] = address
                    self.failures.pop(host, None)
                    return pair
            raise FetchError(f"cannot connect to {host}:{port}", reason="connect-failed")
        except CrawlerError as error:
            self.failures[host] = (error.reason, str(error))
            return None

    async def _resolve(self, host: str, port: int) -> list[str]:
        literal = literal_address(host)
        if literal is not None:
            return self._guard.choose(host, [str(literal)])
        try:
            loop = asyncio.get_running_loop()
            answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:
            raise FetchError(sentence("dns-failed", host=host), reason="dns-failed") from error
        found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        kept = self._guard.choose(host, found)
        dropped = tuple(ip for ip in found if ip not in kept)
        self.resolved[host] = Connection(host, "", tuple(kept), dropped, instant())
        return kept

    async def _forward(self, first: bytes, lines: list[bytes], client: Streams, upstream: Streams) -> None:
        """One plain HTTP exchange. The connection serves no second one: that could be for another host."""
        upstream[1].write(b"\r\n".join([first, *_end_to_end(lines), b"Connection: close"]) + b"\r\n\r\n")
        await _until_first(
            self._answer(upstream[0], client[1]), self._body(client[0], upstream[1], _length(lines))
        )

    async def _answer(self, upstream: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        head = await upstream.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].split(b"\r\n")
        client.write(b"\r\n".join([first, *_end_to_end(lines), b"Connection: close"]) + b"\r\n\r\n")
        await self._pipe(upstream, client)

    async def _body(self, client: asyncio.StreamReader, upstream: asyncio.StreamWriter, length: int) -> None:
        """Pass a request's body on, then wait for the client to go away; whatever else it says is dropped."""
        while length > 0 and (data := await client.read(min(length, _CHUNK))):
            length -= len(data)
            upstream.write(data)
            await upstream.drain()
        while await client.read(_CHUNK):
            pass

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        passed = 0
        while data := await source.read(_CHUNK):
            passed += len(data)
            if passed > self._most_bytes:
                return
            sink.write(data)
            await sink.drain()


def _end_to_end(lines: list[bytes]) -> list[bytes]:
    """Header lines that are for the other end, without those for this connection."""
    return [
        line for line in lines if line.partition(b":")[0].strip().lower().decode("latin-1") not in _HOP_BY_HOP
    ]


def _length(lines: list[bytes]) -> int:
    """The body length a request names; 0 where it names none."""
    pairs = (line.partition(b":") for line in lines)
    return next((int(value) for name, _, value in pairs if name.strip().lower() == b"content-length"), 0)


async def _until_first(*ways: Coroutine[Any, Any, None]) -> None:
    """Run both ways until one of them ends; then the other ends too."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
