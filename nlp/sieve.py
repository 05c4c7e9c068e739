"""The sieve: which pieces of a document are worth the full analysis. Most pages have none.

A piece stirs when the quick model says so, when an unambiguous word of the lexicon stands in it, written or
by its sound, or when its characters are set apart one by one. All pieces of a batch are looked at together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from nlp.detectors.app_names import lures_of
from nlp.kinds import codes_of, kinds_of, text_of
from nlp.matcher import Matcher
from nlp.ngrams import symbols_of
from nlp.normalise import normalise
from nlp.patterns import at_boundaries
from nlp.pieces import cut_pieces, seen_of, take_excerpt
from nlp.sound import sounds
from nlp.squeeze import CHAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crawler.document import Document
    from nlp.lexicon import Lexicon
    from nlp.mend import Mender
    from nlp.patterns import Pattern
    from nlp.pieces import Excerpt, Piece
    from nlp.quick import Quick

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MARKED = 1000.0
"""Added to what stirs whatever the quick model says, so that of many such pieces the likeliest are read."""
AT_ONCE = 24_000
"""Characters that are looked at in one pass: the arrays of a pass stay in the processor's cache."""
SHORT = 80
"""A neighbour of up to this many characters is read with a piece that stirs: a heading, a cell."""
MOST_READ = 400
"""Pieces of one document that are read in full, the likeliest ones: about 96,000 characters."""
SET_APART = re.compile(b"h[^hn]{1,3}h[^hn]{1,3}h[^hn]{1,3}h")
"""Where a word may be taken apart; ``nlp.squeeze.CHAIN`` tells whether it is."""
POST = 1_920
"""Characters of a document that may be somebody's post: there whatever may be a handle is read, not only
beside what stirs. Pages are full of numbers and names that are nobody's handle."""
EASE = 1.0
"""Log-odds that a piece of a post may lie under the limit: posts are short, and all they say is little."""
LETTER = "[A-Za-z\u0130\u0131\u017f\u212a]"
"""A letter, or what lower case makes one."""
HANDLE = re.compile(
    rf"[0-9@:{LETTER[1:]}(?:(?<=@)|(?<=[0-9])[0-9]{{4}}|(?<=:)//|(?<=[Ww])[Ww]{{2}}"
    rf"|(?<={LETTER})(?:{LETTER}{{4}}|[-_.]?[0-9]{{3}}))"
)
"""What may be a handle, a number, a code or a link. It begins with a class, which is scanned fast."""
LISTING = re.compile("[,、]")
IN_DATES = 2
"""Times that one digit may stand between characters: the eighth of August."""


class Sieve:
    """Built once from the quick model and the lexicon."""

    def __init__(self, quick: Quick, lexicon: Lexicon, mender: Mender) -> None:
        self._quick, self._lexicon, self.mender = quick, lexicon, mender
        self._written = _matcher(lexicon.terms)
        self._heard = _matcher(lexicon.sounds)

    def sift(self, documents: Sequence[Document]) -> list[Excerpt | None]:
        """What to read in full of each document; None where nothing stirs."""
        pieces = [cut_pieces(document) for document in documents]
        texts = [
            seen_of(document.blocks[piece.block].text, piece)
            for document, row in zip(documents, pieces, strict=True)
            for piece in row
        ]
        ranks = self.ranks(texts)
        bounds = [0, *accumulate(map(len, pieces))]
        out = []
        for number, (document, row) in enumerate(zip(documents, pieces, strict=True)):
            mine = slice(bounds[number], bounds[number + 1])
            for lure in lures_of(document, self._lexicon) if row else ():
                for at in (lure.span.start, lure.span.end - 1):
                    ranks[mine.start + _piece_at(row, lure.span.block, at)] += MARKED
            stirred = self._stirred(texts[mine], ranks[mine])
            unread = max(len(stirred) - MOST_READ, 0)
            if unread:
                stirred = _likeliest(np.array(stirred), ranks[mine])
            kept = _with_neighbours(row, stirred)
            partial = len(kept) < len(row)
            out.append(take_excerpt(document, kept, partial=partial, unread=unread) if kept else None)
        return out

    def _stirred(self, texts: Sequence[str], ranks: Floats) -> list[int]:
        """Numbers of a document's pieces that stir.

        In a post less is needed, and what may be a handle stirs, and what nobody would spell so by chance.
        """
        post = sum(map(len, texts)) <= POST
        limit = self._quick.limit - EASE * post
        return [
            number
            for number, rank in enumerate(ranks.tolist())
            if rank >= limit or (post and (HANDLE.search(texts[number]) or self.mender.is_odd(texts[number])))
        ]

    def ranks(self, texts: Sequence[str]) -> Floats:
        """Log-odds of the quick model for each text, plus ``MARKED`` where a word or a spelling tells."""
        out = np.full(len(texts), -np.inf)
        for first, beyond in passes([len(text) for text in texts]):
            out[first:beyond] = self._pass(texts[first:beyond])
        return out

    def _pass(self, texts: Sequence[str]) -> Floats:
        """The ranks of texts that fit into one pass."""
        normalised = normalise("\n".join(texts))
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(lengths + 1) - 1
        starts, ends = normalised.channel.positions(ends - lengths), normalised.channel.positions(ends)
        plain = normalised.text
        ranks = self._quick.odds(symbols_of(plain), starts, ends)
        heard = text_of(sounds().usual.take(codes_of(plain), mode="clip"))
        found = [
            *_hits(self._written, plain),
            *_hits(self._heard, heard),
            *(
                place.start()
                for place in SET_APART.finditer(kinds_of(plain))
                if _taken_apart(plain, *place.span())
            ),
        ]
        if found:
            marked = np.unique(np.searchsorted(starts, np.array(found, np.int64), "right") - 1)
            ranks[marked] += MARKED
        return ranks


