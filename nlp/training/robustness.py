"""Measure verdicts on disguised texts: ``xiansuo eval FILE --attacks``; this module: the held-out texts."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from nlp.training.attacks import ATTACKS
from nlp.training.texts import Labelled, read_corpus, read_labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nlp.analyse import Engine
    from nlp.training.attacks import Attack

SEED = 20260206
CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Attacked:
    """Counts under one attack. ``changed`` ones are the leads and non-leads that differ from the clean text.

    ``drop`` is recall lost and ``rise`` false-positive rate gained against the clean texts, as shares."""

    name: str
    changed: tuple[int, int]
    found: int
    recall: float
    drop: float
    flagged: int
    false_positive_rate: float
    rise: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """Every attack on the same texts at the engine's threshold; the first row is clean."""

    texts: int
    leads: int
    seed: int
    model: str
    lexicon: str
    rows: tuple[Attacked, ...]

    @property
    def mean_drop(self) -> float:
        """Recall lost, averaged over attacks."""
        drops = [row.drop for row in self.rows if row.name != CLEAN]
        return sum(drops) / len(drops) if drops else 0.0


def attack_texts(texts: Sequence[Labelled], name: str, attack: Attack, *, seed: int = SEED) -> list[Labelled]:
    """Disguised texts with the labels of the plain ones. Chance hangs on seed, attack and id alone."""
    return [replace(text, text=attack(text.text, Random(f"{seed}/{name}/{text.id}"))) for text in texts]


def measure_attacks(
    texts: Sequence[Labelled],
    engine: Engine,
    *,
    attacks: Mapping[str, Attack] = ATTACKS,
    seed: int = SEED,
    watch: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Robustness:
    """Judge the clean texts and those of each attack. ``watch`` is given the names and shows the progress."""
    for attack in attacks.values():
        attack("", Random(seed))  # what an attack misses is said before the work, not in its midst
    versions = engine.versions
    rows: list[Attacked] = []
    for name in watch([CLEAN, *attacks]):
        disguised = attack_texts(texts, name, attacks[name], seed=seed) if name != CLEAN else list(texts)
        rows.append(_row(name, texts, disguised, engine, rows[0] if rows else None))
    leads = sum(text.lead for text in texts)
    return Robustness(len(texts), leads, seed, versions.model, versions.lexicon, tuple(rows))


def _row(
    name: str,
    texts: Sequence[Labelled],
    disguised: Sequence[Labelled],
    engine: Engine,
    clean: Attacked | None,
) -> Attacked:
    from nlp.analyse import analyse_many

    verdicts = [analysis.lead for analysis in analyse_many((text.document for text in disguised), engine)]
    changed = [new.text != old.text for new, old in zip(disguised, texts, strict=True)]
    hits = _count(texts, verdicts)
    leads = sum(text.lead for text in texts)
    recall, rate = hits[0] / max(leads, 1), hits[1] / max(len(texts) - leads, 1)
    return Attacked(
        name=name,
        changed=_count(texts, changed),
        found=hits[0],
        recall=round(recall, 4),
        drop=round((clean.found - hits[0]) / max(leads, 1), 4) if clean else 0.0,
        flagged=hits[1],
        false_positive_rate=round(rate, 4),
        rise=round((hits[1] - clean.flagged) / max(len(texts) - leads, 1), 4) if clean else 0.0,
    )


def _count(texts: Sequence[Labelled], flags: Sequence[bool]) -> tuple[int, int]:
    """How many leads and how many non-leads carry the flag."""
    return (
        sum(flag and text.lead for text, flag in zip(texts, flags, strict=True)),
        sum(flag and not text.lead for text, flag in zip(texts, flags, strict=True)),
    )


def as_table(result: Robustness) -> str:
    """A Markdown table that also reads well on a terminal; rates in percent, changes in points."""
    others = result.texts - result.leads
    head = (
        f"{'attack':<22}",
        f"changed of {result.texts}",
        f"found of {result.leads}",
        "recall",
        "drop",
        f"flagged of {others}",
        "false positives",
        "rise",
    )
    lines = [_line(head), _line(["-" * len(cell) for cell in head])]
    for row in result.rows:
        cells = (
            row.name,
            str(sum(row.changed)),
            str(row.found),
            f"{row.recall:.1%}",
            f"{row.drop * 100:+.1f}",
            str(row.flagged),
            f"{row.false_positive_rate:.1%}",
            f"{row.rise * 100:+.1f}",
        )
        lines.append(_line([f"{cell:<{len(title)}}" for cell, title in zip(cells, head, strict=True)]))
    worst = max(result.rows, key=lambda row: row.drop)
    lines += [
        "",
        f"Mean drop {result.mean_drop * 100:.1f} points, largest {worst.drop * 100:.1f} ({worst.name}); "
        f"seed {result.seed}, model {result.model}.",
    ]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _on_terminal(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        yield name


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: attack the texts of files, or the held-out texts of the corpus."""
    from nlp.analyse import load_engine
    from nlp.settings import DetectionSettings

    parser = argparse.ArgumentParser(description="Measure the model on disguised texts.")
    parser.add_argument("files", nargs="*", type=Path, help="JSONL files; none: the held-out made-up texts")
    parser.add_argument("--model", default="xiansuo_zh", help="name or folder of the model")
    parser.add_argument("--seed", type=int, default=SEED, help="another draw of the same attacks")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    texts = [text for path in options.files for text in read_labelled(path)] or read_corpus(held_out=True)
    engine = load_engine(DetectionSettings(model=options.model))
    result = measure_attacks(texts, engine, seed=options.seed, watch=_on_terminal)
    print(msgspec.json.encode(result).decode() if options.json else as_table(result))


if __name__ == "__main__":
    main()
