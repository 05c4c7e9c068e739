"""``scan --explain``: what a verdict rests on, for tables and for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli.output import plain, say
from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from nlp.analysis import Analysis
    from nlp.settings import DetectionSettings
    from nlp.similar import CaseIndex, SimilarCase
    from workers.judge import Judged

DIGITS = 2
QUOTE = 80
AROUND = 16
"""Characters shown before and after the words that decided."""


class Explainer:
    """Explains verdicts; without an index of training cases, all but those."""

    def __init__(self, cases: CaseIndex | None) -> None:
        self.cases = cases

    def verdict(self, judged: Judged) -> dict[str, object]:
        """The verdict with its explanation."""
        from workers.verdict import verdict_of

        return verdict_of(judged, explain=True, similar=self._similar(judged))

    def add_rows(self, rows: Table, judged: Judged) -> None:
        """Add the explanation below the verdict in a table."""
        analysis = judged.analysis
        if analysis is None:
            return
        score = analysis.score
        parts = sorted(score.contributions, key=lambda part: -part.value)
        shown = [*round_summands([part.value for part in parts]), round(score.log_odds, DIGITS)]
        names = [*(part.name for part in parts), t("explain.sum", chance=score.probability)]
        apart = [*(t("table.against") if part.value < 0 else "" for part in parts), ""]
        for value, name, side in zip(shown, names, apart, strict=True):
            rows.add_row("", f"{value:+.{DIGITS}f}", "", side, plain(name), "")
        rows.add_row("", "", "", "", _deciding(judged, analysis), "")
        if judged.basis:
            rows.add_row("", "", "", "", t("explain.basis", basis=plain(" ".join(judged.basis), 200)), "")
        for case in self._similar(judged):
            kinds = " ".join(t(f"category.{category}") for category in case.categories)
            stance = t("explain.lead") if case.lead else t(f"stance.{case.stance}")
            rows.add_row("", f"{case.similarity:.2f}", kinds, stance, _case(case), "")

    def _similar(self, judged: Judged) -> Sequence[SimilarCase]:
        from nlp.similar import similar_cases

        if self.cases is None or judged.analysis is None or judged.item.document is None:
            return ()
        return similar_cases(judged.item.document, judged.analysis, self.cases)


def open_explainer(settings: DetectionSettings) -> Explainer:
    """An explainer for the model of the settings; says why where there are no training cases to show."""
    from nlp.analyse import model_folder
    from nlp.errors import ModelError
    from nlp.similar import load_cases

    try:
        return Explainer(load_cases(model_folder(settings)))
    except ModelError as error:
        say(t("explain.none", reason=error))
        return Explainer(None)


def round_summands(values: Sequence[float], digits: int = DIGITS) -> list[float]:
    """Values rounded so that they add up to their rounded sum."""
    out, exact, given = [], 0.0, 0.0
    for value in values:
        exact += value
        out.append(round(round(exact, digits) - given, digits))
        given += out[-1]
    return out


def _deciding(judged: Judged, analysis: Analysis) -> str:
    from nlp.explain import deciding_finding

    found, document = deciding_finding(analysis), judged.item.document
    number = found.span.block if found else analysis.block
    if document is None or not 0 <= number < len(document.blocks):
        return t("explain.block", number=number, kind="-", quote="-")
    block = document.blocks[number]
    if found is None:
        return t("explain.block", number=number, kind=block.kind, quote=plain(block.text, QUOTE))
    before, after = block.text[: found.span.start][-AROUND:], block.text[found.span.end :][:AROUND]
    quote = f"{plain(before)}【{plain(found.matched)}】{plain(after)}"
    return t("explain.block", number=number, kind=block.kind, quote=quote)


def _case(case: SimilarCase) -> str:
    text = case.text or t("explain.public", repo=case.repo, path=case.path, start=case.start, end=case.end)
    return t("explain.similar", id=plain(case.id), text=plain(text, QUOTE))
