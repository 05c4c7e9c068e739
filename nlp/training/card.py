"""Write the model card: ``python -m nlp.training.card FILE...`` measures on files and held-out texts."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.analyse import MODELS, load_engine
from nlp.settings import DetectionSettings
from nlp.training.evaluate import evaluate_texts
from nlp.training.robustness import as_table, measure_attacks
from nlp.training.texts import read_corpus, read_labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.training.evaluation import Evaluation
    from nlp.training.robustness import Robustness

NOTES = Path(__file__).parent / "card.md"
"""The part of the card that people write: use, training, known failures."""


def render_card(
    meta: dict[str, Any], measured: dict[str, Evaluation], attacked: dict[str, Robustness], notes: str
) -> str:
    """The card's text."""
    corpus, operating = meta["corpus"], meta["operating"]
    files = ", ".join(f"{name} {count}" for name, count in corpus["files"].items())
    lines = [
        "# xiansuo_zh",
        "",
        f"Version {meta['version']}, weights {meta['digest']}, trained {meta['trained_on']} with lexicon "
        f"{meta['lexicon']}, spaCy {meta['spacy_version']}.",
        f"Corpus: {corpus['texts']} texts ({files}), digest `{corpus['digest'][:16]}`.",
        f"A text is a lead from probability {operating['threshold']}; from {operating['review'][0]} to "
        f"{operating['review'][1]} it wants a second look.",
        "",
        "| out-of-source folds | texts | precision | recall | AUC | false positives |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {fold['texts']} | {fold['precision']:.3f} | {fold['recall']:.3f} | {fold['auc']:.3f} |"
        f" {fold['false_positive_rate']:.3f} |"
        for name, fold in meta["folds"].items()
    ]
    for name, evaluation in measured.items():
        lines += ["", *_table(name, evaluation)]
    lines += [
        "",
        "## Disguised texts",
        "",
        "`xiansuo eval FILE --attacks` writes such a table of any labelled texts;",
    ]
    lines += ["`python -m nlp.training.robustness` the one of the held-out texts. Changes are in points."]
    for name, robustness in attacked.items():
        lines += ["", f"On {name}:", "", as_table(robustness)]
    return "\n".join([*lines, "", notes.strip(), ""])


def _table(name: str, evaluation: Evaluation) -> list[str]:
    head = [
        f"| {name}: {evaluation.texts} texts, {evaluation.leads} leads | value | 95 % interval | n |",
        "|---|---|---|---|",
    ]
    every = {label.replace("_", " "): figure for label, figure in evaluation.figures.items()}
    every |= {f"false positives: {stance}": figure for stance, figure in evaluation.stances.items()}
    every |= {f"F1 {category}": figure for category, figure in evaluation.categories.items()}
    rows = [
        f"| {label} | {figure.value:.3f} | {figure.low:.3f} to {figure.high:.3f} | {figure.count} |"
        for label, figure in every.items()
    ]
    return head + rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the model card.")
    parser.add_argument("files", nargs="*", type=Path, help="labelled texts to measure on as well")
    parser.add_argument("--model", type=Path, default=MODELS / "xiansuo_zh", help="folder of the model")
    options = parser.parse_args(arguments)
    engine = load_engine(DetectionSettings(model=str(options.model)))
    texts = {path.stem: read_labelled(path) for path in options.files}
    texts["held-out made-up texts"] = read_corpus(held_out=True)
    measured = {name: evaluate_texts(some, engine) for name, some in texts.items()}
    attacked = {name: measure_attacks(some, engine) for name, some in texts.items()}
    meta = json.loads((options.model / "meta.json").read_text("utf-8"))
    card = render_card(meta, measured, attacked, NOTES.read_text("utf-8"))
    (options.model / "README.md").write_text(card, "utf-8")


if __name__ == "__main__":
    main()
