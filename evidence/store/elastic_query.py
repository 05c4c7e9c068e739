"""The query tree as an Elasticsearch query, and the texts it is put to.

Built-in analyzers only: texts are cut here and joined with blanks for the whitespace analyzer. ``units``
holds words and single characters, ``grams`` every pair of neighbouring characters. A phrase of either means
that the units or characters stand there one after the other, so every answer is exact.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, Any

from evidence.store.index_document import keyword_keys
from evidence.store.query_tree import And, Everything, Keyword, Not, Or, Range, Text
from evidence.store.terms import TOKEN_LIMIT, Spelling, is_word, term, units

if TYPE_CHECKING:
    from evidence.store.protocol import Sort
    from evidence.store.query_tree import Node

Clause = dict[str, Any]

# Stands where white space keeps two words apart; private use, so no text means anything by it.
_GAP = "\ue000"
# A phrase whose last word is a prefix is expanded to this many words at most.
_MOST_EXPANSIONS = 50_000

SORTS: dict[Sort, list[dict[str, str]]] = {
    "relevance": [{"_score": "desc"}, {"score": "desc"}, {"id": "asc"}],
    "newest": [{"seen": "desc"}, {"id": "asc"}],
    "oldest": [{"seen": "asc"}, {"id": "asc"}],
    "score": [{"score": "desc"}, {"id": "asc"}],
}


def unit_tokens(text: str) -> str:
    """Words and single characters of a text, joined with blanks."""
    return " ".join(unit[:TOKEN_LIMIT] for unit in units(text))


def gram_tokens(text: str) -> str:
    """Pairs of neighbouring characters of a text without its idle white space, joined with blanks."""
    squeezed = _squeezed(text)
    return " ".join(map(add, squeezed, squeezed[1:]))


def clause(node: Node) -> Clause:
    """The query clause of a tree."""
    match node:
        case Everything():
            return {"match_all": {"boost": 0}}
        case Text(value, prefix):
            return _any([_spelled(spelling) for spelling in term(value, prefix=prefix)])
        case Keyword(name, value, prefix):
            kind = "prefix" if prefix else "term"
            return _unscored(_any([{kind: {f"field.{name}": key}} for key in keyword_keys(name, value)]))
        case Range():
            return _unscored(_range(node))
        case Not(part):
            return {"bool": {"must_not": [clause(part)], "filter": [{"match_all": {}}]}}
        case And(parts):
            return {"bool": {"must": [clause(part) for part in parts]}}
        case Or(parts):
            return _any([clause(part) for part in parts])


def _spelled(spelling: Spelling) -> Clause:
    parts = units(spelling.text)
    if spelling.loose:
        if len(parts) == 1:
            return {"term": {"units": parts[0]}}
        return _phrase("grams", gram_tokens(spelling.text))
    cut = unit_tokens(spelling.text)
    if not spelling.prefix or not is_word(parts[-1]):
        return _phrase("units", cut)
    if len(parts) == 1:
        return {"prefix": {"units": cut}}
    return {"match_phrase_prefix": {"units": {"query": cut, "max_expansions": _MOST_EXPANSIONS}}}


def _phrase(name: str, tokens: str) -> Clause:
    return {"match_phrase": {name: tokens}} if " " in tokens else {"term": {name: tokens}}


def _range(node: Range) -> Clause:
    bounds: dict[str, float] = {}
    if node.low is not None:
        bounds["gt" if node.low_open else "gte"] = node.low
    if node.high is not None:
        bounds["lt" if node.high_open else "lte"] = node.high
    return {"range": {node.field: bounds}}


def _any(clauses: list[Clause]) -> Clause:
    if not clauses:
        return {"match_none": {}}
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}


def _unscored(inner: Clause) -> Clause:
    return {"bool": {"filter": [inner]}}


def _squeezed(text: str) -> str:
    """The text without white space, but for a mark between two words."""
    pieces: list[str] = []
    after_word = False
    for unit in units(text):
        word = is_word(unit)
        pieces += [_GAP, unit] if word and after_word else [unit]
        after_word = word
    return "".join(pieces)
