"""Reads ``rules.yaml``: which selectors mean navigation, comments, headings, hidden parts and ad slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"~([\w-]+)")
_VALUE = re.compile(r"""\[(?:class|id|style|role)[*^$~|]?="([^"]+)"|[.#]([\w-]+)""")
_ATTRIBUTE = re.compile(r"\[([\w-]+)")
_ATTRIBUTE_VALUES = re.compile(rb"""\s(?:class|id|style|role)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)


@dataclass(frozen=True, slots=True)
class Selector:
    """One CSS selector and what must be on a page for it to match: a word in a class, id, style or role
    value, an attribute's name, or a tag. Testing those first saves a walk over the tree for nearly every
    selector.
    """

    css: str
    value: str = ""
    attribute: bytes = b""
    tag: str = ""

    def may_match(self, hints: Hints) -> bool:
        """False: certainly not. True: ask the tree."""
        if self.value:
            return self.value in hints.values
        return self.attribute in hints.markup if self.attribute else self.tag in hints.tags


@dataclass(frozen=True, slots=True)
class Hints:
    """What :meth:`Selector.may_match` looks at: lower-case attribute values, the markup, the tags in it."""

    values: str
    markup: bytes
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Selectors by purpose. ``ads`` pairs a rule's name with its selectors, in order of precedence."""

    nav: tuple[Selector, ...]
    comment: tuple[Selector, ...]
    heading: tuple[Selector, ...]
    hidden: tuple[Selector, ...]
    ads: tuple[tuple[str, tuple[Selector, ...]], ...]
    ad_frames: tuple[str, ...]
    ad_labels: frozenset[str]


def hints_of(markup: bytes, tags: frozenset[str]) -> Hints:
    """Hints for one page."""
    values = b" ".join(set(_ATTRIBUTE_VALUES.findall(markup)))
    return Hints(values.decode("utf-8", "replace").lower(), markup, tags)


def query(selectors: Iterable[Selector], hints: Hints) -> str:
    """One CSS query for those of the selectors that may match; empty when none may."""
    return ", ".join(selector.css for selector in selectors if selector.may_match(hints))


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules shipped with the package."""
    import yaml

    data = yaml.safe_load((files("crawler.extract") / "rules.yaml").read_text("utf-8"))
    return Rules(
        nav=_selectors(data["kinds"]["nav"]),
        comment=_selectors(data["kinds"]["comment"]),
        heading=_selectors(data["kinds"]["heading"]),
        hidden=_selectors(data["hidden"]),
        ads=tuple((row["rule"], _selectors(row["selector"].split(", "))) for row in data["ad_slots"]),
        ad_frames=tuple(data["ad_frames"]),
        ad_labels=frozenset(data["ad_labels"]),
    )


def _selectors(rows: list[str]) -> tuple[Selector, ...]:
    return tuple(_selector(css) for row in rows for css in _spell_out(row))


def _spell_out(row: str) -> list[str]:
    word = _WORD.fullmatch(row)
    return [f'[class*="{word[1]}" i]', f'[id*="{word[1]}" i]'] if word else [row]


def _selector(css: str) -> Selector:
    if value := _VALUE.search(css):
        return Selector(css, value=(value[1] or value[2]).lower().strip())
    if css.startswith("[") and (attribute := _ATTRIBUTE.match(css)):
        return Selector(css, attribute=attribute[1].encode())
    return Selector(css, tag=re.split(r"[^a-z0-9-]", css)[0])
