"""Cuts a query into tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evidence.errors import QueryError

Kind = Literal["word", "phrase", "open", "close", "and", "or", "not", "end"]

_MOST_LENGTH = 4000
_OPEN = "(（"
_CLOSE = ")）"
_QUOTES = {'"': '"', "“": "”", "”": "”", "＂": "＂"}
_OPERATORS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
_FIELD = re.compile(r"([a-z_]+)[:：](?!//)")


@dataclass(frozen=True, slots=True)
class Token:
    """``field`` is the name before the colon, ``at`` the first character's number, counted from 1."""

    kind: Kind
    text: str
    at: int
    field: str = ""


def tokenise(text: str) -> list[Token]:
    """All tokens of a query, the last of kind ``end``."""
    if len(text) > _MOST_LENGTH:
        raise QueryError(f"a query may have at most {_MOST_LENGTH} characters, this has {len(text)}")
    found: list[Token] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char.isspace():
            place += 1
        elif char in _OPEN or char in _CLOSE:
            found.append(Token("open" if char in _OPEN else "close", char, place + 1))
            place += 1
        elif char == "-" and _begins_term(text, place + 1):
            found.append(Token("not", char, place + 1))
            place += 1
        else:
            token, place = _term(text, place)
            found.append(token)
    return [*found, Token("end", "", len(text) + 1)]


def _begins_term(text: str, place: int) -> bool:
    return place < len(text) and not text[place].isspace() and text[place] not in "-)）"


def _term(text: str, start: int) -> tuple[Token, int]:
    """One word, phrase or field, and the place after it."""
    named = _FIELD.match(text, start)
    name, place = (named[1], named.end()) if named else ("", start)
    if place < len(text) and text[place] in _QUOTES:
        value, place = _quoted(text, place)
        return Token("phrase", value, start + 1, name), place
    end = place
    while end < len(text) and not text[end].isspace() and text[end] not in _OPEN + _CLOSE:
        end += 1
    word = text[place:end]
    if not name and word in _OPERATORS:
        return Token(_OPERATORS[word], word, start + 1), end
    return Token("word", word, start + 1, name), end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """A quoted value, ``\\"`` standing for a quote in it, and the place after the closing one."""
    closing = _QUOTES[text[start]]
    value: list[str] = []
    place = start + 1
    while place < len(text) and text[place] != closing:
        if text[place] == "\\" and place + 1 < len(text):
            place += 1
        value.append(text[place])
        place += 1
    if place >= len(text):
        raise QueryError(f"the quotation that begins at character {start + 1} is never closed")
    return "".join(value), place + 1
