"""What lexicons/platforms/ knows about handles, links and invitation codes, read when first used."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lexicons
from nlp.errors import LexiconError

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(lexicons.__file__).parent / "platforms"
SHARED = frozenset({"vocabulary", "links", "invite"})
"""Files that belong to no single platform."""
DIGITS = ("chinese_digits", "digit_letters")
"""Tables of the vocabulary; the rest are lists."""


@dataclass(frozen=True, slots=True)
class LinkForm:
    """A link that carries a handle: in a query parameter, or where ``{handle}`` stands in the path."""

    host: str
    path: tuple[str, ...] = ()
    query: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One messenger or site. ``shapes`` name the handle patterns of :mod:`nlp.detectors.shapes`."""

    name: str
    shapes: tuple[str, ...]
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    links: tuple[LinkForm, ...]
    colon: bool = False
    """The name is an ordinary word: a handle counts only after a colon or another mark."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words around handles that every platform shares; what each list is for stands in vocabulary.yaml."""

    glue: tuple[str, ...]
    verbs: tuple[str, ...]
    contact_verbs: tuple[str, ...]
    calls: tuple[str, ...]
    marking: tuple[str, ...]
    naming: tuple[str, ...]
    naming_ends: tuple[str, ...]
    joints: tuple[str, ...]
    same_number: tuple[str, ...]
    units: tuple[str, ...]
    pronouns: tuple[str, ...]
    near_telegram: tuple[str, ...]
    near_twitter: tuple[str, ...]
    seeking: tuple[str, ...]
    measures: tuple[str, ...]
    name_verbs: tuple[str, ...]
    not_before_verb: tuple[str, ...]
    roles: tuple[str, ...]
    not_names: tuple[str, ...]
    products: tuple[str, ...]
    other_words: tuple[str, ...]
    package_cues: tuple[str, ...]
    nickname_cues: tuple[str, ...]
    not_pinyin_names: frozenset[str]
    not_handles: frozenset[str]
    not_at_names: frozenset[str]
    mail_hosts: frozenset[str]
    chinese_digits: dict[int, str]
    digit_letters: dict[int, str]

    @property
    def digit_class(self) -> str:
        """The Chinese digits as the inside of a character class."""
        return "".join(map(chr, self.chinese_digits))


@dataclass(frozen=True, slots=True)
class LinkKnowledge:
    """Hosts, query parameters and path words that tell what a link is for."""

    short_link_hosts: frozenset[str]
    wrapper_query: frozenset[str]
    referral_query: frozenset[str]
    weak_query: frozenset[str]
    path_code_after: frozenset[str]
    plain_code_after: frozenset[str]
    sign_up_path: frozenset[str]
    not_codes: frozenset[str]
    bot_start_hosts: frozenset[str]
    app_stores: tuple[LinkForm, ...]
    not_contacts: frozenset[str]
    asset_endings: frozenset[str]
    file_endings: frozenset[str]
    weak_endings: frozenset[str]
    spoken_dots: frozenset[str]
    special_endings: frozenset[str]
    dot_words: tuple[str, ...]
    slash_words: tuple[str, ...]
    hidden_endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InviteWords:
    """Words that announce an invitation code.

    ``spoken`` are the weak ones after which a plain number or capitals are enough, ``coded`` those after
    which a capital and three digits are; ``mention`` make a code that stands alone in a table plausible;
    behind ``worded`` ones a code may hold Chinese characters. A code also stands between ``users`` and
    ``uses``, and before ``pointed``.
    """

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    spoken: tuple[str, ...]
    coded: tuple[str, ...]
    mention: tuple[str, ...]
    glue: tuple[str, ...]
    marking: tuple[str, ...]
    other_words: tuple[str, ...]
    worded: tuple[str, ...]
    users: tuple[str, ...]
    uses: tuple[str, ...]
    pointed: tuple[str, ...]


def either(words: Iterable[str]) -> str:
    """The words as one alternative of a pattern, longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _load(name: str) -> dict[str, Any]:
    import yaml

    path = FOLDER / f"{name}.yaml"
    try:
        # every scalar stays a string: "no" and "true" are words here
        data = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise LexiconError(str(error.problem), path=path, line=line) from error
    if not isinstance(data, dict):
        raise LexiconError("must be a mapping", path=path)
    return data


def _words(data: dict[str, Any], field: str, name: str) -> tuple[str, ...]:
    words = data.get(field, [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise LexiconError("must be a list of words", path=FOLDER / f"{name}.yaml", field=field)
    return tuple(dict.fromkeys(words))


def _link_form(data: dict[str, Any]) -> LinkForm:
    path = tuple(part for part in str(data.get("path", "")).split("/") if part)
    return LinkForm(data["host"], path, data.get("query", ""), data.get("scheme", ""))


@cache
def platforms() -> tuple[Platform, ...]:
    """Every platform, by file name."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem in SHARED:
            continue
        data = _load(path.stem)
        found.append(
            Platform(
                name=data["platform"],
                shapes=_words(data, "shapes", path.stem),
                strong=_words(data, "strong", path.stem),
                weak=_words(data, "weak", path.stem),
                links=tuple(_link_form(link) for link in data["links"]),
                colon=data.get("colon") == "true",
            )
        )
    return tuple(found)


@cache
def vocabulary() -> Vocabulary:
    """The shared words around handles."""
    data = _load("vocabulary")
    names = [field.name for field in fields(Vocabulary) if field.name not in DIGITS]
    lists: dict[str, Any] = {name: _words(data, name, "vocabulary") for name in names}
    for name in ("not_pinyin_names", "not_handles", "not_at_names", "mail_hosts"):
        lists[name] = frozenset(lists[name])
    chinese, letters = ({ord(char): digit for char, digit in data[name].items()} for name in DIGITS)
    return Vocabulary(**lists, chinese_digits=chinese, digit_letters=letters)


@cache
def link_knowledge() -> LinkKnowledge:
    """What is known about links."""
    data = _load("links")
    referral = data["referral"]

    def words(field: str) -> frozenset[str]:
        return frozenset(_words(referral if field in referral else data, field, "links"))

    return LinkKnowledge(
        short_link_hosts=words("short_link_hosts"),
        wrapper_query=words("wrapper_query"),
        referral_query=words("query"),
        weak_query=words("weak"),
        path_code_after=words("path_code_after"),
        plain_code_after=words("plain_code_after"),
        sign_up_path=words("sign_up_path"),
        not_codes=words("not_codes"),
        bot_start_hosts=words("bot_start_hosts"),
        app_stores=tuple(_link_form(link) for link in data["app_stores"]),
        not_contacts=words("not_contacts"),
        asset_endings=words("asset_endings"),
        file_endings=words("file_endings"),
        weak_endings=words("weak_endings"),
        spoken_dots=words("spoken_dots"),
        special_endings=words("special_endings"),
        dot_words=_words(data, "dot_words", "links"),
        slash_words=_words(data, "slash_words", "links"),
        hidden_endings=_words(data, "hidden_endings", "links"),
    )


@cache
def invite_words() -> InviteWords:
    """Words that announce an invitation code."""
    data = _load("invite")
    return InviteWords(**{field.name: _words(data, field.name, "invite") for field in fields(InviteWords)})
