"""What a lexicon folder holds: entries, context groups, allowed phrases, rules for look-alike hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nlp.errors import LexiconError

GAP = "…"
"""Inside a written form: some characters of the same sentence, as many as ``nlp.lexicon`` lets pass."""

LOOKALIKE = "lookalike:"
"""Before a brand's name in the rule of a host that imitates it: ``brand/lookalike:OKX``."""

Kind = Literal["term", "cue", "brand"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One reviewed word with its written forms, the context it needs, and where it stands.

    ``needs`` is a list of alternatives, each a conjunction of context groups:
    ``(("coin",), ("money", "cta"))`` reads coin, or money and cta. ``unless`` names groups that silence the
    entry. ``weight`` is a hint in log-odds.
    """

    kind: Kind
    group: str
    term: str
    forms: tuple[str, ...] = ()
    ambiguous: bool = False
    needs: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    weight: float = 1.0
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()
    source: str = ""
    first_seen: str = ""
    last_seen: str = ""
    note: str = ""
    domains: tuple[str, ...] = ()
    category: str = ""
    path: str = ""
    line: int = 0

    @property
    def rule(self) -> str:
        """The rule name of its findings: ``payment/跑分``, ``cue/call/加微信``, ``brand/OKX``."""
        return {"term": "", "cue": "cue/", "brand": "brand/"}[self.kind] + (
            self.term if self.kind == "brand" else f"{self.group}/{self.term}"
        )

    @property
    def written(self) -> tuple[str, ...]:
        """The term and its other forms."""
        return (self.term, *self.forms)


@dataclass(frozen=True, slots=True)
class Context:
    """A group of words that settle what an ambiguous term means."""

    name: str
    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Allowed:
    """A longer innocent phrase that wins over a shorter term inside it."""

    phrase: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class LookalikeRules:
    """When a host imitates a brand.

    ``distance`` maps a length of the brand's label to the edits allowed from there on. ``folds`` rewrite
    look-alike characters. ``lures`` may stand beside a brand's label (``binance-login``). ``innocent``
    labels are near to a brand by accident. ``words`` are labels of brands that are ordinary words: they are
    imitated beside a lure only. ``weight`` is that of a link to such a host, a hint in log-odds.
    """

    distance: Mapping[int, int] = field(default_factory=dict)
    folds: Mapping[str, str] = field(default_factory=dict)
    lures: frozenset[str] = frozenset()
    innocent: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LexiconFiles:
    """All that a folder says, what is wrong with it, and a digest of its files."""

    entries: tuple[Entry, ...]
    contexts: tuple[Context, ...]
    allowed: tuple[Allowed, ...]
    errors: tuple[LexiconError, ...]
    version: str
    lookalike: LookalikeRules = field(default_factory=LookalikeRules)
