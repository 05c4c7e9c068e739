"""What ``xiansuo lexicon check`` and ``xiansuo lexicon show`` say."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.case import FINDING_DETECTORS
from nlp.detectors.stance import find_cues
from nlp.detectors.terms import find_terms
from nlp.errors import LexiconError
from nlp.lexicon import Lexicon, default_folder
from nlp.lexicon_files import read_folder
from nlp.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.analysis import Finding
    from nlp.lexicon_entries import Entry, LexiconFiles


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of a check: every problem of every file, and how much there is by group."""

    problems: tuple[LexiconError, ...]
    counts: dict[str, int]
    version: str


def check_lexicons(folder: Path | None = None, *, edited: Path | None = None) -> CheckReport:
    """Read a folder strictly, and, when it can be read, run every ``hit`` and ``miss`` example.

    ``edited`` is a file that stands in the place of the folder's of its name.
    """
    files = read_folder(folder or default_folder(), edited=edited)
    problems = list(files.errors) or list(check_examples(files.entries, Lexicon(files)))
    return CheckReport(tuple(problems), _counts(files), files.version)


def _counts(files: LexiconFiles) -> dict[str, int]:
    names = {"term": "", "cue": "cue/", "brand": ""}
    counts = Counter(
        "brand" if entry.kind == "brand" else names[entry.kind] + entry.group for entry in files.entries
    )
    counts["allowed"] = len(files.allowed)
    return dict(sorted(counts.items()))


def check_examples(entries: Iterable[Entry], lexicon: Lexicon) -> Iterator[LexiconError]:
    """An error for each ``hit`` sentence without a finding of its entry, each ``miss`` with one."""
    for entry in entries:
        for field, wanted in (("hit", True), ("miss", False)):
            for sentence in getattr(entry, field):
                if (entry.rule in rules_in(sentence, entry, lexicon)) is not wanted:
                    what = "is not found in" if wanted else "is found in"
                    message = f"{entry.term} {what} {sentence!r}"
                    yield LexiconError(message, path=entry.path, line=entry.line, field=field)


def rules_in(sentence: str, entry: Entry, lexicon: Lexicon) -> set[str]:
    """The rules that the entry's detector finds in a sentence."""
    find = find_cues if entry.kind == "cue" else find_terms
    return {finding.rule for finding in find(0, normalise(sentence), lexicon)}


def describe_entries(folder: Path | None, term: str = "") -> list[dict[str, object]]:
    """Entries that are the term, write it, or contain it, best first; without a term the counts."""
    files = read_folder(folder or default_folder())
    if files.errors:
        raise files.errors[0]
    if not term.strip():
        return [{"group": name, "entries": count} for name, count in _counts(files).items()]
    wanted = normalise(term.strip()).text
    ranked = [(_rank(entry, wanted), entry.rule, entry) for entry in files.entries]
    return [_described(entry) for rank, _, entry in sorted(ranked, key=lambda r: r[:2]) if rank <= _CONTAINED]


_CONTAINED = 2


def _rank(entry: Entry, wanted: str) -> int:
    forms = [normalise(form).text for form in entry.written]
    if wanted in forms:
        return 0 if forms[0] == wanted else 1
    return _CONTAINED if any(wanted in form for form in forms) else _CONTAINED + 1


def _described(entry: Entry) -> dict[str, object]:
    shown = {"rule": entry.rule, **asdict(entry)}
    shown["needs"] = ["+".join(item) for item in entry.needs]
    shown["path"] = f"{Path(entry.path).name}:{entry.line}"
    for name in ("line", "kind", "group", "category"):
        del shown[name]
    return {name: ", ".join(v) if isinstance(v, tuple | list) else v for name, v in shown.items()}


def explain(text: str, lexicon: Lexicon) -> tuple[Finding, ...]:
    """All findings of the lexicon in a text (terms, cues, look-alike hosts), ordered by span."""
    reading = normalise(text)
    found = [found for find in FINDING_DETECTORS for found in find(0, reading, lexicon)]
    return tuple(sorted(found, key=lambda f: (f.span.start, f.span.end, f.rule)))
