"""What a job leaves in its folder: outcomes a line, bodies by digest, the WARC. Whole or not at all."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.job import SPOOL, WARC, PageOutcome, read_outcomes
from crawler.warc import WarcWriter, repair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = "files"


class Spool:
    """Writer of one job's folder; opening it mends what a killed process left torn."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files = directory / FILES
        self._files.mkdir(parents=True, exist_ok=True)
        for leftover in self._files.glob("*.part"):
            leftover.unlink()
        _cut_torn_line(directory / SPOOL)
        repair(directory / WARC)
        self.warc = WarcWriter(directory / WARC)
        self._lines = os.open(directory / SPOOL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def outcomes(self) -> Iterator[PageOutcome]:
        """What earlier runs of the job spooled."""
        return read_outcomes(self.directory)

    def keep(self, data: bytes) -> str:
        """Store bytes under their SHA-256 and return it; an empty string for no bytes."""
        if not data:
            return ""
        digest = hashlib.sha256(data).hexdigest()
        path = self._files / digest
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(data)
            part.replace(path)
        return digest

    def put(self, outcome: PageOutcome) -> None:
        """Append one outcome by a single write."""
        try:
            line = msgspec.json.encode(outcome) + b"\n"
        except UnicodeEncodeError:
            line = msgspec.json.encode(_whole(msgspec.to_builtins(outcome))) + b"\n"
        view = memoryview(line)
        while view:
            view = view[os.write(self._lines, view) :]

    def close(self) -> None:
        """Close the files. Safe to call twice."""
        self.warc.close()
        if self._lines >= 0:
            os.close(self._lines)
            self._lines = -1


def _whole(value: Any) -> Any:
    """The same value with lone surrogates (half characters a page smuggled in) replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(one) for one in value]
    return value


def _cut_torn_line(path: Path) -> None:
    """Remove a last line without its end."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        position = file.seek(0, os.SEEK_END)
        while position:
            start = max(0, position - 65536)
            file.seek(start)
            cut = file.read(position - start).rfind(b"\n")
            if cut >= 0:
                file.truncate(start + cut + 1)
                return
            position = start
        file.truncate(0)
