"""The demo site on loopback, with an advert that leads through two redirects."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = Path(__file__).parent / "site"
REDIRECTS = {"/go/ad?id=1": "/go/track?cid=8821", "/go/track?cid=8821": "/landing/okx.html"}


class _Site(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """The demo prints what the crawler says, not what the server does."""


@contextmanager
def serve_site() -> Iterator[str]:
    """The site's address while the context lasts; any free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
