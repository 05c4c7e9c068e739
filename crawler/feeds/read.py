"""The door for input: files, folders, addresses and standard input as one stream of items, in order."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crawler.errors import CrawlerError, FeedError, UnknownKindError
from crawler.feeds.bytelines import beginning
from crawler.feeds.columns import NONE
from crawler.feeds.item import FeedItem
from crawler.feeds.live import live

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.feeds.live import Readable
    from crawler.settings import CrawlSettings

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"))
MARKUP = frozenset((".html", ".htm", ".xhtml", ".shtml"))
JSON_LINES = frozenset((".jsonl", ".ndjson"))
TABLES = {".csv": "", ".tsv": "\t"}
PARQUET = frozenset((".parquet", ".pq"))
APKS = frozenset((".apk",))
TEXTS = frozenset((".txt", ".text"))
ARCHIVES = (".warc", ".warc.gz", ".wacz")

_PEEK = 1 << 16


class _How:
    """How files are read: settings, given columns, and the file that folders are read without."""

    def __init__(self, settings: CrawlSettings, columns: Mapping[str, str], besides: Path | None) -> None:
        self.settings, self.columns, self.besides = settings, columns, besides


def read_inputs(
    paths: Iterable[str],
    *,
    settings: CrawlSettings,
    stdin: BinaryIO | None = None,
    besides: Path | None = None,
    columns: Mapping[str, str] = NONE,
) -> Iterator[FeedItem]:
    """Items of all inputs in the order given; ``-`` is standard input (or ``stdin``).

    ``besides`` is a file that folders are read without: the one the results are written to. ``columns`` names
    the headings or keys of fields, as ``{"text": "帖子"}``; the others are found by their usual names.

    An input that cannot be read becomes one item with its reason, and the next input goes on. Nothing is
    read ahead: memory holds one chunk, whatever the size of the input.
    """
    items = read_live(paths, settings=settings, stdin=stdin, besides=besides, columns=columns)
    return (item for item in items if item is not None)


def read_live(
    paths: Iterable[str],
    *,
    settings: CrawlSettings,
    stdin: BinaryIO | None = None,
    besides: Path | None = None,
    columns: Mapping[str, str] = NONE,
) -> Iterator[FeedItem | None]:
    """As :func:`read_inputs`, with ``None`` wherever a pipe has nothing more to give for the moment.

    Whoever gathers items should pass on what there is then: the next item may be long in coming.
    """
    how = _How(settings, columns, besides and besides.resolve())
    for path in paths:
        name = _shown(path)
        try:
            if path == "-":
                yield from _read_stream(stdin or _stdin(), columns)
            elif path.lower().startswith(("http://", "https://")):
                yield _read_address(path, settings)
            elif Path(path).is_dir():
                yield from _or_nothing(_read_folder(Path(path), how), name)
            else:
                yield from _or_nothing(_read_file(Path(path), name, how), name)
        except CrawlerError as error:
            yield FeedItem(name, error=_shown(str(error)), reason=error.reason)
        except (OSError, ValueError) as error:
            yield FeedItem(name, error=_plainly(error), reason=_file_reason(error))


def _read_stream(stream: BinaryIO, columns: Mapping[str, str]) -> Iterator[FeedItem | None]:
    """Standard input: JSON lines where it begins with a brace, else a text line an item."""
    from crawler.feeds.files import read_text
    from crawler.feeds.jsonl import read_jsonl

    peeked = _Peeked(live(stream))
    # NULs and marks of any UTF stand before the brace, or between its letters.
    if peeked.head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"{"):
        yield from read_jsonl(peeked, name="-", columns=columns)
    else:
        yield from read_text(peeked, name="-")


def _read_folder(folder: Path, how: _How) -> Iterator[FeedItem | None]:
    """Files of a folder and its subfolders, sorted. Hidden, empty and unknown ones are rejected items."""
    for place, folders, names in os.walk(folder):
        for name in sorted(name for name in folders if name.startswith(".")):
            yield _rejected(_shown(str(Path(place, name))), "hidden folder", "hidden")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.resolve(strict=False) != how.besides:
                yield from _read_member(path, _shown(str(path)), how)


def _read_member(path: Path, name: str, how: _How) -> Iterator[FeedItem | None]:
    """Items of a file that was not named but found."""
    try:
        if path.name.startswith("."):
            yield _rejected(name, "hidden file", "hidden")
        elif path.exists() and not path.is_file():
            # A pipe or a device would be waited for, or read, without end.
            yield _rejected(name, "neither a file nor a folder", "skipped")
        else:
            yield from _or_nothing(_read_file(path, name, how), name)
    except UnknownKindError as error:
        yield _rejected(name, _shown(str(error)), error.reason)
    except CrawlerError as error:
        yield FeedItem(name, error=_shown(str(error)), reason=error.reason)
    except (OSError, ValueError) as error:
        yield FeedItem(name, error=_plainly(error), reason=_file_reason(error))


def _or_nothing(items: Iterator[FeedItem | None], name: str) -> Iterator[FeedItem | None]:
    """The items; where there is none, one that says so."""
    some = False
    for item in items:
        some = some or item is not None
        yield item
    if not some:
        yield _rejected(name, "there is nothing in it", "empty")


def _rejected(name: str, why: str, reason: str) -> FeedItem:
    return FeedItem(name, error=why, reason=reason, rejected=True)


def _read_file(path: Path, name: str, how: _How) -> Iterator[FeedItem | None]:
    suffix = path.suffix.lower()
    if not path.exists():
        raise FeedError("no such file", reason="not-found")
    if path.is_file() and not path.stat().st_size:
        return
    if path.name.lower().endswith(ARCHIVES):
        yield from _read_archive(path, name, how.settings)
    elif suffix in PICTURES:
        from crawler.feeds.files import read_picture

        yield read_picture(path, name=name, settings=how.settings)
    elif suffix in MARKUP:
        from crawler.feeds.files import read_html

        yield read_html(path, name=name)
    elif suffix in JSON_LINES or suffix in TABLES or suffix in TEXTS:
        with path.open("rb") as stream:
            yield from _read_lines(stream, suffix, name, how.columns)
    elif suffix in PARQUET:
        from crawler.feeds.parquet import read_parquet

        yield from read_parquet(path, name=name, columns=how.columns)
    elif suffix in APKS:
        from crawler.extract.apk import read_apk

        yield FeedItem(name, read_apk(path, name=name))
    else:
        raise UnknownKindError(f"unknown file type {suffix or path.name}")


def _read_lines(
    stream: BinaryIO, suffix: str, name: str, columns: Mapping[str, str]
) -> Iterator[FeedItem | None]:
    if suffix in JSON_LINES:
        from crawler.feeds.jsonl import read_jsonl

        return read_jsonl(live(stream), name=name, columns=columns)
    if suffix in TABLES:
        from crawler.feeds.tables import read_table

        return read_table(stream, name=name, separator=TABLES[suffix], columns=columns)
    from crawler.feeds.files import read_text

    return read_text(live(stream), name=name)


def _read_archive(path: Path, name: str, settings: CrawlSettings) -> Iterator[FeedItem]:
    from crawler.feeds.archives import read_wacz, read_warc

    if path.suffix.lower() == ".wacz":
        yield from read_wacz(path, name=name, settings=settings)
        return
    with path.open("rb") as stream:
        yield from read_warc(stream, name=name, settings=settings)


def _read_address(url: str, settings: CrawlSettings) -> FeedItem:
    """One page fetched by its address (markup, plain text or a picture), with what proves the fetch."""
    from crawler.collect import check_status, with_proof
    from crawler.feeds.archives import body_document
    from crawler.fetch import fetch

    fetched = fetch(url, settings=settings)
    check_status(fetched.page)
    document = body_document(fetched.body, fetched.content_type, fetched.page.final_url, settings)
    page, warc = with_proof(fetched)
    return FeedItem(url, document, page=page, warc=warc)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise FeedError("standard input is closed", reason="unreadable")
    return sys.stdin.buffer


def _shown(path: str) -> str:
    """A path as valid text: a file name may be any bytes, and Python keeps the odd ones as surrogates."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plainly(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _file_reason(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "not-allowed"
    return "not-found" if isinstance(error, FileNotFoundError) else "unreadable"


class _Peeked:
    """A stream whose beginning has been looked at; only ``read`` is needed."""

    def __init__(self, stream: Readable) -> None:
        self.head = beginning(stream, _PEEK)
        self._stream = stream
        self._kept = self.head

    def read(self, size: int) -> bytes | None:
        kept, self._kept = self._kept, b""
        return kept or self._stream.read(size)
