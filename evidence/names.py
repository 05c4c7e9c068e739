"""Names of persons, so that no spelling of one makes a second person."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 64
"""Characters of a reviewer's name, at most."""


def clean_name(name: str) -> str:
    """A person's name on one line, without control and formatting characters."""
    kept = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    return " ".join(kept.split())


def same_name(name: str) -> str:
    """What two spellings of one name share: capitals or wide letters make no other person."""
    return unicodedata.normalize("NFKC", clean_name(name)).casefold()
