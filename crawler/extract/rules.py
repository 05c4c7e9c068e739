"""Reads ``rules.yaml``: what names and selectors say of navigation, comments, hidden parts and ad slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from crawler.errors import ExtractError
from crawler.extract.media import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Role = Literal["", "nav", "comment", "ad"]


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of one element (``name``, if it is given) by an attribute that it must have.

    ``operator`` says how ``value`` stands in the attribute, as in CSS; ``rule`` is the ad rule's name.
    """

    name: str
    attribute: str
    operator: str = ""
    value: str = ""
    rule: str = ""

    def matches(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Whether an element is selected."""
        found = attributes.get(self.attribute)
        if found is None or (self.name and name != self.name):
            return False
        return _OPERATORS[self.operator](found, self.value)


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda found, value: True,
    "=": lambda found, value: found == value,
    "~=": lambda found, value: value in found.split(),
    "*=": lambda found, value: value in found,
    "^=": lambda found, value: found.startswith(value),
    "$=": lambda found, value: found.endswith(value),
}
_SELECTOR = re.compile(r"""([\w-]*)\[([\w-]+)(?:([~*^$]?=)"([^"]*)")?\]""")


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


@lru_cache(maxsize=1)
def watched() -> frozenset[str]:
    """Attributes that say something of an element beside its class and id."""
    rules = load_rules()
    return frozenset(("style", "alt", *SPOKEN, *(one.attribute for one in (*rules.hidden, *rules.ads))))


@lru_cache(maxsize=1)
def hints() -> frozenset[str]:
    """Attributes that may give an element a role or hide it."""
    return frozenset(("class", "id", *(watched() - {"alt", *SPOKEN})))


def advert_of(name: str, attributes: Mapping[str, str]) -> str:
    """Name of the rule by which an element's attributes make it an advert; empty for none."""
    rules = load_rules()
    for selector in rules.ads:
        if selector.matches(name, attributes):
            return selector.rule
    source = attributes.get("src", "") if name == "iframe" else ""
    return "frame" if source and any(part in source for part in rules.ad_frames) else ""


@lru_cache(maxsize=1024)
def pays(rel: str) -> bool:
    """Whether the ``rel`` of a link makes it an advert."""
    return bool(advert_of("a", {"rel": rel}))


def hides(name: str, attributes: Mapping[str, str]) -> bool:
    """Whether an attribute or inline style says that an element is not shown."""
    rules = load_rules()
    style = attributes.get("style", "").replace(" ", "")
    if style and rules.hidden_style.search(style):
        return True
    return any(selector.matches(name, attributes) for selector in rules.hidden)


def _selector(css: str, rule: str = "") -> Selector:
    """A selector of ``rules.yaml``."""
    asked = _SELECTOR.fullmatch(css)
    if asked is None:
        raise ExtractError(f"selector {css} of rules.yaml asks for no attribute", reason="bad-rules")
    return Selector(asked[1], asked[2], asked[3] or "", asked[4] or "", rule)


def _pattern(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.I)
