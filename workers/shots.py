"""Pictures of hits: one browser for a run, opened when the first hit needs it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from crawler.errors import CrawlerError
from crawler.render import Browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from crawler.settings import CrawlSettings

_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Shot:
    """A full-page screenshot (PNG), the final DOM, and when (UTC, RFC 3339); empty where there is none."""

    screenshot: bytes = b""
    dom: bytes = b""
    taken_at: str = ""


class Shots:
    """Takes screenshots while the context lasts. Without a usable browser it says so once and takes none."""

    def __init__(self, settings: CrawlSettings, *, warn: Callable[[str], None]) -> None:
        self._settings, self._warn = settings, warn
        self._browser: Browser | None = None
        self._off = settings.render == "never"

    def __enter__(self) -> Shots:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            self._browser.close()

    def take(self, url: str) -> Shot:
        """The picture of a page as it is now. One that cannot be taken costs a warning, not the hit."""
        if self._off:
            return Shot()
        try:
            if self._browser is None:
                self._browser = Browser(self._settings)
            rendered = self._browser.capture(url)
        except CrawlerError as error:
            self._warn(str(error))
            self._off = self._browser is None
            return Shot()
        return Shot(rendered.screenshot, rendered.html.encode("utf-8", "replace"), rendered.captured_at)

    @property
    def browser(self) -> str:
        """Name and version of the browser that the settings name, as it tells them itself."""
        return _version(self._settings.browser)


@cache
def _version(executable: str) -> str:
    if not executable:
        from importlib.metadata import version

        return f"Chromium of Playwright {version('playwright')}"
    try:
        told = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "Chromium"
    return " ".join(told.stdout.split())[:100] or "Chromium"
