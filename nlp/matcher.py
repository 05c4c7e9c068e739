"""One pass over a text for many words at once: a double-array Aho-Corasick automaton that never raises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")


class Matcher:
    """Finds every occurrence of every pattern, overlapping ones too: the hits of a naive ``in`` loop.

    Patterns are non-empty strings; the same one may stand twice. Hits are ``(start, end, pattern number)``
    in code points, ordered by end.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        # The library is compiled code that few commands need.
        from daachorse import CharwiseDoubleArrayAhoCorasick

        self._numbers: list[list[int]] = []
        seen: dict[str, int] = {}
        for number, pattern in enumerate(patterns):
            if _SURROGATE.search(pattern):
                continue  # such a pattern could only match a broken text
            if pattern not in seen:
                seen[pattern] = len(self._numbers)
                self._numbers.append([])
            self._numbers[seen[pattern]].append(number)
        self._plain = len(self._numbers) == len(patterns)
        self._automaton: Any = CharwiseDoubleArrayAhoCorasick(list(seen)) if seen else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """All hits in ``text``. A lone surrogate matches nothing."""
        if self._automaton is None or not text:
            return []
        try:
            hits: list[tuple[int, int, int]] = self._automaton.find_overlapping(text)
        except UnicodeEncodeError:
            hits = self._automaton.find_overlapping(_SURROGATE.sub("\ufffd", text))
        if self._plain:
            return hits
        return [(start, end, number) for start, end, group in hits for number in self._numbers[group]]
