"""Reads ``rules.yaml``: what names and selectors say of navigation, comments, hidden parts and ad slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from crawler.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Role = Literal["", "nav", "comment", "ad"]


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of one element by an attribute it must have, with some value in it.

    ``rule`` is the ad rule's name.
    """

    attribute: str
    value: str
    css: str
    rule: str = ""

    @property
    def of_links(self) -> bool:
        """Whether it asks for a link."""
        return self.css.startswith("a[")


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns over names (class and id) and CSS queries by purpose.

    ``ad_names`` pair a rule's name with its pattern; they and ``ads`` stand in order of precedence.
    """

    nav: re.Pattern[str]
    comment: re.Pattern[str]
    hidden: tuple[Selector, ...]
    hidden_style: re.Pattern[str]
    ad_names: tuple[tuple[str, re.Pattern[str]], ...]
    ads: tuple[Selector, ...]
    ad_frames: tuple[str, ...]
    ad_labels: frozenset[str]


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules shipped with the package."""
    import yaml

    data: Mapping[str, Any] = yaml.safe_load((files("crawler.extract") / "rules.yaml").read_text("utf-8"))
    ads = data["ads"]
    return Rules(
        nav=_pattern(data["nav"]["names"]),
        comment=_pattern(data["comment"]["names"]),
        hidden=tuple(_selector(css) for css in data["hidden"]["css"]),
        hidden_style=_pattern(data["hidden"]["styles"]),
        ad_names=tuple((row["rule"], _pattern(row["names"])) for row in ads if "names" in row),
        ads=tuple(_selector(css, row["rule"]) for row in ads for css in row.get("css", ())),
        ad_frames=tuple(data["ad_frames"]),
        ad_labels=frozenset(data["ad_labels"]),
    )


@lru_cache(maxsize=8192)
def role_of(name: str) -> tuple[Role, str]:
    """What an element's class and id, joined by a space, say of it: its role, and for an ad the rule's name.

    Sites repeat a few names endlessly, so the answers are kept.
    """
    rules = load_rules()
    for rule, pattern in rules.ad_names:
        if pattern.search(name):
            return "ad", rule
    if rules.comment.search(name):
        return "comment", ""
    return ("nav", "") if rules.nav.search(name) else ("", "")


def _selector(css: str, rule: str = "") -> Selector:
    """A selector of ``rules.yaml``: it must ask for an attribute, for elements are found by theirs."""
    asked = re.search(r"""\[([\w-]+)(?:[~|^$*]?="([^"]*)")?""", css)
    if asked is None:
        raise ExtractError(f"selector {css} of rules.yaml asks for no attribute", reason="bad-rules")
    return Selector(asked[1], asked[2] or "", css, rule)


def _pattern(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.I)
