"""Labelled texts for training and measuring, in folds that keep a source on one side."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.document import Block, make_document
from crawler.feeds.columns import NONE
from nlp.training.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.document import Document

CORPUS = Path(__file__).parent / "corpus"
FOLDS = 5
HELD_OUT = "heldout"
"""Files of the corpus whose names begin so are never trained on."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its labels. ``group`` ties texts that stay on one side of a split.

    ``aside`` ones are learnt from and never measured on; ``source`` is who published it, where that is said.
    """

    id: str
    text: str
    kind: str
    lead: bool
    stance: str
    categories: tuple[str, ...]
    diversion: bool
    handles: tuple[str, ...]
    group: str
    origin: str
    weight: float = 1.0
    aside: bool = False
    source: str = ""

    @property
    def document(self) -> Document:
        """The text as a document of one block."""
        return make_document(source="file", blocks=[Block("body", self.text)], place=self.id)


def read_labelled(path: Path, columns: Mapping[str, str] = NONE) -> list[Labelled]:
    """Texts of one file; rows of a repository are grouped by it, made-up ones by pair and plot.

    See :func:`nlp.training.rows.read_rows` for ``columns`` and the errors.
    """
    rows = list(read_rows(path, columns))
    groups = _plots(rows)
    return [
        Labelled(
            id=str(row["id"]),
            text=row["text"],
            kind=row.get("kind", "web"),
            lead=bool(row["lead"]),
            stance=row["stance"],
            categories=tuple(row.get("categories", ())),
            diversion=bool(row.get("diversion", False)),
            handles=tuple(row.get("handles", ())),
            group=row.get("repo") or row.get("group") or groups[str(row["id"])],
            origin=path.stem,
            source=str(row.get("repo") or row.get("source") or row.get("group") or path.stem),
        )
        for row in rows
    ]


def _plots(rows: Iterable[dict[str, str]]) -> dict[str, str]:
    """Group of each id: pairs and scenarios of one plot (``plot/voice``) are joined together."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    kept = list(rows)
    for row in kept:
        for other in (row.get("pair"), _plot(row.get("scenario") or "")):
            if other:
                parent[root(str(row["id"]))] = root(other)
    return {str(row["id"]): root(str(row["id"])) for row in kept}


def _plot(scenario: str) -> str:
    parts = scenario.split("/")
    return "plot:" + "/".join(parts[:2] if len(parts) > 2 else parts[:1]) if scenario else ""


def read_corpus(folder: Path = CORPUS, *, held_out: bool = False) -> list[Labelled]:
    """The made-up texts that come with the project: those to train on, or those held out."""
    paths = [path for path in sorted(folder.glob("*.jsonl")) if path.stem.startswith(HELD_OUT) == held_out]
    return [text for path in paths for text in read_labelled(path)]


def fold_of(group: str, *, folds: int) -> int:
    """The fold a group belongs to; depends on its name alone."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % folds


def digest_of(texts: Sequence[Labelled]) -> str:
    """SHA-256 over ids, texts and labels, in order of id."""
    digest = hashlib.sha256()
    for text in sorted(texts, key=lambda item: item.id):
        row = (text.id, text.text, text.lead, text.stance, text.categories, text.diversion)
        digest.update(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
