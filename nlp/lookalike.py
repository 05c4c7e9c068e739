"""Whose domain a host is (a brand's own, a known mirror, or one that imitates it), and names that imitate.

Thresholds, folds and lure words are data: ``lexicons/lookalike.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from nlp.lexicon_entries import LOOKALIKE, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.lexicon_entries import LookalikeRules

How = Literal["own", "mirror", "lookalike"]
MAX_HOST = 253
LEAST_NAME, LONGEST_NAME = 4, 40
"""Characters of a name that may imitate another."""


@dataclass(frozen=True, slots=True)
class BrandHost:
    """A brand that a host belongs to or imitates. ``domain`` is the brand's domain that settled it."""

    brand: Entry
    how: How
    domain: str

    @property
    def rule(self) -> str:
        """``brand/OKX`` of its own hosts and mirrors, ``brand/lookalike:OKX`` of one that imitates it."""
        return f"brand/{LOOKALIKE}{self.brand.term}" if self.how == "lookalike" else self.brand.rule


class BrandHosts:
    """Looks hosts up among the domains of the brands."""

    def __init__(self, brands: Sequence[Entry], rules: LookalikeRules) -> None:
        self._rules = rules
        self._own: dict[str, Entry] = {}
        self._mirrors: list[tuple[str, Entry]] = []
        self._labels: dict[str, tuple[Entry, str]] = {}
        for brand in brands:
            for domain in brand.domains:
                if "*" in domain:
                    self._mirrors.append((domain, brand))
                    continue
                self._own.setdefault(domain, brand)
                if label := self._fold(self._label(domain)):
                    self._labels.setdefault(label, (brand, domain))
        self._names: dict[str, tuple[Entry, str]] = {}
        self._own_names: set[str] = set()
        for brand in brands:
            self._own_names.update(map(self._label, brand.domains))
            for written in map(name_of, brand.written):
                self._own_names.add(written)
                if brand.domains and len(written) >= LEAST_NAME and written.isascii():
                    self._names.setdefault(self._fold(written), (brand, written))
        self.find = lru_cache(maxsize=4096)(self._find)
        self.find_name = lru_cache(maxsize=4096)(self._find_name)

    def _find_name(self, name: str) -> BrandHost | None:
        """The brand whose name a name (as :func:`name_of` writes it) imitates; None for a brand's own.

        ``domain`` is then the name that is imitated. Names are told apart as labels of hosts are.
        """
        rules = self._rules
        usual = name in rules.innocent or name in rules.lures or name in rules.suffixes
        if usual or name in self._own_names or not LEAST_NAME <= len(name) <= LONGEST_NAME:
            return None
        folded = self._fold(name)
        for wanted, (brand, written) in self._names.items():
            same = folded == wanted and not name.isdecimal()
            if same or (
                wanted[0] == folded[:1] and written not in rules.words and self._close(folded, name, wanted)
            ):
                return BrandHost(brand, "lookalike", written)
        return None

    def _find(self, host: str) -> BrandHost | None:
        """The brand of a host name (any case, a port and a closing dot are ignored), or None."""
        name = _plain(host)
        if not name or "." not in name:
            return None
        labels = name.split(".")
        for at in range(len(labels) - 1):
            domain = ".".join(labels[at:])
            if domain in self._own:
                return BrandHost(self._own[domain], "own", domain)
        for pattern, brand in self._mirrors:
            if any(fnmatchcase(".".join(labels[at:]), pattern) for at in range(len(labels) - 1)):
                return BrandHost(brand, "mirror", pattern)
        return self._imitated(labels)

    def _imitated(self, labels: list[str]) -> BrandHost | None:
        for label in labels[:-1]:
            if label in self._rules.innocent or label in self._rules.suffixes:
                continue
            folded = self._fold(label)
            for wanted, (brand, domain) in self._labels.items():
                # Whoever imitates a name keeps its beginning; words that differ there are near by accident.
                # Most brands are neither in the label nor begin like it: nothing more is asked of them.
                plain_word = wanted in self._rules.words
                if (
                    wanted in folded and not (plain_word and label == wanted) and self._lured(folded, wanted)
                ) or (wanted[0] == folded[:1] and not plain_word and self._close(folded, label, wanted)):
                    return BrandHost(brand, "lookalike", domain)
        return None

    def _lured(self, label: str, wanted: str) -> bool:
        """``binance-login``, ``okx888``: the brand's label with nothing but lures and digits."""
        at = label.find(wanted)
        if at < 0 or label == wanted:
            return label == wanted and len(wanted) >= min(self._rules.distance, default=99)
        rest = [part for part in (label[:at], label[at + len(wanted) :]) if part]
        joined = all(part.strip("-0123456789") in self._rules.lures | {""} for part in rest)
        # A short label says something only where it stands alone between hyphens, or before digits.
        return joined and (
            len(wanted) >= min(self._rules.distance, default=99) or all("-" in p for p in rest)
        )

    def _close(self, folded: str, label: str, wanted: str) -> bool:
        allowed = max((d for length, d in self._rules.distance.items() if len(wanted) >= length), default=0)
        if not allowed or abs(len(folded) - len(wanted)) > allowed or label in self._rules.innocent:
            return False
        return edits(folded, wanted, allowed) <= allowed

    def _fold(self, label: str) -> str:
        for written, read in self._rules.folds.items():
            label = label.replace(written, read)
        return label

    def _label(self, domain: str) -> str:
        labels = [label for label in domain.split(".")[:-1] if label not in self._rules.suffixes]
        return labels[-1] if labels else ""


def name_of(words: str) -> str:
    """A name without what stands between its letters and digits, in small letters."""
    return "".join(char for char in words.lower() if char.isalnum())


def _plain(host: str) -> str:
    name = host.strip().lower()
    name = (name.rsplit(":", 1)[0] if name.rpartition(":")[2].isdigit() else name).rstrip(".")
    if len(name) > MAX_HOST:
        return ""
    if "xn--" in name:
        try:
            name = name.encode("ascii").decode("idna")
        except UnicodeError:
            return name
    return name


def edits(left: str, right: str, limit: int) -> int:
    """Edits (swaps of neighbours count once) from one to the other; more than ``limit`` once above it."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]
