"""How words of a report are shown, whatever the form: marks, hidden characters by name, what is not known."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.report.model import NOT_RECORDED, Lang
from evidence.report.runs import runs, strongest
from evidence.report.texts import table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.report.model import LeadReport, Moment, Quote, Report, Text

_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
# no XML document may hold these two
_NONCHARACTERS = ("\ufffe", "\uffff")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a quote. ``kind`` is empty where nothing is marked, ``rules`` what the marks stand for."""

    text: str
    kind: str
    rules: str


def spelled(value: str) -> Iterator[tuple[str, bool]]:
    """The characters of a text, those that do not show (text direction, zero width) by code and flagged."""
    for char in value:
        hidden = unicodedata.category(char) in _UNSHOWN or char in _NONCHARACTERS
        if hidden and char not in "\n\t":
            yield f"U+{ord(char):04X}", True
        else:
            yield char, False


def plain(value: object) -> str:
    """A text as plain text: characters that do not show stand by their code in brackets."""
    return "".join(f"[{char}]" if hidden else char for char, hidden in spelled(str(value)))


def pieces(quote: Quote) -> Iterator[Piece]:
    """A quote cut at its marks; where marks overlap, the strongest kind counts."""
    for start, end, over in runs(quote.marks, len(quote.text)):
        yield Piece(quote.text[start:end], strongest(over), ", ".join(mark.rule for mark in over))


def readings(quote: Quote) -> tuple[tuple[str, str], ...]:
    """What words of a quote were read as, where that is something else: each pair once, cues left out.

    Cues (who speaks, and how) tell how a quote was weighed and not what it offers.
    """
    pairs = (
        (quote.text[mark.start : mark.end], mark.normal)
        for mark in quote.marks
        if not mark.rule.startswith("cue/")
    )
    return tuple(dict.fromkeys(pair for pair in pairs if pair[1] and pair[0] != pair[1]))


def counters(quote: Quote) -> tuple[str, ...]:
    """Words of a quote that speak against the lead, each once."""
    words = (quote.text[mark.start : mark.end] for mark in quote.marks if mark.kind == "counter")
    return tuple(dict.fromkeys(words))


@dataclass(frozen=True, slots=True)
class Speech:
    """One language of a report, for forms that are written in one."""

    lang: Lang

    def __call__(self, words: Text) -> str:
        return words.zh if self.lang == "zh" else words.en

    def code(self, group: str, code: str) -> str:
        """The words of a code, as plain text."""
        return plain(self(text(group, code)))

    def label(self, name: str) -> str:
        """A label."""
        return self.code("labels", name)

    def value(self, value: str) -> str:
        """What was found, or the words for its not having been found or recorded."""
        return self.code("values", value) if value in table()["values"] else plain(value)

    def moment(self, at: Moment) -> str:
        """Beijing time with UTC beside it."""
        if at.beijing == NOT_RECORDED:
            return self.value(at.utc)
        return f"{at.beijing} ({self.label('beijing')}; {at.utc})"

    def yes(self, flag: bool) -> str:
        """Yes or no."""
        return self.label("yes" if flag else "no")

    def subject(self, lead: LeadReport) -> str:
        """Whom a lead is about; a text has no name but its title, its value being a digest."""
        titled = lead.subject.kind == "text" and lead.case.title
        named = f"“{lead.case.title}”" if titled else lead.subject.value
        return f"{self.code('subjects', lead.subject.kind)} · {plain(named)}"

    def reviewers(self, lead: LeadReport) -> str:
        """Who reviewed, and whether somebody among them was only named."""
        names = plain(", ".join(lead.review.reviewers)) or self.label("no_steps")
        known = all(step.identified for step in lead.review.steps)
        return names if known else f"{names} ({self.label('unidentified')})"


def speech_of(report: Report, lang: Lang | None = None) -> Speech:
    """The language asked for, else the report's own."""
    return Speech(lang or report.lang)
