"""A small fast HTTP server on loopback for tests: routes are plain functions, bad manners are one line each.

    with serve({"/": page("<a href=/b>b</a>"), "/b": page("b")}) as site:
        site.url("/")            # http://127.0.0.1:PORT/
        site.url("/", "127.0.0.2")   # the same server under another host, where ``hosts`` names it
        site.seen                # requests in the order they came

A route is a Reply, or a function of the Request that returns one. ``"*"`` answers what no other
route does, robots.txt excepted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it."""

    method: str
    target: str
    host: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. ``raw`` goes out as it is, and after it ``endless`` again and again.

    ``drip_s`` sends one byte (or ``endless``) each so many seconds.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    raw: bytes = b""
    drip_s: float = 0.0
    stall: bool = False
    endless: bytes = b""


Route = Reply | Callable[[Request], Reply]


def page(html: str, *, status: int = 200, title: str = "") -> Reply:
    """An HTML page."""
    head = f"<head><meta charset=utf-8><title>{title}</title></head>" if title else ""
    return Reply(f"<!doctype html><html>{head}<body>{html}</body></html>".encode(), status)


def redirect(location: str, *, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(b"", status, (("Location", location),))


def data(body: bytes, content_type: str, **headers: str) -> Reply:
    """Anything else."""
    extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(body, 200, (("Content-Type", content_type), *extra))


@dataclass(slots=True)
class Site:
    """A running server."""

    port: int
    routes: dict[str, Route]
    tls: bool = False
    seen: list[Request] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Targets asked for, robots.txt left out."""
        return [request.target for request in self.seen if request.path != "/robots.txt"]

    def reply(self, request: Request) -> Reply:
        self.seen.append(request)
        for key in (f"{request.host.partition(':')[0]}{request.path}", request.path, "*"):
            if key == "*" and request.path == "/robots.txt":
                break
            if (route := self.routes.get(key)) is not None:
                return route(request) if callable(route) else route
        return page("not found", status=404)


async def _converse(site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while request := await _read(reader):
            reply = site.reply(request)
            if reply.stall:
                await reader.read()
                break
            await _write(writer, reply)
            if reply.raw:
                break
        writer.close()
        await writer.wait_closed()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
        pass
    finally:
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, target, _ = first.split(" ", 2)
    await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers.get("host", ""), headers)


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    if reply.raw:
        writer.write(reply.raw)
        await writer.drain()
        while reply.endless:
            writer.write(reply.endless)
            await writer.drain()
            await asyncio.sleep(reply.drip_s)
        return
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in reply.headers)]
    head = "\r\n".join([*lines, f"Content-Length: {len(reply.body)}"]) + "\r\n\r\n"
    if not reply.drip_s:
        writer.write(head.encode("latin-1") + reply.body)
    else:
        writer.write(head.encode("latin-1"))
        for byte in reply.body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(reply.drip_s)
    await writer.drain()


async def _wind_up(tasks: set[asyncio.Task[object]]) -> None:
    """End what is still under way, and let the transports close."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)


@contextmanager
def serve(
    routes: Mapping[str, Route], *, hosts: tuple[str, ...] = ("127.0.0.1",), tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve the routes in a thread until the block ends; every host (127.0.0.x) gets the same port."""
    site = Site(0, dict(routes), tls is not None)
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def start() -> list[asyncio.Server]:
        first = await listen(hosts[0], 0)
        site.port = first.sockets[0].getsockname()[1]
        return [first, *[await listen(host, site.port) for host in hosts[1:]]]

    async def listen(host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(
            lambda r, w: _converse(site, r, w), host, port, ssl=tls, limit=1 << 20
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        servers = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        for server in servers:
            server.close()
        loop.run_until_complete(_wind_up(asyncio.all_tasks(loop)))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
