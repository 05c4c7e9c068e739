"""Which rules to cite, by what was found, where it was shown, and when: lexicons/basis.yaml is the table.

Citations are effective-dated: conduct before 2026-02-06 cites the notice that was in force then. An article
number is null until somebody has read it in the official text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from evidence.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Citation:
    """A rule. It is cited for conduct from ``effective`` up to, not including, ``cited_until``.

    ``repealed`` is when it lost force; ``cited_until`` is that day, or an earlier one from which a newer
    rule is cited in its place. ``categories`` and ``surfaces`` say what it applies to; ``*`` is all of them.
    ``status`` is ``seen`` (on a public page, usually a copy) or ``unverified``; neither is a check against
    the official text, which would give ``verified``.
    """

    id: str
    title_zh: str
    title_en: str
    number: str
    article: str | None
    issued: date | None
    effective: date
    repealed: date | None
    cited_until: date | None
    rank: str
    categories: frozenset[str]
    surfaces: frozenset[str]
    status: str
    source: str
    clause_zh: str = ""
    clause_en: str = ""

    def in_force(self, on: date) -> bool:
        """Whether it is cited for conduct of that day."""
        return self.effective <= on and (self.cited_until is None or on < self.cited_until)

    def applies(self, categories: Iterable[str], surface: str) -> bool:
        """Whether it speaks about any of those categories, or about that surface."""
        found = set(categories)
        if not found:
            return False
        return bool("*" in self.categories or self.categories & found or surface in self.surfaces)


def cite(categories: Iterable[str], *, surface: str, on: date) -> tuple[str, ...]:
    """Ids of the citations for these categories on this surface and conduct of that day, in table order.

    ``on`` is the day in Beijing. Nothing found means nothing cited.
    """
    found = tuple(categories)
    return tuple(entry.id for entry in load_basis() if entry.in_force(on) and entry.applies(found, surface))


def citations(ids: Iterable[str]) -> tuple[Citation, ...]:
    """The citations of those ids, in the table's order. Unknown ids are left out."""
    wanted = set(ids)
    return tuple(entry for entry in load_basis() if entry.id in wanted)


@cache
def load_basis(path: Path | None = None) -> tuple[Citation, ...]:
    """The whole table, from the package or from a file. Raises ReportError where a line breaks its rules."""
    import yaml

    file = path or resources.files("lexicons").joinpath("basis.yaml")
    try:
        rows = yaml.safe_load(file.read_text("utf-8"))["citations"]
        table = tuple(_citation(row) for row in rows)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ReportError(
            f"the table of citations cannot be read: {path or 'basis.yaml'}: {error}"
        ) from error
    ids = [entry.id for entry in table]
    if len(set(ids)) != len(ids):
        raise ReportError("the table of citations repeats an id")
    return table


def _citation(row: dict[str, Any]) -> Citation:
    applies = row.get("applies_to") or {}
    for words in (row["title"], row.get("clause")):
        if words is not None and set(words) != {"zh", "en"}:
            raise ValueError(f"{row['id']}: title and clause take zh and en, found {', '.join(words)}")
    repealed = _day(row.get("repealed"))
    entry = Citation(
        id=row["id"],
        title_zh=row["title"]["zh"],
        title_en=row["title"]["en"],
        number=row.get("number") or "",
        article=row["article"],
        issued=_day(row.get("issued")),
        effective=_day(row["effective"]) or date.max,
        repealed=repealed,
        cited_until=_day(row.get("cited_until")) or repealed,
        rank=row["rank"],
        categories=frozenset(applies.get("categories", ())),
        surfaces=frozenset(applies.get("surfaces", ())),
        status=row["status"],
        source=row["source"],
        clause_zh=row.get("clause", {}).get("zh", ""),
        clause_en=row.get("clause", {}).get("en", ""),
    )
    if entry.article is not None and entry.status != "verified":
        raise ValueError(f"{entry.id}: an article number needs status verified")
    return entry


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    raise ValueError(f"not a date: {value!r}")