def _likeliest(stirred: Ints, ranks: Floats) -> list[int]:
    """Of too many pieces half by the words too, half by the model alone: neither may crowd the other out."""
    half, ranked = MOST_READ // 2, ranks[stirred]
    marked = np.argsort(-ranked, kind="stable")[:half]
    likely = np.argsort(-np.where(ranked > MARKED / 2, ranked - MARKED, ranked), kind="stable")[:half]
    kept: list[int] = stirred[np.union1d(marked, likely)].tolist()
    return kept


def _with_neighbours(pieces: Sequence[Piece], stirred: Sequence[int]) -> list[Piece]:
    """Pieces that stirred, with their short neighbours and the first piece, which often is the title."""
    if not stirred:
        return []
    kept = {0, *stirred}
    for number in stirred:
        for other in (number - 1, number + 1):
            if 0 <= other < len(pieces) and pieces[other].end - pieces[other].start <= SHORT:
                kept.add(other)
    return [pieces[number] for number in sorted(kept)]


def _piece_at(pieces: Sequence[Piece], block: int, offset: int) -> int:
    """Number of the piece that holds a place of the source."""
    return max(bisect_right(pieces, (block, offset), key=_place_of) - 1, 0)


def _place_of(piece: Piece) -> tuple[int, int]:
    return piece.block, piece.start


def _matcher(patterns: Sequence[Pattern]) -> Matcher:
    """An automaton over the patterns that count whatever stands around them."""
    return Matcher(
        [
            pattern.text
            for pattern in patterns
            if pattern.entry is not None and not (pattern.entry.needs or pattern.entry.unless or pattern.rest)
        ]
    )


def _hits(matcher: Matcher, text: str) -> Iterator[int]:
    for start, end, _ in matcher.find(text):
        if not (text[start].isascii() or text[end - 1].isascii()) or at_boundaries(text, start, end):
            yield start


def _taken_apart(text: str, start: int, end: int) -> bool:
    """Whether one and the same mark stands between characters; commas do so in lists, digits in dates."""
    chain = CHAIN.search(text, start, end)
    if chain is None or LISTING.search(chain["mark"]):
        return False
    return not chain["mark"].isdigit() or chain[0].count(chain["mark"]) > IN_DATES


def passes(lengths: Sequence[int], *, size: int = AT_ONCE) -> Iterator[tuple[int, int]]:
    """Ranges of texts of about ``size`` characters together, given their lengths."""
    first, read = 0, 0
    for number, length in enumerate(lengths):
        read += length + 1
        if read >= size:
            yield first, number + 1
            first, read = number + 1, 0
    if first < len(lengths):
        yield first, len(lengths)
