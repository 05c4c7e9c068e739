"""``--column FIELD=NAME``: which heading or key holds a field of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

column = click.option("--column", "columns", multiple=True, metavar="FIELD=NAME", help=t("scan.column"))


def given_columns(pairs: Sequence[str], *, fields: Sequence[str]) -> dict[str, str]:
    """The pairs as a mapping. Raises UsageError for a field that is none of ``fields``."""
    found = {}
    for pair in pairs:
        field, equals, name = pair.partition("=")
        if field not in fields or not equals or not name:
            raise click.UsageError(t("scan.column_form", pair=pair, fields=" ".join(fields)))
        found[field] = name
    return found
