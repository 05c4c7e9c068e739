"""Measure the engine on labelled texts: what ``xiansuo eval FILE`` prints. Needs run-time packages only."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from nlp.analysis import CATEGORIES, STANCES
from nlp.training import measures
from nlp.training.evaluation import Confusion, Evaluation, Figure, as_text
from nlp.training.slices import slice_texts
from nlp.training.texts import Labelled, read_corpus, read_labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from nlp.analyse import Engine
    from nlp.analysis import Analysis

MOST_OF_A_HANDLE = 0.6
"""Share of a literal handle that a contact's or finding's span must cover to count as found."""
PRECISION_BAR = 0.97


def evaluate_file(path: Path, engine: Engine) -> Evaluation:
    """Measure on a JSONL file of labelled texts."""
    return evaluate_texts(read_labelled(path), engine)


def evaluate_texts(texts: Sequence[Labelled], engine: Engine) -> Evaluation:
    """Analyse texts and measure the verdicts."""
    return measure(texts, judge_texts(texts, engine))


def judge_texts(texts: Sequence[Labelled], engine: Engine) -> list[Analysis]:
    """The verdicts on texts, in their order."""
    from nlp.analyse import analyse_many

    return list(analyse_many((text.document for text in texts), engine))


def measure(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> Evaluation:
    """Measure verdicts against labels, row by row in the same order."""
    truth = np.array([text.lead for text in texts], bool)
    found = np.array([analysis.lead for analysis in analyses], bool)
    scores = np.array([analysis.score.probability for analysis in analyses], float)
    return Evaluation(
        texts=len(texts),
        leads=int(truth.sum()),
        figures=_figures(texts, analyses, truth, found, scores),
        stances=_stances(texts, truth, found),
        categories=_categories(texts, analyses),
        slices=slice_texts(texts, truth, found),
        reliability=_reliability(truth, scores),
        confusion=_confusion(texts, analyses),
        model=analyses[0].versions.model if analyses else "",
        lexicon=analyses[0].versions.lexicon if analyses else "",
    )


def _figure(count: int, compute: Callable[[NDArray[np.int64]], float]) -> Figure:
    low, high = measures.bootstrap(count, compute)
    return Figure(round(compute(np.arange(count)), 4), round(low, 4), round(high, 4), count)


def _figures(
    texts: Sequence[Labelled],
    analyses: Sequence[Analysis],
    truth: NDArray[np.bool_],
    found: NDArray[np.bool_],
    scores: NDArray[np.float64],
) -> dict[str, Figure]:
    count = len(texts)
    diverts = np.array([text.diversion for text in texts], bool)
    diverted = np.array([analysis.diversion for analysis in analyses], bool)
    handles = np.array(_handles_found(texts, analyses), float)
    quotes = np.array(_quotes_true(texts, analyses), float)
    return {
        "precision": _figure(count, lambda rows: measures.precision(truth[rows], found[rows])),
        "recall": _figure(count, lambda rows: measures.recall(truth[rows], found[rows])),
        "f1": _figure(count, lambda rows: measures.f1(truth[rows], found[rows])),
        "false_positive_rate": _figure(
            count, lambda rows: measures.false_positive_rate(truth[rows], found[rows])
        ),
        "auc": _figure(count, lambda rows: measures.auc(truth[rows], scores[rows])),
        "recall_at_precision_0.97": _figure(
            count, lambda rows: measures.recall_at_precision(truth[rows], scores[rows], least=PRECISION_BAR)
        ),
        "calibration_error": _figure(
            count, lambda rows: measures.calibration_error(truth[rows], scores[rows])
        ),
        "category_macro_f1": _figure(count, _macro_f1(texts, analyses)),
        "diversion_f1": _figure(count, lambda rows: measures.f1(diverts[rows], diverted[rows])),
        "handle_recall": _figure(
            len(handles), lambda rows: float(handles[rows].mean()) if len(rows) else 1.0
        ),
        "quotes_true": _figure(len(quotes), lambda rows: float(quotes[rows].mean()) if len(rows) else 1.0),
        "leads_with_reason": _figure(
            int(found.sum()), _share([bool(a.findings) for a in analyses if a.lead])
        ),
        "review": _figure(count, _share([analysis.review for analysis in analyses])),
    }


def _share(flags: Sequence[bool]) -> Callable[[NDArray[np.int64]], float]:
    values = np.array(flags, float)
    return lambda rows: float(values[rows].mean()) if len(rows) else 1.0


def _label_tables(
    texts: Sequence[Labelled], analyses: Sequence[Analysis]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Categories in truth and in the verdicts, texts × categories; of leads alone."""
    truth = np.array([[text.lead and name in text.categories for name in CATEGORIES] for text in texts], bool)
    found = np.array(
        [
            [text.lead and name in analysis.categories for name in CATEGORIES]
            for text, analysis in zip(texts, analyses, strict=True)
        ],
        bool,
    )
    return truth.reshape(-1, len(CATEGORIES)), found.reshape(-1, len(CATEGORIES))


