"""Hits that the index refused: kept with the reason, their proof sealed already, until it takes them."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from evidence.hit import Hit
from evidence.verify import check_hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from evidence.blobs import Blobs

FILE = "dead-letters.jsonl"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One line of the file."""

    reason: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry came to: how many hits are in the index now, and why the others are not."""

    indexed: int = 0
    left: tuple[tuple[str, str], ...] = ()


def keep_letters(hits: Iterable[Hit], why: Mapping[str, str], folder: Path) -> None:
    """Append hits with the reasons (by id) that the index gave."""
    with _locked(folder), (folder / FILE).open("ab") as file:
        for hit in hits:
            file.write(_line(why[hit.id], hit))
        file.flush()
        os.fsync(file.fileno())


def captures_of_letters(folder: Path) -> frozenset[str]:
    """Ids of the captures that dead letters rest on."""
    found = (_read(line) for line in _lines(folder))
    return frozenset(letter.hit.capture.id for letter in found if letter and letter.hit.capture)


def retry_letters(
    folder: Path,
    blobs: Blobs,
    *,
    index: Callable[[Sequence[Hit]], Mapping[str, str]],
    batch: int,
) -> Retried:
    """Hand every letter to ``index`` again and keep those alone that fail again.

    ``index`` answers the refused ids with their reasons. A hit whose proof does not verify is not handed on.
    Where ``index`` raises nothing changes, and trying again is safe: indexing is idempotent.
    """
    with _locked(folder):
        indexed, kept, left = 0, b"", []
        lines = iter(_lines(folder))
        while page := list(islice(lines, batch)):
            letters = {line: _read(line) for line in page}
            why = {
                line: "not a readable record" if letter is None else _unproven(letter.hit, blobs)
                for line, letter in letters.items()
            }
            # the newest letter of a hit counts; older ones of the same go the same way
            ready = {
                letter.hit.id: letter.hit for line, letter in letters.items() if letter and not why[line]
            }
            refused = index(tuple(ready.values())) if ready else {}
            indexed += len(ready) - len(refused)
            for line, letter in letters.items():
                name = letter.hit.id if letter else ""
                reason = why[line] or refused.get(name, "")
                if reason:
                    left.append((name, reason))
                    kept += line if letter is None else _line(reason, letter.hit)
        _replace(folder / FILE, kept)
    return Retried(indexed, tuple(left))


def _unproven(hit: Hit, blobs: Blobs) -> str:
    outcome = check_hit(hit, blobs)
    return "" if outcome.ok else f"its proof does not verify: {outcome.problems[0]}"


def _line(reason: str, hit: Hit) -> bytes:
    return msgspec.json.encode(DeadLetter(reason, hit)) + b"\n"


def _lines(folder: Path) -> list[bytes]:
    path = folder / FILE
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def _read(line: bytes) -> DeadLetter | None:
    """The letter of a line, or None where it cannot be read (a score that is no number, a torn line)."""
    try:
        return msgspec.json.decode(line, type=DeadLetter)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _replace(path: Path, data: bytes) -> None:
    if not data:
        path.unlink(missing_ok=True)
        return
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{FILE}.lock").open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
