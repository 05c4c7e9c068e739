"""Words on screens and in help, Chinese and English, from ``console/messages.toml``."""

from __future__ import annotations

import os
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


_chosen: ContextVar[str] = ContextVar("language", default="")


def speak(lang: str) -> None:
    """Use ``lang`` from here on: that of the settings, once they are read."""
    _chosen.set(lang)


def language() -> str:
    """The language in use. Help comes before the settings: ``XIANSUO_LANG`` chooses it, else Chinese."""
    asked = _chosen.get() or os.environ.get("XIANSUO_LANG", "")
    return asked if asked in LANGUAGES else "zh"


@cache
def _messages() -> dict[str, list[str]]:
    sections = tomllib.loads(files("console").joinpath("messages.toml").read_text("utf-8"))
    return {f"{name}.{key}": words for name, section in sections.items() for key, words in section.items()}


def has(key: str) -> bool:
    """Whether there is such a message: for codes that newer lexicons or models may bring along."""
    return key in _messages()


def t(key: str, lang: str = "", **values: object) -> str:
    """The message ``section.key`` in ``lang`` (this process's by default) with ``values`` filled in.

    Raises KeyError for a key that is not in the file: a missing message is a bug that a test finds.
    """
    return _messages()[key][LANGUAGES.index(lang or language())].format(**values)


def translated(section: str, words: str) -> str:
    """English words in the language in use, where ``section`` has them."""
    found = _messages().get(f"{section}.{words}")
    return found[LANGUAGES.index(language())] if found else words


def reason(word: str) -> str:
    """The stable word of a reason, with what it means in front where the file says so."""
    number = word.removeprefix("http-")
    key = "reason.http" if number.isdecimal() else f"reason.{word}"
    said = t(key) if key in _messages() else ""
    return f"{said} {word}" if said else word
