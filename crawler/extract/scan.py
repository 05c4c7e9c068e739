"""Markup to texts and the tags between them.

Where every bracket belongs to a tag, as on most pages, one split in native code does it. Where that does not
hold, the page is read tag by tag, by the rules of the HTML standard for tags, comments and raw text; no tree
is built, so how deep a page is nested costs nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crawler.extract.attributes import TAG
from crawler.extract.tags import FOREIGN, RAW, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 20_000
"""Tags that are handed on together."""

_BRACKET = re.compile("<(?=[a-zA-Z/!?])")
_BRACKETS = re.compile("<([^>]*)>")
_COMMENT_END = re.compile("--!?>")
_COMMENT = "!----"
_LONG_COMMENT = 200
_NAME = re.compile(r"/?[^\s/>]+")


class Batch(NamedTuple):
    """``texts`` and the ``tags`` between them, without their brackets: one text more than tags."""

    texts: list[str]
    tags: list[str]


def split(markup: str) -> Batch:
    """Texts and what stands between brackets: its reader sees whether these are tags."""
    # Behind the last closing bracket each opening one would be sought an end for in vain.
    end = markup.rfind(">") + 1
    pieces = _BRACKETS.split(markup[:end])
    pieces[-1] += markup[end:]
    return Batch(pieces[::2], pieces[1::2])


def scan(markup: str) -> Iterator[Batch]:
    """Texts and tags as browsers read them. The content of a raw element is the text behind its tag."""
    scanner = _Scanner(markup)
    while not scanner.done:
        yield scanner.batch()


class _Scanner:
    """``position`` is where the next tag is looked for, ``begin`` where the text before it begins."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.position = self.begin = 0
        self.foreign: dict[str, int] = {}
        self.done = False
        self.ends: dict[str, int] = {}
        self.texts: list[str] = []
        self.tags: list[str] = []

    def batch(self) -> Batch:
        """The next texts and tags."""
        self.texts, self.tags = [], []
        search, markup, match = _BRACKET.search, self.markup, TAG.match
        while len(self.tags) < BATCH:
            bracket = search(markup, self.position)
            if bracket is None:
                break
            start = bracket.start()
            tag = match(markup, start)
            if tag is None:
                self._other(start)
            elif markup[tag.end() - 1] == ">" and tag.end(1) < tag.end():
                self._put(start, tag[1], tag.end())
                self._enter(tag[1])
            else:
                # The page ends within a tag: browsers show nothing of it.
                self._put(start, _COMMENT, len(markup))
        else:
            self.texts.append("")
            return Batch(self.texts, self.tags)
        self.texts.append(markup[self.begin :])
        self.done = True
        return Batch(self.texts, self.tags)

    def _put(self, start: int, tag: str, end: int) -> None:
        self.texts.append(self.markup[self.begin : start])
        self.tags.append(tag)
        self.position = self.begin = end

    def _enter(self, tag: str) -> None:
        """Read the content of an element that is no markup."""
        name = _NAME.match(tag)[0].lower()  # type: ignore[index]
        if name in FOREIGN and tag[-1] != "/":
            self.foreign[name] = self.foreign.get(name, 0) + 1
        elif self.foreign.get(name[1:]):
            self.foreign[name[1:]] -= 1
        if name not in RAW:
            return
        end = len(self.markup) if RAW[name] == Raw.ENDLESS else self._end(name)
        foreign = RAW[name] == Raw.DROPPED and any(self.foreign.values())
        if foreign and self.markup.find("<", self.begin, end) >= 0:
            # Nothing is raw in there: the content is read as markup, not to lose it.
            self.tags[-1] = "g"
            return
        content = self.markup[self.begin : end]
        self.texts.append(content.replace("&", "&amp;") if RAW[name] >= Raw.LITERAL else content)
        self.tags.append(f"/{name}")
        match = TAG.match(self.markup, end)
        self.position = self.begin = match.end() if match else end

    def _end(self, name: str) -> int:
        """Where the raw content of an element ends; looked for once, however often it is asked for."""
        end = self.ends.get(name, -1)
        if end < self.position:
            found = re.compile(rf"</{name}(?=[\s/>])", re.I).search(self.markup, self.position)
            end = self.ends[name] = found.start() if found else len(self.markup)
        return end

    def _other(self, start: int) -> None:
        """A comment, a declaration, characters that are no markup, or a bracket that is text."""
        markup = self.markup
        mark = markup[start + 1 : start + 2]
        if markup.startswith("<!--", start):
            if markup.startswith((">", "->"), start + 4):
                end = markup.index(">", start) + 1
            else:
                found = _COMMENT_END.search(markup, start + 4)
                end = found.end() if found else len(markup)
            self._skip(start, end)
        elif markup.startswith("<![CDATA[", start):
            # Browsers show it in other languages only; elsewhere it is a comment up to the first bracket.
            close = "]]>" if any(self.foreign.values()) else ">"
            end = markup.find(close, start)
            end = end if end >= 0 else len(markup)
            self._put(start, _COMMENT, end)
            self.texts.append(markup[start + 9 : end].replace("&", "&amp;"))
            self.tags.append(_COMMENT)
            self.position = self.begin = min(end + len(close), len(markup))
        elif mark in ("!", "?", "/") and start + 2 < len(markup):
            end = markup.find(">", start) + 1
            self._skip(start, end or len(markup))
        else:
            self.position = start + 1

    def _skip(self, start: int, end: int) -> None:
        """Pass over a comment; a short one is kept as it is written."""
        written = self.markup[start + 1 : end - 1] if end - start < _LONG_COMMENT else _COMMENT
        keep = self.markup[end - 1] == ">" and written[:1] in ("!", "?")
        self._put(start, written if keep else _COMMENT, end)
