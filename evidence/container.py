"""The bundle's container: a zip that is read without trust, or the same files unpacked in a folder.

We write every member stored, in sorted order, with fixed dates and attributes, so that a bundle has exactly
one form: reading writes it again and compares, which finds a changed byte in the zip's own bookkeeping too.
Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from evidence.errors import IntegrityError, MissingBlob
from evidence.manifest import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_MEMBERS = 200_000
MOST_BYTES = 8 << 30
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
_IN_MEMORY = 64 << 20


class Container(Protocol):
    """Named files of a bundle."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all files, as paths from the bundle's top."""

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises MissingBlob, or IntegrityError where it cannot be read."""

    def faults(self) -> Iterator[tuple[str, str]]:
        """(file, reason) for everything wrong with the container itself."""

    def close(self) -> None:
        """Release the file."""


def write_container(out: IO[bytes], files: Iterable[tuple[str, bytes]]) -> None:
    """Write the one form of a bundle. The files have to come sorted by name."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)


def open_container(path: Path) -> Container:
    """Open a bundle. Raises IntegrityError where it is no zip and no folder, or is built to do harm."""
    if path.is_dir():
        return Folder(path, tuple(sorted(_relative_files(path))))
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise IntegrityError(f"not a readable bundle: {error}") from error
    try:
        _refuse_harm(archive, path.stat().st_size)
    except IntegrityError:
        archive.close()
        raise
    return Zip(path, archive, tuple(archive.namelist()))


@dataclass(frozen=True, slots=True)
class Folder:
    """An unpacked bundle."""

    root: Path
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """A file's bytes; links are not followed."""
        path = self.root / name
        if name not in self.names:
            raise MissingBlob(f"{name} is missing")
        try:
            return path.read_bytes()
        except OSError as error:
            raise IntegrityError(f"{name} cannot be read: {error}") from error

    def faults(self) -> Iterator[tuple[str, str]]:
        """Names that a bundle never holds."""
        yield from ((name, "not a safe file name") for name in self.names if not safe_name(name))

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class Zip:
    """A bundle as one file."""

    path: Path
    archive: zipfile.ZipFile
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """A member's bytes; their size was bounded when the bundle was opened."""
        try:
            return self.archive.read(name)
        except KeyError as error:
            raise MissingBlob(f"{name} is missing") from error
        except (
            OSError,
            ValueError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            zipfile.BadZipFile,
        ) as error:
            raise IntegrityError(f"cannot be read: {error}") from error

    def faults(self) -> Iterator[tuple[str, str]]:
        """The member in whose bookkeeping the zip differs from the one form a bundle has."""
        place = self._first_difference()
        if place is not None:
            name, at = place
            yield name, f"the bundle's container was altered at byte {at}, or another program packed it"

    def close(self) -> None:
        """Close the zip."""
        self.archive.close()

    def _first_difference(self) -> tuple[str, int] | None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as again, self.path.open("rb") as given:
            try:
                write_container(again, ((name, self.archive.read(name)) for name in sorted(self.names)))
            except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
                return None  # reading that member says so itself
            again.seek(0)
            at = _first_difference(given, again)
        return None if at is None else (self._member_at(at), at)

    def _member_at(self, at: int) -> str:
        starts = sorted((info.header_offset, info.filename) for info in self.archive.infolist())
        before = [name for start, name in starts if start <= at]
        return before[-1] if before and at < self.archive.start_dir else "(zip directory)"


def _first_difference(one: IO[bytes], other: IO[bytes]) -> int | None:
    at = 0
    while True:
        left, right = one.read(_CHUNK), other.read(_CHUNK)
        if left != right:
            shared = min(len(left), len(right))
            return at + next((n for n in range(shared) if left[n] != right[n]), shared)
        if not left:
            return None
        at += len(left)


def _relative_files(root: Path) -> Iterator[str]:
    total = 0
    for number, path in enumerate(root.rglob("*")):
        if number > MOST_MEMBERS:
            raise IntegrityError(f"the folder holds more than {MOST_MEMBERS} files")
        if path.is_symlink():
            raise IntegrityError(f"{path.relative_to(root).as_posix()} is a link; a bundle holds none")
        if path.is_file():
            total += path.stat().st_size
            if total > MOST_BYTES:
                raise IntegrityError("the folder's files are larger than a bundle may be")
            yield path.relative_to(root).as_posix()


def _refuse_harm(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse what a bundle never is: compressed, encrypted, overlapping, repeated, or named unsafely."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise IntegrityError(f"the bundle holds more than {MOST_MEMBERS} files")
    total = 0
    for info in members:
        if not safe_name(info.filename):
            raise IntegrityError(f"the bundle holds an unsafe file name: {info.filename[:80]!r}")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise IntegrityError(
                f"{info.filename} is compressed: another program packed this; unpack it and verify the folder"
            )
        if info.flag_bits & 0x1:
            raise IntegrityError(f"{info.filename} is encrypted")
        total += info.file_size
    if total > min(size, MOST_BYTES):
        raise IntegrityError("the bundle's files overlap or are larger than it allows")
    if len({info.filename for info in members}) != len(members):
        raise IntegrityError("the bundle holds a file name twice")
