"""The quality gate: measure the shipped model on the held-out made-up texts against floors.

``python -m tests.eval.gate`` fails when a figure is under its floor or the texts changed since the baseline.
``--update`` writes a new baseline; a floor only sinks with ``--lower REASON``, which is kept in the file.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nlp.analyse import load_engine
from nlp.settings import DetectionSettings
from nlp.training.evaluate import evaluate_texts
from nlp.training.texts import digest_of, read_corpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.training.evaluation import Evaluation

BASELINE = Path(__file__).parent / "baseline.json"
FLOORS = ("precision", "recall", "auc", "category_macro_f1", "diversion_f1", "handle_recall", "quotes_true")
CEILINGS = ("false_positive_rate",)
MARGIN = 0.01
"""How far under what was measured a floor is set, but for what must be exact."""
EXACT = frozenset({"quotes_true"})


@dataclass(frozen=True, slots=True)
class Baseline:
    """Floors and ceilings, and the texts they hold for. ``lowered`` keeps the reason of each sunk floor."""

    digest: str
    texts: int
    leads: int
    floors: dict[str, float]
    ceilings: dict[str, float]
    lowered: tuple[str, ...] = ()


def read_baseline(path: Path = BASELINE) -> Baseline:
    """The committed baseline."""
    return msgspec.json.decode(path.read_bytes(), type=Baseline)


def measure_held_out() -> tuple[Evaluation, str]:
    """Figures on the held-out texts, and the digest of these."""
    texts = read_corpus(held_out=True)
    return evaluate_texts(texts, load_engine(DetectionSettings())), digest_of(texts)


def find_faults(evaluation: Evaluation, digest: str, baseline: Baseline) -> list[str]:
    """What is wrong, one sentence each; empty when the gate is passed."""
    faults = []
    if digest != baseline.digest:
        faults.append("the held-out texts changed: measure again and write a new baseline with --update")
    for name, floor in baseline.floors.items():
        value = evaluation.figures[name].value
        if value < floor:
            faults.append(f"{name} is {value:.4f}, under its floor of {floor:.4f}")
    for name, ceiling in baseline.ceilings.items():
        value = evaluation.figures[name].value
        if value > ceiling:
            faults.append(f"{name} is {value:.4f}, over its ceiling of {ceiling:.4f}")
    return faults


def next_baseline(evaluation: Evaluation, digest: str, old: Baseline | None, *, reason: str = "") -> Baseline:
    """A baseline for what was measured. On the same texts no floor sinks without a reason."""
    floors = {
        name: round(evaluation.figures[name].value - (0 if name in EXACT else MARGIN), 4) for name in FLOORS
    }
    ceilings = {name: round(evaluation.figures[name].value + MARGIN, 4) for name in CEILINGS}
    if old and old.digest == digest and not reason:
        floors = {name: max(value, old.floors.get(name, value)) for name, value in floors.items()}
        ceilings = {name: min(value, old.ceilings.get(name, value)) for name, value in ceilings.items()}
    lowered = (*(old.lowered if old else ()), *((reason,) if reason else ()))
    return Baseline(digest, evaluation.texts, evaluation.leads, floors, ceilings, lowered)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the gate; the exit code is 1 when it fails."""
    parser = argparse.ArgumentParser(description="Quality gate on the held-out texts.")
    parser.add_argument("--update", action="store_true", help="write a new baseline")
    parser.add_argument("--lower", default="", metavar="REASON", help="let floors sink, and say why")
    options = parser.parse_args(arguments)
    evaluation, digest = measure_held_out()
    if options.update or options.lower:
        old = read_baseline() if BASELINE.is_file() else None
        new = next_baseline(evaluation, digest, old, reason=options.lower)
        BASELINE.write_bytes(msgspec.json.format(msgspec.json.encode(new), indent=2) + b"\n")
        return 0
    faults = find_faults(evaluation, digest, read_baseline())
    for fault in faults:
        print(f"gate: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