def _categories(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> dict[str, Figure]:
    """F1 of each category that occurs, among leads."""
    truth, found = _label_tables(texts, analyses)
    leads = np.array([text.lead for text in texts], bool)
    truth, found = truth[leads], found[leads]
    return {
        name: _figure(len(truth), _column_f1(truth[:, at], found[:, at]))
        for at, name in enumerate(CATEGORIES)
        if truth[:, at].any()
    }


def _column_f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> Callable[[NDArray[np.int64]], float]:
    return lambda rows: measures.f1(truth[rows], found[rows])


def _confusion(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> Confusion:
    """How many texts of each stance (rows) got which stance (columns); promotion is what is called a lead."""
    counts = Counter((text.stance, verdict.stance) for text, verdict in zip(texts, analyses, strict=True))
    names = [name for name in STANCES if any(name in pair for pair in counts)]
    return Confusion(tuple(names), tuple(tuple(counts[label, found] for found in names) for label in names))


def _macro_f1(
    texts: Sequence[Labelled], analyses: Sequence[Analysis]
) -> Callable[[NDArray[np.int64]], float]:
    truth, found = _label_tables(texts, analyses)

    def compute(rows: NDArray[np.int64]) -> float:
        values = [
            measures.f1(truth[rows, at], found[rows, at])
            for at in range(len(CATEGORIES))
            if truth[rows, at].any()
        ]
        return float(np.mean(values)) if values else 1.0

    return compute


def _stances(
    texts: Sequence[Labelled], truth: NDArray[np.bool_], found: NDArray[np.bool_]
) -> dict[str, Figure]:
    out = {}
    for stance in sorted({text.stance for text in texts if not text.lead}):
        wrong = _share(
            [
                bool(hit)
                for text, hit in zip(texts, found, strict=True)
                if not text.lead and text.stance == stance
            ]
        )
        out[stance] = _figure(sum(not text.lead and text.stance == stance for text in texts), wrong)
    return out


def _reliability(
    truth: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[tuple[float, float, int], ...]:
    """Mean score, share of leads and count of each tenth."""
    bins = np.minimum((scores * measures.BINS).astype(int), measures.BINS - 1)
    return tuple(
        (round(float(scores[rows].mean()), 4), round(float(truth[rows].mean()), 4), int(rows.sum()))
        for number in range(measures.BINS)
        if (rows := bins == number).any()
    )


def _handles_found(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> list[bool]:
    """For each literal handle that stands in its text: whether a contact or finding covers most of it."""
    out = []
    for text, analysis in zip(texts, analyses, strict=True):
        spans = [contact.span for contact in analysis.contacts]
        spans += [finding.span for finding in analysis.findings if finding.rule.startswith("contact/")]
        for handle in text.handles:
            start = text.text.find(handle)
            if not handle or start < 0:
                continue
            end = start + len(handle)
            covered = max((min(end, span.end) - max(start, span.start) for span in spans), default=0)
            out.append(covered >= MOST_OF_A_HANDLE * len(handle))
    return out


def _quotes_true(texts: Sequence[Labelled], analyses: Sequence[Analysis]) -> list[bool]:
    """For each quote of a verdict: whether it stands in the source at its offsets."""
    out = []
    for text, analysis in zip(texts, analyses, strict=True):
        quotes = [(contact.raw, contact.span) for contact in analysis.contacts]
        quotes += [(finding.matched, finding.span) for finding in analysis.findings]
        out += [text.text[span.start : span.end] == quote and span.block == 0 for quote, span in quotes]
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: measure on files, or on the held-out texts of the corpus."""
    from nlp.analyse import load_engine
    from nlp.settings import DetectionSettings

    parser = argparse.ArgumentParser(description="Measure the model on labelled texts.")
    parser.add_argument("files", nargs="*", type=Path, help="JSONL files; none: the held-out made-up texts")
    parser.add_argument("--model", default="xiansuo_zh", help="name or folder of the model")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    texts = [text for path in options.files for text in read_labelled(path)] or read_corpus(held_out=True)
    evaluation = evaluate_texts(texts, load_engine(DetectionSettings(model=options.model)))
    print(msgspec.json.encode(evaluation).decode() if options.json else as_text(evaluation))


if __name__ == "__main__":
    main()
