"""The blob store: bytes kept under the SHA-256 of their content, in a folder or behind any fsspec URL.

A blob is either wholly there or not at all, and every read is checked against its name. Beside the blobs
lies a small area of *named* records (captures, head of the chain) from which an index can be rebuilt.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.addresses import shown
from evidence.errors import EvidenceError, IntegrityError, MissingBlob

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")

_FLUSHERS = 16


def open_blobs(url: str | Path) -> Blobs:
    """Open the blob store at a folder or an fsspec URL (``s3://bucket/prefix``, ``memory://x``)."""
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(str(url))
    except (ImportError, ValueError) as error:
        raise EvidenceError(f"cannot open the blob store {shown(str(url))}: {error}") from error
    local = Path(root).absolute() if "file" in _protocols(fs) else None
    return Blobs(fs, root.rstrip("/"), local=local)


def _protocols(fs: Any) -> tuple[str, ...]:
    protocol = fs.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


class Blobs:
    """Content-addressed bytes. Build with :func:`open_blobs`. ``local`` is its folder, where it has one."""

    def __init__(self, fs: Any, root: str, *, local: Path | None = None) -> None:
        self._fs, self._root, self.local = fs, root, local

    def put(self, data: bytes) -> str:
        """Keep bytes; answers their SHA-256 in hex. What is already there is not written again."""
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        # a torn or altered copy has another size nearly always; a whole check on every put would read it all
        if self._size(path) != len(data):
            self._write(path, data)
        return key

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes; answers their SHA-256 in hex."""
        return self.put(Path(path).read_bytes())

    def get(self, key: str) -> bytes:
        """The bytes of that digest. Raises MissingBlob, or IntegrityError where they do not match it."""
        data = self._read(self._path(key))
        if data is None:
            raise MissingBlob(f"blob {key} is missing")
        if hashlib.sha256(data).hexdigest() != key:
            raise IntegrityError(f"blob {key} does not match its digest")
        return data

    def exists(self, key: str) -> bool:
        """Whether a blob of that digest is there (not whether it is intact: see :meth:`get`)."""
        return self._size(self._path(key)) is not None

    def size(self, key: str) -> int | None:
        """Size of a blob in bytes, or None where it is not there."""
        return self._size(self._path(key))

    def delete(self, key: str) -> None:
        """Remove a blob; no error where it is not there."""
        if self.exists(key):
            self._fs.rm_file(self._path(key))

    def keys(self) -> Iterator[str]:
        """Digests of all blobs, in no order."""
        for path in self._find("blobs"):
            name = path.rsplit("/", 1)[-1]
            if _KEY.fullmatch(name):
                yield name

    def write_name(self, name: str, data: bytes) -> None:
        """Write a named record, replacing an older one in one step."""
        self._write(self._named(name), data)

    def read_name(self, name: str) -> bytes | None:
        """A named record, or None."""
        return self._read(self._named(name))

    def delete_name(self, name: str) -> None:
        """Remove a named record; no error where it is not there."""
        path = self._named(name)
        if self._size(path) is not None:
            self._fs.rm_file(path)

    def names(self, folder: str) -> Iterator[str]:
        """Names of the records in a folder, sorted."""
        found = (path.rpartition("/named/")[2] for path in self._find(f"named/{folder}"))
        yield from sorted(name for name in found if _NAME.fullmatch(name))

    @contextmanager
    def gathered(self) -> Iterator[Blobs]:
        """Writes that become visible together on leaving, durable by then; none of them on an exception.

        What the yielded store wrote only it can read until then. A disk is waited for once and not a file
        at a time; a remote store has no use for that, and writes at once.
        """
        if self.local is None:
            yield self
            return
        gathering = _Gathering(self._fs, self._root, local=self.local)
        try:
            yield gathering
            gathering.publish()
        finally:
            gathering.discard()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock among processes. Only a local folder can: elsewhere it does nothing."""
        if self.local is None:
            yield
            return
        self.local.mkdir(parents=True, exist_ok=True)
        with (self.local / f"{name}.lock").open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise IntegrityError(f"not a SHA-256 digest: {key[:80]!r}")
        return f"{self._root}/blobs/{key[:2]}/{key}"

    def _named(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise EvidenceError(f"not a record name: {name[:80]!r}")
        return f"{self._root}/named/{name}"

    def _size(self, path: str) -> int | None:
        try:
            return int(self._fs.size(path))
        except FileNotFoundError:
            return None

    def _read(self, path: str) -> bytes | None:
        try:
            return bytes(self._fs.cat_file(path))
        except (FileNotFoundError, IsADirectoryError):
            return None

    def _find(self, folder: str) -> list[str]:
        try:
            return list(self._fs.find(f"{self._root}/{folder}"))
        except FileNotFoundError:
            return []

    def _write(self, path: str, data: bytes) -> None:
        try:
            if self.local is None:
                self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
                self._fs.pipe_file(path, data)
            else:
                _write_local(Path(path), data)
        except OSError as error:
            raise EvidenceError(f"cannot write to the blob store: {error}") from error


class _Gathering(Blobs):
    """A local store whose writes wait beside their places, in the order they were last made."""

    def __init__(self, fs: Any, root: str, *, local: Path) -> None:
        super().__init__(fs, root, local=local)
        self._waiting: dict[Path, Path] = {}

    def publish(self) -> None:
        """Flush everything to disk, then rename all of it in order, then flush the folders."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_FLUSHERS) as pool:
            # at the same time, so that the file system writes its journal once for many
            list(pool.map(_flush, self._waiting.values()))
            for path, scratch in self._waiting.items():
                scratch.replace(path)
            list(pool.map(_flush, {path.parent for path in self._waiting}))
        self._waiting.clear()

    def discard(self) -> None:
        """Remove what was not published."""
        for scratch in self._waiting.values():
            scratch.unlink(missing_ok=True)
        self._waiting.clear()

    def _size(self, path: str) -> int | None:
        scratch = self._waiting.get(Path(path))
        return scratch.stat().st_size if scratch else super()._size(path)

    def _read(self, path: str) -> bytes | None:
        scratch = self._waiting.get(Path(path))
        return scratch.read_bytes() if scratch else super()._read(path)

    def _write(self, path: str, data: bytes) -> None:
        place = Path(path)
        try:
            scratch = _scratch(place)
            scratch.write_bytes(data)
        except OSError as error:
            raise EvidenceError(f"cannot write to the blob store: {error}") from error
        if older := self._waiting.pop(place, None):
            older.unlink()
        self._waiting[place] = scratch


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _scratch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent / f".tmp-{uuid.uuid4().hex}"


def _write_local(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, then rename: a reader or a crash sees all of it or nothing."""
    scratch = _scratch(path)
    try:
        with scratch.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
