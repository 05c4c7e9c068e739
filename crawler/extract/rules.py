"""Reads ``rules.yaml``: what names and selectors say of navigation, comments, hidden parts and ad slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Role = Literal["", "nav", "comment", "ad"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns over names (class and id) and CSS queries by purpose.

    ``ad_names`` and ``ad_css`` pair a rule's name with its pattern or query, in order of precedence.
    """

    nav: re.Pattern[str]
    comment: re.Pattern[str]
    hidden_css: str
    hidden_style: re.Pattern[str]
    ad_names: tuple[tuple[str, re.Pattern[str]], ...]
    ad_css: str
    ad_rules: tuple[tuple[str, str], ...]
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
        hidden_css=", ".join(data["hidden"]["css"]),
        hidden_style=_pattern(data["hidden"]["styles"]),
        ad_names=tuple((row["rule"], _pattern(row["names"])) for row in ads if "names" in row),
        ad_css=", ".join(css for row in ads for css in row.get("css", ())),
        ad_rules=tuple((row["rule"], ", ".join(row["css"])) for row in ads if "css" in row),
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


def _pattern(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.I)
