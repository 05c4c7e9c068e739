"""Reads JSON lines: one object a line, a broken line becomes an item with its number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from crawler.errors import CrawlerError, FeedError
from crawler.feeds.bytelines import LineDecoder, read_lines
from crawler.feeds.columns import NONE, renamed
from crawler.feeds.item import FeedItem
from crawler.feeds.line import Line, document_of, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.feeds.live import Readable

_DECODER = msgspec.json.Decoder(Line)


def read_jsonl(
    stream: Readable, *, name: str, columns: Mapping[str, str] = NONE
) -> Iterator[FeedItem | None]:
    """Items of a JSON lines stream in order; ``name`` stands in the reference of lines that have no id.

    ``None`` says that the stream has nothing more for the moment. ``columns`` names the keys of fields; in
    lines without a text usual names of it are looked for.
    """
    decode = _DECODER.decode
    decoded = LineDecoder()
    for number, raw in read_lines(stream):
        if not number:
            yield None
            continue
        try:
            if raw is None:
                raise FeedError("line is too long", reason="line-too-long")
            try:
                line = decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                line = None
            if line is None or columns or (line.text is None and not line.html):
                line = _lenient(decoded(raw), columns)
            given = line.id
            ref = f"{name}:{number}" if given is None or given == "" else str(given)
            yield FeedItem(ref, document_of(line, ref))
        except CrawlerError as error:
            yield FeedItem(f"{name}:{number}", error=f"line {number}: {error}", reason=error.reason)


def item_of(value: object, *, ref: str) -> FeedItem:
    """The item of a line that is already decoded; ``ref`` names it where it has no id of its own."""
    try:
        line = _as_line(value)
        named = ref if line.id is None or line.id == "" else str(line.id)
        return FeedItem(named, document_of(line, named))
    except CrawlerError as error:
        given = value.get("id") if isinstance(value, dict) else None
        return FeedItem(str(given) if given else ref, error=str(error), reason=error.reason)


def _lenient(text: str, columns: Mapping[str, str] = NONE) -> Line:
    """A line the strict decoder refused: other encoding, lone surrogates, raw control characters, other keys.

    Raises :class:`FeedError` with reason ``bad-json``, ``not-an-object``, ``wrong-type`` or ``missing-text``.
    """
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"not JSON: {str(error)[:120]}", reason="bad-json") from error
    if isinstance(value, dict) and (columns or not {"text", "html"} & value.keys()):
        value = renamed(value, columns)
    return _as_line(value)


def _as_line(value: object) -> Line:
    if not isinstance(value, dict):
        raise FeedError(f"expected an object, got {type(value).__name__}", reason="not-an-object")
    return line_of(value)
