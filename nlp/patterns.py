"""What the automata of a lexicon look for, and what a hit means.

Several lists of patterns are read in one pass: a text is walked through once, whatever is looked for in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nlp.lexicon_entries import Entry
from nlp.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlp.normalise import Normalised
    from nlp.offsets import Channel

GAP_WIDTH = 30
NO_GROUPS: frozenset[str] = frozenset()
_SENTENCE_ENDS = "。！？!?；;\n"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One string the automaton looks for and what a hit of it means.

    ``rest`` are the parts that must follow within a gap; ``gives`` are the context groups it stands for.
    ``heard`` is the written word of a pattern that is a sound. The last four follow from the others.
    """

    text: str
    entry: Entry | None = None
    rest: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    allow: bool = False
    rule: str = ""
    heard: str = ""
    group: str = field(init=False, repr=False, compare=False)
    settled: bool = field(init=False, repr=False, compare=False)
    asks: frozenset[str] = field(init=False, repr=False, compare=False)
    latin: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive what every hit is asked for: category, whether context matters, which, and the edges."""
        entry = self.entry
        edges = [part[at] for part in (self.text, *self.rest) for at in (0, -1)]
        derived = {
            "group": self.rule.partition("/")[0],
            "settled": entry is not None and not (entry.needs or entry.unless),
            "asks": frozenset(chain(entry.unless, *entry.needs)) if entry is not None else NO_GROUPS,
            # a hit may cut a Latin word or a number in two
            "latin": any(char.isascii() and char.isalnum() for char in edges),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


TermMatch = tuple[int, int, Pattern]
"""A word of the lexicon at ``[start, end)`` of the text that was given, whatever stands around it."""


Found = tuple[list[TermMatch], ...]
"""The hits of each list of patterns, ordered by their end."""


class Scanner:
    """One automaton over several lists of patterns.

    ``spelling`` is what is read of a text. What was found in a text is kept as long as the text: several
    detectors ask for it.
    """

    def __init__(self, lists: Sequence[Sequence[Pattern]], spelling: Callable[[Normalised], str]) -> None:
        alike: dict[str, list[list[Pattern]]] = {}
        for number, patterns in enumerate(lists):
            for pattern in patterns:
                alike.setdefault(pattern.text, [[] for _ in lists])[number].append(pattern)
        self._size = len(lists)
        self._meanings = [
            [(number, all(map(_bare, same)), same) for number, same in enumerate(row) if same]
            for row in alike.values()
        ]
        self._matcher = Matcher(list(alike))
        self._spelling = spelling
        self._kept: WeakKeyDictionary[Normalised, Found] = WeakKeyDictionary()
        self._kept_apart: WeakKeyDictionary[Normalised, Found] = WeakKeyDictionary()

    def read(self, text: Normalised) -> Found:
        """Hits in a spelling of a text, as :meth:`find` gives them."""
        found = self._kept.get(text)
        if found is None:
            found = self._kept[text] = self.find(self._spelling(text))
        return found

    def find(self, text: str) -> Found:
        """Hits that begin and end at word boundaries and whose ``rest`` follows, for each list."""
        found: Found = tuple([] for _ in range(self._size))
        for start, end, word in self._matcher.find(text):
            for number, bare, patterns in self._meanings[word]:
                if bare:
                    for pattern in patterns:
                        found[number].append((start, end, pattern))
                    continue
                for pattern in patterns:
                    last = _follow(text, end, pattern.rest) if pattern.rest else end
                    if last and (_bare(pattern) or at_boundaries(text, start, last)):
                        found[number].append((start, last, pattern))
        return found

    def read_apart(self, text: Normalised) -> Found:
        """Words of the squeezed spelling that the source does not hold letter by letter, in its offsets.

        Only words of one part are looked for; at least two characters.
        """
        found = self._kept_apart.get(text)
        if found is None:
            found = self._kept_apart[text] = self._find_apart(text.squeezed)
        return found

    def _find_apart(self, channel: Channel) -> Found:
        found: Found = tuple([] for _ in range(self._size))
        starts, ends = channel.starts, channel.ends
        if starts is None or ends is None:
            return found
        for start, end, word in self._matcher.find(channel.text):
            first, last = starts[start], ends[end - 1]
            if last - first > end - start > 1:
                for number, _, patterns in self._meanings[word]:
                    found[number].extend((first, last, pattern) for pattern in patterns if not pattern.rest)
        return found


def _bare(pattern: Pattern) -> bool:
    """Whether a hit counts whatever stands at its edges."""
    return not pattern.latin and not pattern.rest


def at_boundaries(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` does not cut a Latin word or a number in two."""
    if start > 0 and _joined(text[start - 1], text[start]):
        return False
    return end >= len(text) or not _joined(text[end - 1], text[end])


def _joined(left: str, right: str) -> bool:
    # A letter after a digit starts a new word: people write 100u and 5000usdt.
    if not (left.isascii() and right.isascii()):
        return False
    if right.isalpha():
        return left.isalpha() or left == "_"
    if right.isdigit():
        return left.isdigit()
    return right == "_" and left.isalpha()


def _follow(text: str, end: int, rest: tuple[str, ...]) -> int:
    """The end of the last part when all follow in order within the gap and the sentence, else 0."""
    for part in rest:
        at = text.find(part, end, end + GAP_WIDTH + len(part))
        if at < 0 or any(mark in text[end:at] for mark in _SENTENCE_ENDS):
            return 0
        end = at + len(part)
    return end
