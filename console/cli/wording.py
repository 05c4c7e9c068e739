"""What click says itself (usage, errors), in the language in use: ``[click]`` of ``messages.toml``."""

from __future__ import annotations

import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

from console.i18n import translated

MODULES = (
    click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types,
)  # fmt: skip


def speak_our_language() -> None:
    """Have click look its words up here. It asks gettext by these names, which needs compiled files."""
    for module in MODULES:
        if hasattr(module, "_"):
            module._ = _one  # type: ignore[attr-defined]
        if hasattr(module, "ngettext"):
            module.ngettext = _of_number  # type: ignore[attr-defined]


def _one(words: str) -> str:
    return translated("click", words)


def _of_number(one: str, many: str, number: int) -> str:
    return translated("click", one if number == 1 else many)
